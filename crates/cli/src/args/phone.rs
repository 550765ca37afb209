//! `amana phone VAULT <verb>`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

pub use super::person::PersonArgs;
use super::{
    secrets::{PassphraseArgs, PinArgs},
    sharing::SharingArgs,
    values::{Place, Span},
};
use crate::{
    codes::{AgeBand, CaseKind, NoticeAnswer, parser},
    text_arg::{TextArgs, TextValue},
};

/// What a migrant does, on a vault of her own. Everything works offline; sync sends and fetches.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault sync")]
pub struct PhoneArgs {
    /// The vault
    #[arg(value_name = "VAULT")]
    pub vault: PathBuf,
    /// The verb.
    #[command(subcommand)]
    pub verb: PhoneVerb,
}

/// Find cases by their text
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault search passport")]
pub struct SearchArgs {
    /// Words to find
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub text: TextValue,
}

/// The verbs of `amana phone VAULT`.
#[derive(Debug, Subcommand)]
pub enum PhoneVerb {
    /// Make the vault and join a deployment by its link; works offline
    Join(JoinArgs),
    /// File a complaint, emergency or request for help
    File(Box<FileArgs>),
    /// Send and fetch everything that waits
    #[command(after_help = "Example:\n  amana phone mine.vault sync")]
    Sync,
    /// List the cases of this vault
    #[command(after_help = "Example:\n  amana phone mine.vault cases")]
    Cases,
    /// Find cases by their text
    Search(SearchArgs),
    /// Show one case
    #[command(after_help = "Example:\n  amana phone mine.vault show 4T7K-2MQX-9")]
    Show(CaseArgs),
    /// Write to the people who work on the case
    #[command(
        after_help = "Example:\n  amana phone mine.vault say 4T7K-2MQX-9 --text 'I am at the shelter now'"
    )]
    Say(WriteArgs),
    /// Add to what happened
    #[command(
        after_help = "Example:\n  amana phone mine.vault add 4T7K-2MQX-9 --text-file more.txt --attach contract.jpg"
    )]
    Add(WriteArgs),
    /// Allow an organisation to read parts of the case
    Consent(ConsentArgs),
    /// Say no to a proposed referral or transfer
    #[command(after_help = "Example:\n  amana phone mine.vault decline 4T7K-2MQX-9 --to 'Embassy'")]
    Decline(CaseToArgs),
    /// Take back a consent
    #[command(after_help = "Example:\n  amana phone mine.vault withdraw-consent 4T7K-2MQX-9 --to 'Embassy'")]
    WithdrawConsent(CaseToArgs),
    /// Add somebody to a case, in a part of her own
    #[command(
        after_help = "Example:\n  amana phone mine.vault person 4T7K-2MQX-9 --role person-in-danger --name Sita"
    )]
    Person(Box<PersonArgs>),
    /// Say whether your own country's authorities may be told of you; not said means no
    #[command(after_help = "Example:\n  amana phone mine.vault origin-contact 4T7K-2MQX-9 --block")]
    OriginContact(OriginContactArgs),
    /// Hand the case over to another organisation: it goes on there as a new case
    #[command(after_help = "Example:\n  amana phone mine.vault transfer 4T7K-2MQX-9 --to 'Union'")]
    Transfer(CaseToArgs),
    /// Show the number of this deployment: whoever reads out the same one joined the same
    #[command(after_help = "Example:\n  amana phone mine.vault safety")]
    Safety,
    /// The PIN of this vault, and what else a PIN can do
    Pin(PinArgs),
    /// The passphrase of this vault
    Passphrase(PassphraseArgs),
    /// Withdraw the case
    #[command(after_help = "Example:\n  amana phone mine.vault withdraw 4T7K-2MQX-9")]
    Withdraw(CaseArgs),
    /// Raise an SOS
    Sos(Box<SosArgs>),
    /// Add a newer place to an open SOS
    Trail(TrailArgs),
    /// Cancel an SOS
    #[command(after_help = "Example:\n  amana phone mine.vault cancel 4T7K-2MQX-9")]
    Cancel(CaseArgs),
    /// Prepare an SOS that goes out by itself when a check-in is missed
    Arm(ArmArgs),
    /// Tell that all is well; the armed SOS waits anew
    #[command(after_help = "Example:\n  amana phone mine.vault check-in 7c1e")]
    CheckIn(ArmedArgs),
    /// Call an armed SOS off
    #[command(after_help = "Example:\n  amana phone mine.vault disarm 7c1e")]
    Disarm(ArmedArgs),
    /// List notices of the organisations
    #[command(after_help = "Example:\n  amana phone mine.vault notices")]
    Notices,
    /// Answer a notice
    Answer(AnswerArgs),
    /// Open the screens in a browser; prints the link with its launch secret
    #[command(after_help = "Example:\n  amana phone mine.vault serve --listen 127.0.0.1:0")]
    Serve(ServeArgs),
    /// Check every chain, signature and projection against a fresh fold; exit 1 if anything differs
    #[command(after_help = "Example:\n  amana phone mine.vault verify")]
    Verify,
}

/// Make the vault and join a deployment by its link; works offline
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault join 'https://relay.example/#amana=2Q5J…'")]
pub struct JoinArgs {
    /// The deployment's join link
    pub link: String,
}

