//! `amana desk VAULT export`.

use std::path::Path;

use crate::{args::desk::ExportArgs, context::Context, error::CliError, output::Output};

/// Writes cases to a file, without sensitive fields.
pub async fn run(_context: &Context, _vault: &Path, _args: ExportArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk export"))
}
