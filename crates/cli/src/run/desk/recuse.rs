//! `amana desk VAULT recuse`.

use std::path::Path;

use crate::{args::desk::CaseArgs, context::Context, error::CliError, output::Output};

/// Steps back from a case.
pub async fn run(_context: &Context, _vault: &Path, _args: CaseArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk recuse"))
}
