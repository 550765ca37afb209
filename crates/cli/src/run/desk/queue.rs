//! `amana desk VAULT queue`.

use std::path::Path;

use crate::{args::desk::QueueArgs, context::Context, error::CliError, output::Output};

/// Lists cases in triage order.
pub async fn run(_context: &Context, _vault: &Path, _args: QueueArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk queue"))
}