/// File a complaint, emergency or request for help
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana phone mine.vault file --to 8f3a… --language ne --text-file what.txt --grievance WAG.UNPAID,DOC.RETAIN"
)]
pub struct FileArgs {
    /// Organisation: full id, unique prefix, or exact name
    #[arg(long, value_name = "ORG")]
    pub to: String,
    /// What is filed.
    #[command(flatten)]
    pub what: FileWhat,
    /// A picture or document; may be repeated
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
}

/// What is filed: the same on a phone and at a desk that enters a case for somebody.
#[derive(Clone, Debug, Args)]
pub struct FileWhat {
    /// Language of the text and of answers (BCP 47)
    #[arg(long, value_name = "L")]
    pub language: String,
    /// What happened, in the person's own words.
    #[command(flatten)]
    pub text: TextArgs,
    /// What it is
    #[arg(long, default_value = "grievance", value_parser = parser::<CaseKind>())]
    pub kind: CaseKind,
    /// Grievance codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub grievance: Vec<String>,
    /// Situation codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub situation: Vec<String>,
    /// Country of origin (ISO 3166-1 alpha-2)
    #[arg(long, value_name = "CC")]
    pub origin: Option<String>,
    /// Country of work (ISO 3166-1 alpha-2)
    #[arg(long, value_name = "CC")]
    pub destination: Option<String>,
    /// Kind of work
    #[arg(long, value_name = "S")]
    pub sector: Option<String>,
    /// Sex
    #[arg(long, value_name = "S")]
    pub sex: Option<String>,
    /// Coarse age
    #[arg(long, value_name = "B", value_parser = parser::<AgeBand>())]
    pub age_band: Option<AgeBand>,
    /// Name, if the person wants to give one; it goes to a part of its own
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// JSON file: how and when it is safe to answer
    #[arg(long, value_name = "FILE")]
    pub safe_contact: Option<PathBuf>,
}

/// One case.
#[derive(Clone, Debug, Args)]
pub struct CaseArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
}

/// Text for one case.
#[derive(Clone, Debug, Args)]
pub struct WriteArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// The text.
    #[command(flatten)]
    pub text: TextArgs,
    /// A picture or document; may be repeated
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
}

/// Allow an organisation to read parts of the case
///
/// What it has already read it keeps, even after a withdrawal.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana phone mine.vault consent 4T7K-2MQX-9 --to 'Embassy' --logs narrative,wages --purpose 'wage claim' --until 2027-06-30"
)]
pub struct ConsentArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// What is shared with whom.
    #[command(flatten)]
    pub sharing: SharingArgs,
}

/// A case and an organisation.
#[derive(Clone, Debug, Args)]
pub struct CaseToArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Organisation: full id, unique prefix, or exact name
    #[arg(long, value_name = "ORG")]
    pub to: String,
}

/// Whether authorities of the person's own country may be told.
#[derive(Clone, Debug, Args)]
pub struct OriginContactArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Yes or no.
    #[command(flatten)]
    pub answer: AllowOrBlock,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct AllowOrBlock {
    /// They may be told
    #[arg(long)]
    pub allow: bool,
    /// They must not be told
    #[arg(long)]
    pub block: bool,
}

/// Raise an SOS
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana phone mine.vault sos --situation X03 --place 25.2854,51.5310,30,12 --note 'third floor' --silent"
)]
pub struct SosArgs {
    /// Situation codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', required = true)]
    pub situation: Vec<String>,
    /// Organisations; all that take an SOS if left out
    #[arg(long, value_name = "ORG,…", value_delimiter = ',')]
    pub to: Vec<String>,
    /// Where: degrees north, degrees east, accuracy in metres, age in seconds
    #[arg(long, value_name = "LAT,LON,ACCURACY_M,AGE_S", allow_hyphen_values = true)]
    pub place: Option<Place>,
    /// A short note
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub note: Option<TextValue>,
    /// How many people are in danger
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub people: Option<u32>,
    /// No sound, no answer that others could see
    #[arg(long)]
    pub silent: bool,
    /// A drill
    #[arg(long)]
    pub drill: bool,
    /// Also give the text of one SMS
    #[arg(long)]
    pub sms: bool,
}

/// Add a newer place to an open SOS
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault trail 4T7K-2MQX-9 --place 25.2901,51.5288,15,3")]
pub struct TrailArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Where: degrees north, degrees east, accuracy in metres, age in seconds
    #[arg(long, value_name = "LAT,LON,ACCURACY_M,AGE_S", allow_hyphen_values = true)]
    pub place: Place,
}

/// Prepare an SOS that goes out by itself when a check-in is missed
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault arm --in 2h --situation X02 --to 'Workers Aid'")]
pub struct ArmArgs {
    /// How long until it goes out
    #[arg(long = "in", value_name = "DURATION")]
    pub within: Span,
    /// Situation codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', required = true)]
    pub situation: Vec<String>,
    /// Organisation: full id, unique prefix, or exact name
    #[arg(long, value_name = "ORG")]
    pub to: Option<String>,
}

/// One armed SOS.
#[derive(Clone, Debug, Args)]
pub struct ArmedArgs {
    /// Armed SOS: full id or unique prefix
    pub armed: String,
}

/// Answer a notice
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault answer 91d0 --as safe")]
pub struct AnswerArgs {
    /// Notice: full id or unique prefix
    pub notice: String,
    /// The answer
    #[arg(long = "as", value_name = "ANSWER", value_parser = parser::<NoticeAnswer>())]
    pub answer: NoticeAnswer,
}

/// Open the screens in a browser; prints the link with its launch secret
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on, this computer only; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
}
