//! `amana desk VAULT remove`.

use std::path::Path;

use crate::{args::desk::RemoveArgs, context::Context, error::CliError, output::Output};

/// Removes a desk: a new roster cuts it off everywhere.
pub async fn run(_context: &Context, _vault: &Path, _args: RemoveArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk remove"))
}
