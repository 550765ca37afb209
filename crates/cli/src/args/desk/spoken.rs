//! Cases of people without a phone.

use clap::{Args, Subcommand};

use super::super::phone::{AllowOrBlock, FileWhat};
use super::super::sharing::SharingArgs;
use crate::text_arg::{TextArgs, TextValue};

/// Enter a case for somebody who has no phone
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault enter --language ne --text-file what.txt --on-behalf 'her brother, by telephone'"
)]
pub struct EnterArgs {
    /// Who told it, and how; goes to the internal notes
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub on_behalf: TextValue,
    /// What is filed.
    #[command(flatten)]
    pub what: FileWhat,
}

/// Record what the person says in a case that staff entered
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'by telephone, Asha' consent --to 'Safe House' --logs narrative --purpose 'a bed'"
)]
pub struct SpokenArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Who heard it, and how; goes to the internal notes first
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub heard: TextValue,
    /// What was said.
    #[command(subcommand)]
    pub said: Said,
}

/// What somebody said.
#[derive(Clone, Debug, Subcommand)]
pub enum Said {
    /// More about what happened
    #[command(
        after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'visit' add --text 'he hit me'"
    )]
    Add(TextArgs),
    /// An organisation may read parts of the case
    #[command(
        after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'visit' consent --to Union --logs talk --purpose advice"
    )]
    Consent(SharingArgs),
    /// No to a proposed referral
    #[command(
        after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'visit' decline --to Union"
    )]
    Decline(SaidToArgs),
    /// A consent is taken back
    #[command(
        after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'visit' withdraw-consent --to Union"
    )]
    WithdrawConsent(SaidToArgs),
    /// The authorities of the person's own country may be told, or not
    #[command(
        after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'visit' origin-contact --block"
    )]
    OriginContact(AllowOrBlock),
    /// The case is taken back
    #[command(after_help = "Example:\n  amana desk asha.vault spoken 4T7K-2MQX-9 --heard 'visit' withdraw")]
    Withdraw,
}

/// To whom.
#[derive(Clone, Debug, Args)]
pub struct SaidToArgs {
    /// Organisation: full id, unique prefix, or exact name
    #[arg(long, value_name = "ORG")]
    pub to: String,
}
