//! `amana demo`.

use std::path::PathBuf;

use clap::Args;

/// Play a complaint from filing to closing on this computer: relay, desks and a phone in one process
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana demo --once")]
pub struct DemoArgs {
    /// Play once and end, instead of staying open to try things
    #[arg(long)]
    pub once: bool,
    /// Folder for the demo's data; a temporary one if left out
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
