//! `amana desk VAULT merge`.

use std::path::Path;

use crate::{args::desk::MergeArgs, context::Context, error::CliError, output::Output, reference, session};

/// Marks a case as a duplicate of another.
pub async fn run(context: &Context, vault: &Path, args: MergeArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let into = reference::case(&mut client, &args.into)?;
    let event = client.merge(case, into)?;
    Ok(super::super::written(context, case, event))
}
