//! `amana desk VAULT priority`.

use std::path::Path;

use crate::{args::desk::PriorityArgs, context::Context, error::CliError, output::Output};

/// Changes a case's priority.
pub async fn run(_context: &Context, _vault: &Path, _args: PriorityArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk priority"))
}
