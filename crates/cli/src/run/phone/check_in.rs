//! `amana phone VAULT check-in`.

use std::path::Path;

use crate::{args::phone::ArmedArgs, context::Context, error::CliError, output::Output};

/// Tells that all is well; the armed SOS waits anew.
pub async fn run(_context: &Context, _vault: &Path, _args: ArmedArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone check-in"))
}
