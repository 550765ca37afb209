//! Verbs about several cases, several desks, or several values.

use clap::Args;

use crate::text_arg::TextValue;

/// Stand aside from a case: no new content of it can be opened at this desk
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  amana desk asha.vault recuse 4T7K-2MQX-9\n  amana desk asha.vault recuse 4T7K-2MQX-9 --desk Brahim"
)]
pub struct RecuseArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Another desk than this one (supervisor): exact name, full id or unique prefix
    #[arg(long, value_name = "NAME")]
    pub desk: Option<String>,
}

/// Say that two cases belong together
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault link 4T7K-2MQX-9 --with 8Z1C-55RD-0")]
pub struct LinkArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// The other case
    #[arg(long, value_name = "CASE")]
    pub with: String,
}

/// Open a finished case again
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault reopen 4T7K-2MQX-9 --note 'the employer did not pay'"
)]
pub struct ReopenArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Why; the migrant can read it
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub note: Option<TextValue>,
}

/// Settle a conflict: one of the values counts from now on
///
/// The conflicts that `show` lists name the events. Every desk and the phone then see the same value.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault decide 4T7K-2MQX-9 --event 9c41")]
pub struct DecideArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Event whose value counts: full id or unique prefix of 4 characters or more
    #[arg(long, value_name = "ID")]
    pub event: String,
}

/// Give all open cases of one desk to another
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  amana desk asha.vault hand-over --from Brahim --to Chandra --note 'on leave until March'"
)]
pub struct HandOverArgs {
    /// Whose cases they are: exact name, full id or unique prefix; may have left the team
    #[arg(long, value_name = "NAME")]
    pub from: String,
    /// Whose they become: exact name, full id or unique prefix
    #[arg(long, value_name = "NAME")]
    pub to: String,
    /// An internal note for each case
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub note: Option<TextValue>,
}

/// Let notes of a removed desk count after all (supervisor)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault adopt 4T7K-2MQX-9 --event 9c41 --event 1f03")]
pub struct AdoptArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Refused note: full id or unique prefix of 4 characters or more; may be repeated
    #[arg(long, value_name = "ID", required = true)]
    pub event: Vec<String>,
}
