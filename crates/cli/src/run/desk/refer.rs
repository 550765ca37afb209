//! `amana desk VAULT refer`.

use std::path::Path;

use crate::{args::desk::ReferArgs, context::Context, error::CliError, output::Output, reference, session};

/// Proposes to share a case with another organisation.
pub async fn run(context: &Context, vault: &Path, args: ReferArgs) -> Result<Output, CliError> {
    let what = args.sharing.read()?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &what.to)?;
    let event = client
        .refer(case, to, &what.logs, &what.purpose, what.until)
        .map_err(|error| CliError::from(error).about(&what.to))?;
    Ok(super::super::written(context, case, event))
}
