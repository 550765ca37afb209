//! `amana desk VAULT show`.

use std::path::Path;

use crate::{args::desk::CaseArgs, context::Context, error::CliError, output::Output};

/// Shows one case; counts as read by a person.
pub async fn run(_context: &Context, _vault: &Path, _args: CaseArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk show"))
}
