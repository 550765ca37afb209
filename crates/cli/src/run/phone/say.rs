//! `amana phone VAULT say`.

use std::path::Path;

use crate::{args::phone::WriteArgs, context::Context, error::CliError, output::Output};

/// Writes to the people who work on the case.
pub async fn run(_context: &Context, _vault: &Path, _args: WriteArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone say"))
}
