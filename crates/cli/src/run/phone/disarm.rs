//! `amana phone VAULT disarm`.

use std::path::Path;

use crate::{args::phone::ArmedArgs, context::Context, error::CliError, output::Output};

/// Calls an armed SOS off.
pub async fn run(_context: &Context, _vault: &Path, _args: ArmedArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone disarm"))
}
