//! `amana desk VAULT refer`.

use std::path::Path;

use crate::{args::desk::ReferArgs, context::Context, error::CliError, output::Output};

/// Proposes to share a case with another organisation.
pub async fn run(_context: &Context, _vault: &Path, _args: ReferArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk refer"))
}
