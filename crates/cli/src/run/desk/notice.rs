//! `amana desk VAULT notice`.

use std::path::Path;

use crate::{args::desk::watch::NoticeArgs, context::Context, error::CliError, output::Output};

/// Publishes a notice to people in an area.
pub async fn run(_context: &Context, _vault: &Path, _args: NoticeArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk notice"))
}
