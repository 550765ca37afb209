//! `amana desk VAULT accept`.

use std::path::Path;

use crate::{args::desk::CaseArgs, context::Context, error::CliError, output::Output, reference, session};

/// Accepts a referred case.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let event = client.accept(case)?;
    Ok(super::super::written(context, case, event))
}
