//! `amana desk VAULT status`.

use std::path::Path;

use crate::{
    args::desk::StatusArgs, codes::CloseReason, context::Context, error::CliError, error::Code,
    output::Output, session, text_arg::TextValue,
};

/// Moves a case along its life cycle.
pub async fn run(context: &Context, vault: &Path, args: StatusArgs) -> Result<Output, CliError> {
    let reason = args
        .reason
        .as_deref()
        .map(|reason| {
            reason.parse::<CloseReason>().map_err(|_| CliError::bad_value(Code::CodeUnknown, reason))
        })
        .transpose()?;
    let note = args.note.as_ref().map(TextValue::read).transpose()?;
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event = client
        .set_status(case, args.to, args.waiting_on, reason, note)
        .map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
