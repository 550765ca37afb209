//! `amana desk VAULT search`.

use std::path::Path;

use crate::{args::desk::SearchArgs, context::Context, error::CliError, output::Output};

/// Finds cases by their text.
pub async fn run(_context: &Context, _vault: &Path, _args: SearchArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk search"))
}
