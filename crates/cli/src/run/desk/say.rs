//! `amana desk VAULT say`.

use std::path::Path;

use crate::{args::desk::WriteArgs, context::Context, error::CliError, output::Output, session};

/// Writes to the other side.
pub async fn run(context: &Context, vault: &Path, args: WriteArgs) -> Result<Output, CliError> {
    super::super::without_attachments(&args.attach, "desk say --attach")?;
    let text = super::super::case_text(args.text.read()?)?;
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event = client.say(case, &text).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
