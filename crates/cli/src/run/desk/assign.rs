//! `amana desk VAULT assign`.

use std::path::Path;

use crate::{args::desk::AssignArgs, context::Context, error::CliError, output::Output, session};

/// Gives a case to a desk.
pub async fn run(context: &Context, vault: &Path, args: AssignArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event = client.assign(case, &args.to).map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(super::super::written(context, case, event))
}
