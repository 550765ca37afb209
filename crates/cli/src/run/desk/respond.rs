//! `amana desk VAULT respond`.

use std::path::Path;

use crate::{args::desk::watch::AlertArgs, context::Context, error::CliError, output::Output};

/// Tells that somebody is on the way.
pub async fn run(_context: &Context, _vault: &Path, _args: AlertArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk respond"))
}
