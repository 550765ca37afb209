//! `amana desk VAULT note`.

use std::path::Path;

use crate::{args::desk::NoteArgs, context::Context, error::CliError, output::Output, session};

/// Writes an internal note.
pub async fn run(context: &Context, vault: &Path, args: NoteArgs) -> Result<Output, CliError> {
    let text = super::super::case_text(args.text.read()?)?;
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event = client.note(case, &text).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
