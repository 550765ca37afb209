//! `amana relay`.

use crate::{args::relay::RelayArgs, context::Context, error::CliError, output::Output};

/// Runs the relay until it is told to stop; answers with [`crate::json::Listening`] once it accepts connections.
pub async fn run(_context: &Context, _args: RelayArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("relay"))
}
