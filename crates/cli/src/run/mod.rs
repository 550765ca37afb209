//! What each verb does, one file per verb: `run/<group>/<verb>.rs`.

pub mod demo;
pub mod deploy;
pub mod desk;
pub mod gateway;
pub mod phone;
pub mod relay;

use crate::{args::Command, context::Context, error::CliError, output::Output};

/// Runs the command that was parsed.
pub async fn run(context: &Context, command: Command) -> Result<Output, CliError> {
    match command {
        Command::Relay(args) => relay::run(context, args).await,
        Command::Deploy(args) => deploy::run(context, args).await,
        Command::Phone(args) => phone::run(context, args).await,
        Command::Desk(args) => desk::run(context, args).await,
        Command::Gateway(args) => gateway::run(context, args).await,
        Command::Demo(args) => demo::run(context, args).await,
    }
}
