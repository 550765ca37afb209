//! `amana phone VAULT withdraw`.

use std::path::Path;

use crate::{args::phone::CaseArgs, context::Context, error::CliError, output::Output, session};

/// Withdraws the case.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event = client.withdraw(case).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
