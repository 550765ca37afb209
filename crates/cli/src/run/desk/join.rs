//! `amana desk VAULT join`.

use std::path::Path;

use crate::{args::desk::JoinArgs, context::Context, error::CliError, output::Output};

/// Makes the vault and joins an organisation by invite, offline; then tries one sync.
pub async fn run(_context: &Context, _vault: &Path, _args: JoinArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk join"))
}
