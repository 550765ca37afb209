//! `amana desk VAULT merge`.

use std::path::Path;

use crate::{args::desk::MergeArgs, context::Context, error::CliError, output::Output};

/// Marks a case as a duplicate of another.
pub async fn run(_context: &Context, _vault: &Path, _args: MergeArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk merge"))
}
