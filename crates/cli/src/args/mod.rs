//! The command line, exactly as the contract writes it. Help is English; its examples are complete commands.

pub mod demo;
pub mod deploy;
pub mod desk;
pub mod gateway;
pub mod person;
pub mod phone;
pub mod relay;
pub mod secrets;
pub mod sharing;
pub mod values;

use clap::{Args, Parser, Subcommand};

/// Offline-first, sealed helpline and case system for migrants.
#[derive(Debug, Parser)]
#[command(
    name = "amana",
    version,
    about,
    max_term_width = 100,
    after_help = "AMANA_PASSPHRASE, or a prompt on a terminal, opens the vault or deploy folder that a verb names.\n\
                  AMANA_PIN, if set, opens a phone's vault instead.\n\
                  Exit status: 0 done, 1 failed, 2 usage.\n\nExample:\n  amana demo --once"
)]
pub struct Cli {
    /// What holds for every verb.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that stand before or after the verb.
#[derive(Clone, Debug, Args)]
pub struct GlobalArgs {
    /// Print exactly one JSON document on standard output; errors are JSON on standard error
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
    /// Language of messages (BCP 47); otherwise AMANA_LANG, then LANG, then English
    #[arg(long, global = true, value_name = "LANG", display_order = 101)]
    pub lang: Option<String>,
}

/// The groups of verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the relay that stores and forwards sealed events
    Relay(relay::RelayArgs),
    /// Found a deployment: its root key, organisations and invites
    Deploy(deploy::DeployArgs),
    /// What a migrant does, on a vault of her own
    Phone(phone::PhoneArgs),
    /// What a caseworker, consulate or shelter does, on a desk's vault
    Desk(desk::DeskArgs),
    /// Turn SMS, web forms and missed calls into sealed events
    Gateway(gateway::GatewayArgs),
    /// Play a complaint from filing to closing on this computer
    Demo(demo::DemoArgs),
}
