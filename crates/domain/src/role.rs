//! Roles of people in an organisation and the clearances that compartments need.

use serde::{Deserialize, Serialize};

/// What a person may do in a team. Admin ⊇ supervisor ⊇ officer = caseworker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works cases.
    Caseworker,
    /// Works cases and is on call.
    Officer,
    /// Leads caseworkers.
    Supervisor,
    /// Signs rosters.
    Admin,
}

/// Which secrets of a team open a compartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearance {
    /// Everybody in the team.
    Open,
    /// Identity and places.
    Need,
    /// Health and migration status.
    Strict,
}
