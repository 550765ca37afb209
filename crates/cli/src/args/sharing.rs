//! What is shared with whom: the same for a proposal, a consent, and a consent that was spoken.

use clap::Args;

use super::values::Moment;
use crate::text_arg::TextValue;

/// What is shared with whom.
#[derive(Clone, Debug, Args)]
pub struct SharingArgs {
    /// Organisation: full id, unique prefix, or exact name
    #[arg(long, value_name = "ORG")]
    pub to: String,
    /// Parts of the case: core, talk, narrative, wages, evidence, identity, location, medical, status
    #[arg(long, value_name = "A,B", value_delimiter = ',', required = true)]
    pub logs: Vec<String>,
    /// What for
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    pub purpose: TextValue,
    /// Last day, or a time
    #[arg(long, value_name = "DATE")]
    pub until: Option<Moment>,
}
