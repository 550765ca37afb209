//! `amana phone VAULT withdraw`.

use std::path::Path;

use crate::{args::phone::CaseArgs, context::Context, error::CliError, output::Output};

/// Withdraws the case.
pub async fn run(_context: &Context, _vault: &Path, _args: CaseArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone withdraw"))
}
