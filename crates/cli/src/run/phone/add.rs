//! `amana phone VAULT add`.

use std::path::Path;

use crate::{args::phone::WriteArgs, context::Context, error::CliError, output::Output};

/// Adds to what happened.
pub async fn run(_context: &Context, _vault: &Path, _args: WriteArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone add"))
}
