//! `amana desk VAULT attachment`.

use std::path::Path;

use crate::{args::desk::AttachmentArgs, context::Context, error::CliError, output::Output};

/// Saves an attachment.
pub async fn run(_context: &Context, _vault: &Path, _args: AttachmentArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk attachment"))
}
