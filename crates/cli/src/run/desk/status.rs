//! `amana desk VAULT status`.

use std::path::Path;

use crate::{args::desk::StatusArgs, context::Context, error::CliError, output::Output};

/// Moves a case along its life.
pub async fn run(_context: &Context, _vault: &Path, _args: StatusArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk status"))
}
