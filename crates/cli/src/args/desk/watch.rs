//! The verbs of `amana desk VAULT` about alerts, ladders and notices.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{
    args::values::{Moment, Rung},
    codes::{Outcome, parser},
    text_arg::{TextArgs, TextValue},
};

/// List open alerts
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault alerts --follow")]
pub struct AlertsArgs {
    /// Stay open and print alerts as they come in
    #[arg(long)]
    pub follow: bool,
}

/// One alert.
#[derive(Clone, Debug, Args)]
pub struct AlertArgs {
    /// Alert: full id or unique prefix
    pub alert: String,
}

/// Close an alert
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault close-alert 4e77 --as safe --reason 'spoke with her'"
)]
pub struct CloseAlertArgs {
    /// Alert: full id or unique prefix
    pub alert: String,
    /// How it ended
    #[arg(long = "as", value_name = "END", value_parser = parser::<Outcome>())]
    pub end: Outcome,
    /// Why
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub reason: TextValue,
}

/// Who is alerted next when nobody answers
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault ladder set --rung Asha@0 --rung Brahim@5m")]
pub struct LadderArgs {
    /// The verb.
    #[command(subcommand)]
    pub verb: LadderVerb,
}

/// The verbs of `amana desk VAULT ladder`.
#[derive(Clone, Debug, Subcommand)]
pub enum LadderVerb {
    /// Show the ladder
    #[command(after_help = "Example:\n  amana desk asha.vault ladder show")]
    Show,
    /// Replace the ladder (admin)
    Set(LadderSetArgs),
}

/// Replace the ladder (admin)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault ladder set --rung Asha@0 --rung Brahim@5m")]
pub struct LadderSetArgs {
    /// A desk and the time after which it is alerted; may be repeated
    #[arg(long, value_name = "NAME@DURATION", required = true)]
    pub rung: Vec<Rung>,
}

/// Who is on duty when
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault shifts show")]
pub struct ShiftsArgs {
    /// The verb.
    #[command(subcommand)]
    pub verb: ShiftsVerb,
}

/// The verbs of `amana desk VAULT shifts`.
#[derive(Clone, Debug, Subcommand)]
pub enum ShiftsVerb {
    /// Show the shifts
    #[command(after_help = "Example:\n  amana desk asha.vault shifts show")]
    Show,
    /// Add a shift
    Add(ShiftAddArgs),
    /// Remove a shift
    Remove(ShiftRemoveArgs),
}

/// Add a shift
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault shifts add --who Asha --from 2027-01-31T16:00:00Z --until 2027-02-01T00:00:00Z"
)]
pub struct ShiftAddArgs {
    /// Desk: exact name, full id or unique prefix
    #[arg(long, value_name = "NAME")]
    pub who: String,
    /// Start
    #[arg(long, value_name = "TIME")]
    pub from: Moment,
    /// End
    #[arg(long, value_name = "TIME")]
    pub until: Moment,
}

/// Remove a shift
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault shifts remove 51b2")]
pub struct ShiftRemoveArgs {
    /// Shift: full id or unique prefix
    pub shift: String,
}

/// Publish a notice to people in an area
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault notice --area QA --language ne,hi --text-file storm.txt --until 2027-01-31"
)]
pub struct NoticeArgs {
    /// Country, or country and region
    #[arg(long, value_name = "AREA")]
    pub area: String,
    /// Languages of the people meant (BCP 47)
    #[arg(long, value_name = "L,…", value_delimiter = ',', required = true)]
    pub language: Vec<String>,
    /// The notice.
    #[command(flatten)]
    pub text: TextArgs,
    /// Until when it holds
    #[arg(long, value_name = "TIME")]
    pub until: Moment,
}

/// Exchange crisis alerts in the Common Alerting Protocol
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault cap import alert.xml")]
pub struct CapArgs {
    /// The verb.
    #[command(subcommand)]
    pub verb: CapVerb,
}

/// The verbs of `amana desk VAULT cap`.
#[derive(Clone, Debug, Subcommand)]
pub enum CapVerb {
    /// Read an alert from a file
    #[command(after_help = "Example:\n  amana desk asha.vault cap import alert.xml")]
    Import(CapFileArgs),
    /// Write the newest notice to a file
    Export(CapFileArgs),
}

/// A file with one alert.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault cap export notice.xml")]
pub struct CapFileArgs {
    /// CAP 1.2 (XML)
    pub file: PathBuf,
}
