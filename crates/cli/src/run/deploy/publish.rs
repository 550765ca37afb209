//! `amana deploy publish`.

use super::open;
use crate::{
    args::deploy::PublishArgs, context::Context, error::CliError, json::Published, output::Output, session,
};

/// Reads the relay's key and uploads the whole directory chain.
pub async fn run(context: &Context, args: PublishArgs) -> Result<Output, CliError> {
    let mut deployment = open(context, &args.dir)?;
    if let Some(url) = &args.relay {
        deployment.set_relay(url)?;
    }
    let published = deployment.publish(args.claim, session::transport()?).await?;
    Ok(Output::new(context, &Published { join: published.join, version: published.version }))
}
