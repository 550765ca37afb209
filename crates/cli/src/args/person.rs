//! A person of a case: the same on a phone and at a desk.

use clap::Args;

use crate::codes::{AgeBand, PersonRole, parser};

/// Add somebody to a case, in a part of her own
#[derive(Clone, Debug, Args)]
pub struct PersonArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Her part in the case
    #[arg(long, value_name = "R", value_parser = parser::<PersonRole>())]
    pub role: PersonRole,
    /// Name
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// Name in her own script
    #[arg(long, value_name = "N")]
    pub native_name: Option<String>,
    /// Relation to the person in danger
    #[arg(long, value_name = "T")]
    pub relation: Option<String>,
    /// Sex
    #[arg(long, value_name = "S")]
    pub sex: Option<String>,
    /// Coarse age
    #[arg(long, value_name = "B", value_parser = parser::<AgeBand>())]
    pub age_band: Option<AgeBand>,
    /// Date of birth, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub birth_date: Option<String>,
    /// Nationality (ISO 3166-1 alpha-2)
    #[arg(long, value_name = "CC")]
    pub nationality: Option<String>,
    /// Language (BCP 47)
    #[arg(long, value_name = "L")]
    pub language: Option<String>,
    /// Sex that she wants an interpreter to be of
    #[arg(long, value_name = "S")]
    pub interpreter_sex: Option<String>,
    /// Telephone
    #[arg(long, value_name = "P")]
    pub phone: Option<String>,
    /// Passport or identity card
    #[arg(long, value_name = "D")]
    pub document: Option<String>,
    /// She wants to stay unnamed to the others of the group
    #[arg(long)]
    pub unnamed: bool,
}
