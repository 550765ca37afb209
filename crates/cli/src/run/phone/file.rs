//! `amana phone VAULT file`.

use std::path::Path;

use crate::{args::phone::FileArgs, context::Context, error::CliError, output::Output};

/// Files a complaint, emergency or request for help.
pub async fn run(_context: &Context, _vault: &Path, _args: FileArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone file"))
}
