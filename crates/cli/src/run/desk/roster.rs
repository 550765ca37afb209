//! `amana desk VAULT roster`.

use std::path::Path;

use crate::{context::Context, error::CliError, output::Output};

/// Lists the desks of the organisation.
pub async fn run(_context: &Context, _vault: &Path) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk roster"))
}
