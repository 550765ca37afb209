//! `amana desk VAULT task`.

use std::path::Path;

use crate::{args::desk::TaskArgs, context::Context, error::CliError, output::Output};

/// Adds a task.
pub async fn run(_context: &Context, _vault: &Path, _args: TaskArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk task"))
}
