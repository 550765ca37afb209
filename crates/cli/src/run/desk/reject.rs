//! `amana desk VAULT reject`.

use std::path::Path;

use crate::{args::desk::RejectArgs, context::Context, error::CliError, output::Output};

/// Rejects a referred case.
pub async fn run(_context: &Context, _vault: &Path, _args: RejectArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk reject"))
}
