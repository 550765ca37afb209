//! `amana desk VAULT close-alert`.

use std::path::Path;

use crate::{args::desk::watch::CloseAlertArgs, context::Context, error::CliError, output::Output};

/// Closes an alert.
pub async fn run(_context: &Context, _vault: &Path, _args: CloseAlertArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk close-alert"))
}
