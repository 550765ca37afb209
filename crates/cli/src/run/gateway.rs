//! `amana gateway`.

use crate::{args::gateway::GatewayArgs, context::Context, error::CliError, output::Output};

/// Turns SMS, web forms and missed calls into sealed events.
pub async fn run(_context: &Context, _args: GatewayArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("gateway"))
}
