//! `amana phone VAULT consent`.

use std::path::Path;

use crate::{args::phone::ConsentArgs, context::Context, error::CliError, output::Output};

/// Allows an organisation to read parts of the case.
pub async fn run(_context: &Context, _vault: &Path, _args: ConsentArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone consent"))
}
