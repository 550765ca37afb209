//! `amana phone VAULT decline`.

use std::path::Path;

use crate::{args::phone::CaseToArgs, context::Context, error::CliError, output::Output, reference, session};

/// Says no to a proposal.
pub async fn run(context: &Context, vault: &Path, args: CaseToArgs) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &args.to)?;
    let event = client.decline(case, to).map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(super::super::written(context, case, event))
}
