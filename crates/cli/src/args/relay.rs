//! `amana relay`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Run the relay that stores and forwards sealed events. It can read none of them.
///
/// Prints "listening on URL" once it accepts connections. A fresh relay also prints the claim code that the first
/// `amana deploy publish` needs.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana relay --data /var/lib/amana --listen 127.0.0.1:7400")]
pub struct RelayArgs {
    /// Folder of the relay's database; made if missing
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:7400")]
    pub listen: SocketAddr,
    /// TOML file: tls, quotas, proof_of_work_bits, admission, retention, limits
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
