//! `amana desk VAULT priority`.

use std::path::Path;

use amana_domain::priority::Priority;

use crate::{args::desk::PriorityArgs, context::Context, error::CliError, output::Output, session};

/// Decides the priority.
pub async fn run(context: &Context, vault: &Path, args: PriorityArgs) -> Result<Output, CliError> {
    let to = Priority::try_from(args.to.0).map_err(|_| CliError::usage("--to"))?;
    let reason = args.reason.read()?;
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event =
        client.set_priority(case, to, &reason).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
