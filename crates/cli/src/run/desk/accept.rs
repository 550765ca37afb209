//! `amana desk VAULT accept`.

use std::path::Path;

use crate::{args::desk::CaseArgs, context::Context, error::CliError, output::Output};

/// Accepts a referred case.
pub async fn run(_context: &Context, _vault: &Path, _args: CaseArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk accept"))
}
