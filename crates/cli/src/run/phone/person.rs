//! `amana phone VAULT person`.

use std::path::Path;

use crate::{args::person::PersonArgs, context::Context, error::CliError, output::Output, session};

/// Adds somebody to a case.
pub async fn run(context: &Context, vault: &Path, args: PersonArgs) -> Result<Output, CliError> {
    super::super::person::add(context, session::phone(context, vault)?, &args)
}
