//! `amana desk VAULT reopen`.

use std::path::Path;

use crate::{
    args::desk::cases::ReopenArgs, codes::CaseStatus, context::Context, error::CliError, output::Output,
    reference, session, text_arg::TextValue,
};

/// Opens a finished case again.
pub async fn run(context: &Context, vault: &Path, args: ReopenArgs) -> Result<Output, CliError> {
    let note = args.note.as_ref().map(TextValue::read).transpose()?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let event = client.set_status(case, CaseStatus::Reopened, None, None, note)?;
    Ok(super::super::written(context, case, event))
}
