//! `amana desk VAULT alerts`.

use std::path::Path;

use crate::{args::desk::watch::AlertsArgs, context::Context, error::CliError, output::Output};

/// Lists open alerts.
pub async fn run(_context: &Context, _vault: &Path, _args: AlertsArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk alerts"))
}
