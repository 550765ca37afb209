//! `amana deploy publish`.

use crate::{args::deploy::PublishArgs, context::Context, error::CliError, output::Output};

/// Signs the directory and uploads it to the relay.
pub async fn run(_context: &Context, _args: PublishArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("deploy publish"))
}
