//! `amana phone VAULT add`.

use std::path::Path;

use crate::{args::phone::WriteArgs, context::Context, error::CliError, output::Output, session};

/// Adds to what happened.
pub async fn run(context: &Context, vault: &Path, args: WriteArgs) -> Result<Output, CliError> {
    super::super::without_attachments(&args.attach, "phone add --attach")?;
    let text = super::super::case_text(args.text.read()?)?;
    let mut client = session::phone(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let event = client.add(case, &text).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
