//! `amana phone VAULT withdraw-consent`.

use std::path::Path;

use crate::{args::phone::CaseToArgs, context::Context, error::CliError, output::Output};

/// Takes back a consent.
pub async fn run(_context: &Context, _vault: &Path, _args: CaseToArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone withdraw-consent"))
}
