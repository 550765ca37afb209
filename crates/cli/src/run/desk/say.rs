//! `amana desk VAULT say`.

use std::path::Path;

use crate::{args::desk::WriteArgs, context::Context, error::CliError, output::Output};

/// Writes to the migrant.
pub async fn run(_context: &Context, _vault: &Path, _args: WriteArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk say"))
}
