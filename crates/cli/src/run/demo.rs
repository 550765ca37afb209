//! `amana demo`.

use crate::{args::demo::DemoArgs, context::Context, error::CliError, output::Output};

/// Plays a complaint from filing to closing on this computer.
pub async fn run(_context: &Context, _args: DemoArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("demo"))
}
