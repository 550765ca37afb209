//! `amana desk VAULT ladder`.

use std::path::Path;

use crate::{args::desk::watch::LadderVerb, context::Context, error::CliError, output::Output};

/// Shows or replaces who is alerted next when nobody answers.
pub async fn run(_context: &Context, _vault: &Path, _args: LadderVerb) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk ladder"))
}
