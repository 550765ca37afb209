//! `amana phone VAULT cases`.

use std::path::Path;

use crate::{context::Context, error::CliError, output::Output};

/// Lists the cases of this vault.
pub async fn run(_context: &Context, _vault: &Path) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone cases"))
}
