//! `amana phone VAULT sos`.

use std::path::Path;

use crate::{args::phone::SosArgs, context::Context, error::CliError, output::Output};

/// Raises an SOS.
pub async fn run(_context: &Context, _vault: &Path, _args: SosArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone sos"))
}
