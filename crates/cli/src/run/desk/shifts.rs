//! `amana desk VAULT shifts`.

use std::path::Path;

use crate::{args::desk::watch::ShiftsVerb, context::Context, error::CliError, output::Output};

/// Shows or changes who is on duty when.
pub async fn run(_context: &Context, _vault: &Path, _args: ShiftsVerb) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk shifts"))
}
