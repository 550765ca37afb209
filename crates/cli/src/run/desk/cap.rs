//! `amana desk VAULT cap`.

use std::path::Path;

use crate::{args::desk::watch::CapVerb, context::Context, error::CliError, output::Output};

/// Exchanges crisis alerts in the Common Alerting Protocol.
pub async fn run(_context: &Context, _vault: &Path, _args: CapVerb) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk cap"))
}
