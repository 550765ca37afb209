//! `amana desk VAULT sync`.

use std::path::Path;

use crate::{context::Context, error::CliError, output::Output};

/// Sends and fetches everything that waits.
pub async fn run(_context: &Context, _vault: &Path) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk sync"))
}
