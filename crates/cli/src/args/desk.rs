//! `amana desk VAULT <verb>`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use super::person::PersonArgs;
pub use super::phone::{CaseArgs, CaseToArgs, OriginContactArgs, ServeArgs, WriteArgs};
use super::{secrets::PassphraseArgs, sharing::SharingArgs, values::Priority};
use crate::{
    codes::{CaseStatus, ExportFormat, WaitingOn, parser},
    text_arg::{TextArgs, TextValue},
};

pub mod cases;
pub mod record;
pub mod spoken;
pub mod team;
pub mod watch;
pub mod work;

/// What a caseworker, consulate or shelter does, on a desk's vault. Everything works offline; sync sends and fetches.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault queue")]
pub struct DeskArgs {
    /// The vault
    #[arg(value_name = "VAULT")]
    pub vault: PathBuf,
    /// The verb.
    #[command(subcommand)]
    pub verb: DeskVerb,
}

/// The verbs of `amana desk VAULT`.
#[derive(Debug, Subcommand)]
pub enum DeskVerb {
    /// Make the vault and join an organisation by invite; works offline
    Join(JoinArgs),
    /// Send and fetch everything that waits
    #[command(after_help = "Example:\n  amana desk asha.vault sync")]
    Sync,
    /// Enter a case for somebody who has no phone
    Enter(Box<spoken::EnterArgs>),
    /// Record what the person says in a case that staff entered
    Spoken(Box<spoken::SpokenArgs>),
    /// List cases in triage order
    Queue(QueueArgs),
    /// Show one case; counts as read by a person
    #[command(after_help = "Example:\n  amana desk asha.vault show 4T7K-2MQX-9")]
    Show(CaseArgs),
    /// Find cases by their text
    Search(SearchArgs),
    /// Save an attachment
    Attachment(AttachmentArgs),
    /// Write to the migrant
    #[command(
        after_help = "Example:\n  amana desk asha.vault say 4T7K-2MQX-9 --text 'We are here. Can you speak?'"
    )]
    Say(WriteArgs),
    /// Give a case to a colleague
    Assign(AssignArgs),
    /// Move a case along its life
    Status(StatusArgs),
    /// Change a case's priority
    Priority(PriorityArgs),
    /// Write an internal note
    Note(NoteArgs),
    /// Record wages, a place, health or migration status, each in a part of its own
    Record(Box<record::RecordArgs>),
    /// Add a task
    Task(Box<work::TaskArgs>),
    /// Mark a task as done
    TaskDone(work::TaskDoneArgs),
    /// List what falls due, or is overdue
    Due(work::DueArgs),
    /// Say what is known before a return or a notification (yes: supervisor)
    Safeguard(work::SafeguardArgs),
    /// Tick ILO indicators of forced labour: possible, never a verdict
    Indicators(work::IndicatorsArgs),
    /// Add somebody to a case, in a part of her own
    #[command(
        after_help = "Example:\n  amana desk asha.vault person 4T7K-2MQX-9 --role group-member --name Sita --unnamed"
    )]
    Person(Box<PersonArgs>),
    /// Stand aside from a case: no new content of it can be opened at this desk
    Recuse(cases::RecuseArgs),
    /// Mark a case as a duplicate of another; reopening it undoes that
    Merge(MergeArgs),
    /// Say that two cases belong together
    Link(cases::LinkArgs),
    /// Open a finished case again
    Reopen(cases::ReopenArgs),
    /// Settle a conflict: one of the values counts from now on
    Decide(cases::DecideArgs),
    /// Give all open cases of one desk to another
    HandOver(cases::HandOverArgs),
    /// What the next person has to know of a case; does not count as read
    #[command(after_help = "Example:\n  amana desk asha.vault brief 4T7K-2MQX-9")]
    Brief(CaseArgs),
    /// Let notes of a removed desk count after all (supervisor)
    Adopt(cases::AdoptArgs),
    /// Propose to share a case with another organisation
    Refer(ReferArgs),
    /// Accept a referred case
    #[command(after_help = "Example:\n  amana desk asha.vault accept 4T7K-2MQX-9")]
    Accept(CaseArgs),
    /// Reject a referred case
    Reject(RejectArgs),
    /// Finish a referral
    #[command(after_help = "Example:\n  amana desk asha.vault done 4T7K-2MQX-9")]
    Done(CaseArgs),
    /// Take a referral back
    #[command(after_help = "Example:\n  amana desk asha.vault revoke 4T7K-2MQX-9 --to 'Embassy'")]
    Revoke(CaseToArgs),
    /// Propose that another organisation takes the case over
    Transfer(TransferArgs),
    /// Say whether authorities of the person's own country may be told of her; not said means no
    #[command(after_help = "Example:\n  amana desk asha.vault origin-contact 4T7K-2MQX-9 --block")]
    OriginContact(OriginContactArgs),
    /// Remove a desk: a new roster cuts it off everywhere (admin)
    Remove(team::RemoveArgs),
    /// List a desk in another role, at most that of its invite (admin)
    Role(team::RoleArgs),
    /// Let a desk come back whose certificate has ended (admin)
    Renew(team::RenewArgs),
    /// Show the number that two people compare aloud to know that they see the same keys
    Safety(team::SafetyArgs),
    /// What restores the team's keys when no admin is left: a printed code, or two of three officers
    Recovery(team::RecoveryArgs),
    /// The passphrase of this vault
    Passphrase(PassphraseArgs),
    /// List the desks of the organisation
    #[command(after_help = "Example:\n  amana desk asha.vault roster")]
    Roster,
    /// Write cases to a file, without sensitive fields
    Export(ExportArgs),
    /// List open alerts
    Alerts(watch::AlertsArgs),
    /// Acknowledge an alert
    #[command(after_help = "Example:\n  amana desk asha.vault ack 4e77")]
    Ack(watch::AlertArgs),
    /// Tell that somebody is on the way
    #[command(after_help = "Example:\n  amana desk asha.vault respond 4e77")]
    Respond(watch::AlertArgs),
    /// Close an alert
    CloseAlert(watch::CloseAlertArgs),
    /// Who is alerted next when nobody answers
    Ladder(watch::LadderArgs),
    /// Who is on duty when
    Shifts(watch::ShiftsArgs),
    /// Publish a notice to people in an area
    Notice(watch::NoticeArgs),
    /// Exchange crisis alerts in the Common Alerting Protocol
    Cap(watch::CapArgs),
    /// Open the screens in a browser; prints the link with its launch secret
    #[command(after_help = "Example:\n  amana desk asha.vault serve --listen 127.0.0.1:0")]
    Serve(ServeArgs),
    /// Check every chain, signature and projection against a fresh fold; exit 1 if anything differs
    #[command(after_help = "Example:\n  amana desk asha.vault verify")]
    Verify,
}

