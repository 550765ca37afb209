//! Verbs about the team: who is in it, and in what role.

use clap::Args;

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
