//! `amana desk VAULT serve`.

use std::path::Path;

use crate::{args::desk::ServeArgs, context::Context, error::CliError, output::Output};

/// Serves the screens to a browser on this computer.
pub async fn run(_context: &Context, _vault: &Path, _args: ServeArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk serve"))
}