/// Make the vault and join an organisation by invite; works offline
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault join amana-invite-1.AbC… --name Asha")]
pub struct JoinArgs {
    /// The invite
    pub invite: String,
    /// Name of this desk, unique in the organisation
    #[arg(long)]
    pub name: String,
}

/// List cases in triage order
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault queue --all")]
pub struct QueueArgs {
    /// Also closed, withdrawn, duplicate and transferred cases
    #[arg(long)]
    pub all: bool,
}

/// Find cases by their text
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault search passport")]
pub struct SearchArgs {
    /// Words to find
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub text: TextValue,
}

/// Save an attachment
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault attachment 4T7K-2MQX-9 a81f --out contract.jpg")]
pub struct AttachmentArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Attachment: full id or unique prefix
    pub id: String,
    /// File to write; it must not exist yet
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Give a case to a colleague
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault assign 4T7K-2MQX-9 --to Asha")]
pub struct AssignArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Desk: exact name, full id or unique prefix
    #[arg(long, value_name = "NAME")]
    pub to: String,
}

/// Move a case along its life
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  amana desk asha.vault status 4T7K-2MQX-9 --to waiting --waiting-on employer\n  amana desk asha.vault status 4T7K-2MQX-9 --to closed --reason remedied"
)]
pub struct StatusArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// The new state
    #[arg(long, value_name = "S", value_parser = parser::<CaseStatus>())]
    pub to: CaseStatus,
    /// Whom a waiting case waits for
    #[arg(long, value_name = "W", value_parser = parser::<WaitingOn>())]
    pub waiting_on: Option<WaitingOn>,
    /// Why it is closed: remedied, partly-remedied, repatriated, transferred, withdrawn, lost-contact,
    /// no-legal-remedy, deceased, other
    #[arg(long, value_name = "CODE")]
    pub reason: Option<String>,
    /// An internal note
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub note: Option<TextValue>,
}

/// Change a case's priority
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault priority 4T7K-2MQX-9 --to 1 --reason 'locked in at night'"
)]
pub struct PriorityArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// 0 (emergency) to 4
    #[arg(long, value_name = "P")]
    pub to: Priority,
    /// Why
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub reason: TextValue,
}

/// Write an internal note
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault note 4T7K-2MQX-9 --text 'called the shelter, one bed free'"
)]
pub struct NoteArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// The text.
    #[command(flatten)]
    pub text: TextArgs,
}

/// Mark a case as a duplicate of another
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault merge 4T7K-2MQX-9 --into 8Z1C-55RD-0")]
pub struct MergeArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// The case that goes on
    #[arg(long, value_name = "CASE")]
    pub into: String,
}

/// Propose to share a case with another organisation
///
/// No keys move before the migrant consents.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault refer 4T7K-2MQX-9 --to 'Embassy' --logs narrative,wages --purpose 'wage claim'"
)]
pub struct ReferArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// What is shared with whom.
    #[command(flatten)]
    pub sharing: SharingArgs,
}

/// Propose that another organisation takes the case over
///
/// Nothing moves before the migrant transfers it, on her phone. She may decline.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault transfer 4T7K-2MQX-9 --to 'Union' --reason 'labour court'"
)]
pub struct TransferArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Organisation: full id, unique prefix, or exact name
    #[arg(long, value_name = "ORG")]
    pub to: String,
    /// Why; the migrant can read it
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub reason: Option<TextValue>,
}

/// Reject a referred case
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk embassy.vault reject 4T7K-2MQX-9 --reason 'other country'")]
pub struct RejectArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Why
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub reason: TextValue,
}

/// Write cases to a file, without sensitive fields
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault export --format csv --out cases.csv")]
pub struct ExportArgs {
    /// File format
    #[arg(long, value_parser = parser::<ExportFormat>())]
    pub format: ExportFormat,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}
