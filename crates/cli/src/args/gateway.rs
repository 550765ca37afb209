//! `amana gateway`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Turn SMS, web forms and missed calls into sealed events at once; keeps nothing
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana gateway --listen 127.0.0.1:7500 --relay http://127.0.0.1:7400 --config gateway.toml"
)]
pub struct GatewayArgs {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: SocketAddr,
    /// The relay to deliver to
    #[arg(long, value_name = "URL")]
    pub relay: String,
    /// TOML file with the providers and their secrets
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}
