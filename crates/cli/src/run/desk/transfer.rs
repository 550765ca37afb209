//! `amana desk VAULT transfer`.

use std::path::Path;

use crate::{
    args::desk::TransferArgs, context::Context, error::CliError, output::Output, reference, session,
    text_arg::TextValue,
};

/// Proposes that another organisation takes the case over.
pub async fn run(context: &Context, vault: &Path, args: TransferArgs) -> Result<Output, CliError> {
    let reason = args.reason.as_ref().map(TextValue::read).transpose()?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &args.to)?;
    let event = client
        .propose_transfer(case, to, reason.as_deref())
        .map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(super::super::written(context, case, event))
}
