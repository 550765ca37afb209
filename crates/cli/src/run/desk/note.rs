//! `amana desk VAULT note`.

use std::path::Path;

use crate::{args::desk::NoteArgs, context::Context, error::CliError, output::Output};

/// Writes an internal note.
pub async fn run(_context: &Context, _vault: &Path, _args: NoteArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk note"))
}
