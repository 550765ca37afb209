//! `amana phone VAULT arm`.

use std::path::Path;

use crate::{args::phone::ArmArgs, context::Context, error::CliError, output::Output};

/// Prepares an SOS that goes out by itself when a check-in is missed.
pub async fn run(_context: &Context, _vault: &Path, _args: ArmArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone arm"))
}
