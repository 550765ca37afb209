//! `amana phone VAULT notices`.

use std::path::Path;

use crate::{context::Context, error::CliError, output::Output};

/// Lists notices of the organisations.
pub async fn run(_context: &Context, _vault: &Path) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone notices"))
}
