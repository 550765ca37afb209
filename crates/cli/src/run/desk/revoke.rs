//! `amana desk VAULT revoke`.

use std::path::Path;

use crate::{args::desk::CaseToArgs, context::Context, error::CliError, output::Output, reference, session};

/// Takes a referral back.
pub async fn run(context: &Context, vault: &Path, args: CaseToArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &args.to)?;
    let event = client.revoke_referral(case, to).map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(super::super::written(context, case, event))
}
