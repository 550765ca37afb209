//! `amana phone VAULT decline`.

use std::path::Path;

use crate::{args::phone::CaseToArgs, context::Context, error::CliError, output::Output};

/// Refuses a proposed referral.
pub async fn run(_context: &Context, _vault: &Path, _args: CaseToArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone decline"))
}
