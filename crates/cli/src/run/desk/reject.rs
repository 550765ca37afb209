//! `amana desk VAULT reject`.

use std::path::Path;

use crate::{args::desk::RejectArgs, context::Context, error::CliError, output::Output, reference, session};

/// Rejects a referred case.
pub async fn run(context: &Context, vault: &Path, args: RejectArgs) -> Result<Output, CliError> {
    let reason = args.reason.read()?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let event = client.reject(case, &reason)?;
    Ok(super::super::written(context, case, event))
}
