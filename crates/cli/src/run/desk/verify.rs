//! `amana desk VAULT verify`.

use std::path::Path;

use crate::{context::Context, error::CliError, output::Output};

/// Checks every chain, signature and projection against a fresh fold.
pub async fn run(_context: &Context, _vault: &Path) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk verify"))
}
