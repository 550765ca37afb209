//! `amana deploy`: kept on the administrator's computer, away from the relay.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::codes::{OrganisationKind, Role, parser};

/// Found a deployment: its root key, organisations and invites
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  amana deploy init root/ --name 'Gulf helpline' --relay https://relay.example"
)]
pub struct DeployArgs {
    /// The verb.
    #[command(subcommand)]
    pub verb: DeployVerb,
}

/// The verbs of `amana deploy`.
#[derive(Debug, Subcommand)]
pub enum DeployVerb {
    /// Make a deploy folder with a new root key
    Init(InitArgs),
    /// Add an organisation with its own root key
    AddOrganisation(AddOrganisationArgs),
    /// Make a single-use invite for a desk
    Invite(InviteArgs),
    /// Sign the directory and upload it to the relay
    Publish(PublishArgs),
    /// Let the announced root key take over
    Renew(RenewArgs),
    /// Let an organisation's announced root key take over
    RenewOrganisation(RenewOrganisationArgs),
}

/// Make a deploy folder with a new root key
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana deploy init root/ --name 'Gulf helpline' --relay https://relay.example"
)]
pub struct InitArgs {
    /// Folder to make; it must not exist yet
    pub dir: PathBuf,
    /// Name that phones show
    #[arg(long)]
    pub name: String,
    /// Address of the relay
    #[arg(long, value_name = "URL")]
    pub relay: String,
}

/// Add an organisation with its own root key
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana deploy add-organisation root/ --name 'Workers Aid' --kind ngo --country QA --origin NP,BD"
)]
pub struct AddOrganisationArgs {
    /// The deploy folder
    pub dir: PathBuf,
    /// Name that phones show
    #[arg(long)]
    pub name: String,
    /// What it is
    #[arg(long, value_parser = parser::<OrganisationKind>())]
    pub kind: OrganisationKind,
    /// Where it works (ISO 3166-1 alpha-2)
    #[arg(long, value_name = "CC")]
    pub country: String,
    /// Whose people it helps
    #[arg(long, value_name = "CC,…", value_delimiter = ',')]
    pub origin: Vec<String>,
}

/// Make a single-use invite for a desk
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana deploy invite root/ --organisation 'Workers Aid' --role admin")]
pub struct InviteArgs {
    /// The deploy folder
    pub dir: PathBuf,
    /// Id, prefix of it, or exact name
    #[arg(long, value_name = "ORG")]
    pub organisation: String,
    /// What the desk may do; an organisation's first desk must be an admin
    #[arg(long, value_parser = parser::<Role>())]
    pub role: Role,
}

/// Sign the directory and upload it to the relay
///
/// Run it again after a relay was lost or restored from an old backup.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana deploy publish root/ --claim 7K2M-9QXD")]
pub struct PublishArgs {
    /// The deploy folder
    pub dir: PathBuf,
    /// The code that a fresh relay printed
    #[arg(long, value_name = "CODE")]
    pub claim: Option<String>,
    /// The relay's new address, if it moved
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
}

/// Let the announced root key take over
///
/// Signs a directory of one more year with the root key that phones and desks expect next, and announces another one.
/// Needs no network; publish afterwards. Use it before the directory expires, and if the root key may be known to others.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana deploy renew root/\n  amana deploy publish root/")]
pub struct RenewArgs {
    /// The deploy folder
    pub dir: PathBuf,
}

/// Let an organisation's announced root key take over
///
/// Its desks go on. Invites that nobody has used are void: make new ones. Publish afterwards.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana deploy renew-organisation root/ --organisation 'Workers Aid'\n  amana deploy publish root/"
)]
pub struct RenewOrganisationArgs {
    /// The deploy folder
    pub dir: PathBuf,
    /// Id, prefix of it, or exact name
    #[arg(long, value_name = "ORG")]
    pub organisation: String,
}
