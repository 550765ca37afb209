//! Verbs about the team: who is in it, and in what role.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::codes::{Role, parser};

/// Remove a desk: a new roster cuts it off everywhere (admin)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault remove Brahim")]
pub struct RemoveArgs {
    /// Desk: exact name, full id or unique prefix
    pub name: String,
}

/// List a desk in another role, at most that of its invite (admin)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault role Brahim --to caseworker")]
pub struct RoleArgs {
    /// Desk: exact name, full id or unique prefix
    pub name: String,
    /// The new role
    #[arg(long, value_name = "ROLE", value_parser = parser::<Role>())]
    pub to: Role,
}

/// Let a desk come back whose certificate has ended (admin)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault renew Brahim")]
pub struct RenewArgs {
    /// Desk: exact name, full id or unique prefix
    pub name: String,
}

/// Show the number that two people compare aloud to know that they see the same keys
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  amana desk asha.vault safety Brahim\n  amana desk asha.vault safety 'Safe House'\n  amana desk asha.vault safety"
)]
pub struct SafetyArgs {
    /// A colleague's desk, or another organisation; the deployment's own number if left out
    pub name: Option<String>,
}

/// What restores the team's keys when no admin is left: a printed code, or two of three officers
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault recovery show")]
pub struct RecoveryArgs {
    /// The step.
    #[command(subcommand)]
    pub verb: RecoveryVerb,
}

/// Steps of a recovery.
#[derive(Clone, Debug, Subcommand)]
pub enum RecoveryVerb {
    /// Which recoveries the team has, and every use of one
    #[command(after_help = "Example:\n  amana desk asha.vault recovery show")]
    Show,
    /// Make a code to print, in the place of an earlier one; it is shown this once (admin)
    #[command(after_help = "Example:\n  amana desk asha.vault recovery code")]
    Code,
    /// Let any two of three desks recover the team (admin)
    #[command(after_help = "Example:\n  amana desk asha.vault recovery officers Asha Brahim Chandra")]
    Officers {
        /// Three desks: exact name, full id or unique prefix
        #[arg(value_name = "NAME", num_args = 3, required = true)]
        names: Vec<String>,
    },
    /// On a fresh desk with an admin's invite: what the second officer needs
    #[command(after_help = "Example:\n  amana desk new.vault recovery request")]
    Request,
    /// The first officer: a half that only another officer can complete
    #[command(after_help = "Example:\n  amana desk brahim.vault recovery begin")]
    Begin,
    /// The second officer: completes a half for the fresh desk
    #[command(
        after_help = "Example:\n  amana desk chandra.vault recovery finish --half amana-recovery-half-1… --request amana-recovery-request-1…"
    )]
    Finish {
        /// What `begin` answered
        #[arg(long, value_name = "TEXT")]
        half: String,
        /// What `request` answered
        #[arg(long, value_name = "TEXT")]
        request: String,
    },
    /// On the fresh desk: take the team over; every other desk sees it
    #[command(after_help = "Example:\n  amana desk new.vault recovery restore --code-file -")]
    Restore(RestoreArgs),
}

/// What opens a recovery.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct RestoreArgs {
    /// A file with the printed code; - is standard input
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub code_file: Option<PathBuf>,
    /// What `finish` answered
    #[arg(long, value_name = "TEXT")]
    pub share: Option<String>,
}
