//! SAMPLE rows of law: shown with source and state of review, never applied as a verdict.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Whether somebody read the source of a row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Checked {
    /// Read, or not.
    Flag(bool),
    /// In part, or second hand; in words.
    Partly(String),
}

impl Default for Checked {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// A multiple of the hourly wage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Factor {
    /// An exact factor, such as 1.25.
    Exact(Decimal),
    /// A rule in words that a person must read.
    Words(String),
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Number(serde_json::Number),
            Words(String),
        }
        match Raw::deserialize(d)? {
            // Through the shortest text, so that 1.25 is exactly 1.25.
            Raw::Number(number) => {
                Decimal::from_str_exact(&number.to_string()).map(Self::Exact).map_err(D::Error::custom)
            }
            Raw::Words(words) => Ok(Self::Words(words)),
        }
    }
}

/// SAMPLE: what a recruiter may charge a worker on a corridor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleFeeCap {
    /// Country of origin, or `*`.
    pub origin: String,
    /// Destinations, or `*`.
    #[serde(deserialize_with = "one_or_many")]
    pub dest: Vec<String>,
    /// The cap in the source's own terms; absent where `rule` says it.
    #[serde(default)]
    pub amount: Option<String>,
    /// A rule without an amount.
    #[serde(default)]
    pub rule: Option<String>,
    /// What the cap covers and when it applies.
    #[serde(default)]
    pub basis: Option<String>,
    /// Visa classes that it is limited to.
    #[serde(default)]
    pub visa: Vec<String>,
    /// Law, notice or press report.
    pub source: String,
    /// Confidence in the row.
    #[serde(rename = "conf")]
    pub confidence: String,
    /// Whether the source was read.
    #[serde(default)]
    pub read: Checked,
}

/// SAMPLE: overtime rates of a country, perhaps of a range of dates.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleOvertime {
    /// The country, or `*`.
    pub country: String,
    /// First day, `YYYY-MM-DD`.
    #[serde(default, rename = "from_")]
    pub from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    #[serde(default)]
    pub to: Option<String>,
    /// Ordinary overtime.
    pub normal: Factor,
    /// Overtime at night.
    #[serde(default)]
    pub night: Option<Factor>,
    /// When night is.
    #[serde(default)]
    pub night_window: Option<String>,
    /// Work on the weekly rest day.
    #[serde(default)]
    pub rest: Option<Factor>,
    /// Work on a public holiday.
    #[serde(default)]
    pub holiday: Option<Factor>,
    /// Which wage is multiplied.
    #[serde(default)]
    pub base: Option<String>,
    /// The limit on overtime hours.
    #[serde(default)]
    pub cap: Option<String>,
    /// Days by which a monthly wage is divided; sources disagree, so it is data.
    #[serde(default)]
    pub divisor: Option<u8>,
    /// How an hourly wage is computed.
    #[serde(default)]
    pub hourly: Option<String>,
    /// From when hours count as overtime.
    #[serde(default)]
    pub trigger: Option<String>,
    /// The law.
    pub source: String,
    /// Whether the source was read.
    #[serde(default)]
    pub read: Checked,
}

/// SAMPLE: how long a wage claim can be brought. Show the earliest date and "get legal advice", never "too late".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleLimitation {
    /// The country.
    pub country: String,
    /// ISO 8601 duration, perhaps with conditions in words.
    pub period: String,
    /// What it runs from.
    #[serde(default, rename = "from_")]
    pub from: Option<String>,
    /// Last day on which the row was law.
    #[serde(default)]
    pub valid_to: Option<String>,
    /// The law.
    pub source: String,
    /// Whether the source was read.
    #[serde(default)]
    pub read: Checked,
}

fn one_or_many<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Raw {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Raw::deserialize(d)? {
        Raw::One(one) => vec![one],
        Raw::Many(many) => many,
    })
}
