//! `amana desk VAULT hand-over`.

use std::path::Path;

use crate::{
    args::desk::cases::HandOverArgs, context::Context, error::CliError, json::HandedOver, output::Output,
    session, text_arg::TextValue,
};

/// Gives all open cases of one desk to another.
pub async fn run(context: &Context, vault: &Path, args: HandOverArgs) -> Result<Output, CliError> {
    let note = args.note.as_ref().map(TextValue::read).transpose()?;
    let note = note.map(super::super::case_text).transpose()?;
    let mut client = session::desk(context, vault)?;
    let about = format!("{} → {}", args.from, args.to);
    let done = client
        .hand_over(&args.from, &args.to, note.as_ref())
        .map_err(|error| CliError::from(error).about(&about))?;
    let names = session::names(&mut client)?;
    Ok(Output::new(context, &HandedOver::of(&done, &names)))
}
