//! `amana deploy init`.

use crate::{args::deploy::InitArgs, context::Context, error::CliError, output::Output};

/// Makes a deploy folder with a new root key.
pub async fn run(_context: &Context, _args: InitArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("deploy init"))
}
