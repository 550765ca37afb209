//! Codes: what a case is about, where, in which language, for whom.
//!
//! Packs differ between deployments, so a well-formed code that this device's pack does not know can be
//! read, kept and shown; priority rules treat it as urgent.

mod country;
mod language;

use std::str::FromStr;

pub use country::{Country, CountryError};
pub use language::{Language, LanguageError};

use crate::{
    pack::DomainPack,
    words::{text_newtype, words},
};

/// Why a text is not a code.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeError {
    /// Not `PREFIX.CODE`: 2–8 and 1–16 upper-case letters or digits, the prefix letters only.
    #[error("not a grievance code of the form PREFIX.CODE")]
    Grievance,
    /// Not an upper-case letter and two digits.
    #[error("not a situation code of the form X00")]
    Situation,
    /// Empty, over 64 characters, or with control characters.
    #[error("not a sector: 1 to 64 characters in one line")]
    Sector,
    /// Not 1–40 of `a-z`, `0-9` and inner `-`.
    #[error("not a flag: 1 to 40 lower-case letters, digits and hyphens")]
    Flag,
}

/// A coded complaint such as `WAG.UNPAID`. Well-formed, not necessarily known to the installed pack.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrievanceCode(String);

impl GrievanceCode {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the dot: the family of complaints.
    pub fn prefix(&self) -> &str {
        self.0.split_once('.').map_or("", |(prefix, _)| prefix)
    }

    /// Whether the pack lists this code.
    pub fn is_known(&self, pack: &DomainPack) -> bool {
        pack.grievance(self).is_some()
    }
}

impl FromStr for GrievanceCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let (prefix, code) = text.split_once('.').ok_or(CodeError::Grievance)?;
        let upper = |byte: u8| byte.is_ascii_uppercase();
        let well_formed = (2..=8).contains(&prefix.len())
            && prefix.bytes().all(upper)
            && (1..=16).contains(&code.len())
            && code.bytes().all(|byte| upper(byte) || byte.is_ascii_digit());
        if well_formed { Ok(Self(text.to_owned())) } else { Err(CodeError::Grievance) }
    }
}
text_newtype!(GrievanceCode);

/// A situation of an emergency request: `S01`–`S14`, `X01`–`X12`, or one that another pack defines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SituationCode([u8; 3]);

impl SituationCode {
    /// The text.
    pub fn as_str(&self) -> &str {
        // Always ASCII: `from_str` is the only constructor.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether the pack lists this code.
    pub fn is_known(&self, pack: &DomainPack) -> bool {
        pack.situation(self).is_some()
    }
}

impl FromStr for SituationCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        match *text.as_bytes() {
            [letter, tens, ones]
                if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit() =>
            {
                Ok(Self([letter, tens, ones]))
            }
            _ => Err(CodeError::Situation),
        }
    }
}
text_newtype!(SituationCode);

/// A sector of work, such as `domestic work`. Open vocabulary; lower case, single spaces.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sector(String);

impl Sector {
    /// Sectors that screens offer first.
    pub const COMMON: &'static [&'static str] = &[
        "domestic work",
        "construction",
        "agriculture",
        "manufacturing",
        "fishing",
        "seafaring",
        "shipyard",
        "driving",
        "security",
        "cleaning",
        "hospitality",
        "care",
        "transit",
        "other",
    ];

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sector {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        // The bound comes first: nothing is built from a text that is far too long.
        if text.len() > 1024 || text.chars().any(char::is_control) {
            return Err(CodeError::Sector);
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let joined = words.join(" ");
        if joined.is_empty() || joined.chars().count() > 64 {
            return Err(CodeError::Sector);
        }
        Ok(Self(joined))
    }
}
text_newtype!(Sector);

/// A yes-or-no fact that raises priority or tells a responder something, such as `phone-shared`.
/// Open vocabulary; [`crate::priority::QUESTIONS`] lists those that count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flag(String);

impl Flag {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Flag {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let well_formed = (1..=40).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if well_formed { Ok(Self(text.to_owned())) } else { Err(CodeError::Flag) }
    }
}
text_newtype!(Flag);

words! {
    /// Sex as the person states it; for choosing an interpreter and for disaggregated statistics.
    pub enum Sex ("sex") {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Another.
        Other = "other",
        /// Not stated.
        Unknown = "unknown",
    }
}

words! {
    /// Age as coarsely as triage needs it.
    pub enum AgeBand ("age band") {
        /// Under 18.
        Child = "child",
        /// 18 to 59.
        Adult = "adult",
        /// 60 or more.
        Older = "older",
        /// Asked, not known.
        Unknown = "unknown",
    }
}

words! {
    /// What a person asks for when she files.
    pub enum CaseKind ("kind of case") {
        /// A complaint.
        Grievance = "grievance",
        /// Help now.
        Emergency = "emergency",
        /// Help to return, papers, information.
        Assistance = "assistance",
    }
}

#[cfg(test)]
mod tests;
