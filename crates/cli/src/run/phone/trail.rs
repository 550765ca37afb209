//! `amana phone VAULT trail`.

use std::path::Path;

use crate::{args::phone::TrailArgs, context::Context, error::CliError, output::Output};

/// Adds a newer place to an open SOS.
pub async fn run(_context: &Context, _vault: &Path, _args: TrailArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone trail"))
}
