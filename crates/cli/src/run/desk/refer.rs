//! `amana desk VAULT refer`.

use std::path::Path;

use crate::{args::desk::ReferArgs, context::Context, error::CliError, output::Output, reference, session};

/// Proposes to share a case with another organisation.
pub async fn run(context: &Context, vault: &Path, args: ReferArgs) -> Result<Output, CliError> {
    let logs = reference::logs(&args.logs)?;
    let purpose = args.purpose.read()?;
    let until = super::super::until(args.until)?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &args.to)?;
    let event = client
        .refer(case, to, &logs, &purpose, until)
        .map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(super::super::written(context, case, event))
}
