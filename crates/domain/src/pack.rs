//! The domain pack: codes, default priorities, maps to other systems, and SAMPLE rows of law.
//!
//! Facts that differ between countries and years live in packs, never in code. A sample row is shown with its
//! source and is never presented as a verdict.

mod sample;

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

pub use sample::{Checked, Factor, SampleFeeCap, SampleLimitation, SampleOvertime};

use crate::{
    codes::{GrievanceCode, Language, SituationCode},
    priority::Priority,
};

/// Largest pack that is read, in bytes.
pub const MAX_PACK: usize = 1024 * 1024;

const BUILTIN: &str = include_str!("../data/domain_pack.json");

/// Why a pack is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Over [`MAX_PACK`] bytes.
    #[error("the pack is too large")]
    TooLarge,
    /// Not JSON of the expected shape, or with unknown fields.
    #[error("the pack does not have the expected form")]
    Form(#[source] serde_json::Error),
    /// A code, indicator number or language group occurs twice.
    #[error("{0} occurs twice in the pack")]
    Duplicate(String),
    /// A grievance or situation names an indicator that the pack does not define.
    #[error("{code} names the unknown indicator {indicator}")]
    UnknownIndicator {
        /// The code.
        code: String,
        /// The number it names.
        indicator: u8,
    },
    /// A priority rule that this version cannot apply: guessing would misjudge danger.
    #[error("the pack has a priority rule that this version does not know")]
    UnknownRule,
}

/// A grievance code and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrievanceEntry {
    /// The code.
    pub code: GrievanceCode,
    /// English label.
    pub label: String,
    /// Priority of a case with this code alone.
    pub default_priority: Priority,
    /// ILO forced-labour indicators (1–11) that this complaint points to; possible, never a verdict.
    pub ilo_indicators: Vec<u8>,
    /// The category of India's MADAD portal, if one fits.
    pub madad: Option<String>,
    /// A remark for whoever maintains the pack.
    pub note: Option<String>,
}

/// A situation code of emergency requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SituationEntry {
    /// The code.
    pub code: SituationCode,
    /// English label.
    pub label: String,
    /// Whether it is one of the fourteen categories of stranded migrants in the 2013 consultation paper.
    pub from_seed: bool,
    /// Priority of a case with this situation alone.
    pub default_priority: Priority,
    /// ILO forced-labour indicators (1–11) that this situation points to, if the pack says so.
    #[serde(default)]
    pub ilo_indicators: Vec<u8>,
}

/// One of the ILO's eleven indicators of forced labour (2012).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IloIndicator {
    /// 1 to 11.
    pub n: u8,
    /// Stable key.
    pub key: String,
    /// Fields of IOM's Human Trafficking Case Data Standard 2.0 that say the same.
    pub htcds: Vec<String>,
}

/// The priority rules that a pack may set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityRules {
    /// An emergency request is at least this urgent.
    pub emergency_request_floor: Priority,
    /// A person under 18 makes a case at least this urgent.
    pub person_under_18_floor: Priority,
    /// What a code counts as that the pack does not list.
    pub unrecognised_code: Priority,
    unanswered_question: String,
    combine: String,
}

/// A language that a region's deployments offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackLanguage {
    /// The language.
    pub language: Language,
    /// Marked as written from right to left.
    pub rtl: bool,
}

impl<'de> Deserialize<'de> for PackLanguage {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let (tag, rtl) = text.strip_suffix('*').map_or((text.as_str(), false), |tag| (tag, true));
        let language = tag.parse().map_err(serde::de::Error::custom)?;
        Ok(Self { language, rtl })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    grievances: Vec<GrievanceEntry>,
    ilo_indicators: Vec<IloIndicator>,
    sos: Vec<SituationEntry>,
    #[serde(rename = "fee_caps_SAMPLE")]
    fee_caps: Vec<SampleFeeCap>,
    #[serde(rename = "overtime_SAMPLE")]
    overtime: Vec<SampleOvertime>,
    #[serde(rename = "limitation_SAMPLE")]
    limitation: Vec<SampleLimitation>,
    #[serde(rename = "languages_rtl_star")]
    languages: BTreeMap<String, Vec<PackLanguage>>,
    priority_rules: PriorityRules,
}

/// A domain pack, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainPack {
    grievances: BTreeMap<GrievanceCode, GrievanceEntry>,
    situations: BTreeMap<SituationCode, SituationEntry>,
    indicators: BTreeMap<u8, IloIndicator>,
    /// Sample caps on what a recruiter may charge a worker.
    pub fee_caps: Vec<SampleFeeCap>,
    /// Sample overtime rates.
    pub overtime: Vec<SampleOvertime>,
    /// Sample limitation periods of wage claims.
    pub limitation: Vec<SampleLimitation>,
    /// Languages by region of migration.
    pub languages: BTreeMap<String, Vec<PackLanguage>>,
    /// The priority rules.
    pub rules: PriorityRules,
}

static PACK: LazyLock<DomainPack> =
    LazyLock::new(|| DomainPack::parse(BUILTIN.as_bytes()).expect("the built-in pack is tested"));

impl DomainPack {
    /// The sample pack that every installation starts with.
    pub fn builtin() -> &'static Self {
        &PACK
    }

    /// Reads a pack strictly: unknown fields, doubled codes and dangling references are refused.
    pub fn parse(json: &[u8]) -> Result<Self, PackError> {
        if json.len() > MAX_PACK {
            return Err(PackError::TooLarge);
        }
        let form: Form = serde_json::from_slice(json).map_err(PackError::Form)?;
        let rules = form.priority_rules;
        if rules.combine != "most urgent of all codes and flags"
            || rules.unanswered_question != "raises nothing and is shown as not asked"
        {
            return Err(PackError::UnknownRule);
        }
        let indicators = by_key(form.ilo_indicators, |entry| entry.n)?;
        let grievances = by_key(form.grievances, |entry| entry.code.clone())?;
        let situations = by_key(form.sos, |entry: &SituationEntry| entry.code)?;
        let of_grievances = grievances.values().map(|entry| (entry.code.to_string(), &entry.ilo_indicators));
        let of_situations = situations.values().map(|entry| (entry.code.to_string(), &entry.ilo_indicators));
        for (code, named) in of_grievances.chain(of_situations) {
            if let Some(unknown) = named.iter().find(|n| !indicators.contains_key(n)) {
                return Err(PackError::UnknownIndicator { code, indicator: *unknown });
            }
        }
        Ok(Self {
            grievances,
            situations,
            indicators,
            fee_caps: form.fee_caps,
            overtime: form.overtime,
            limitation: form.limitation,
            languages: form.languages,
            rules,
        })
    }

    /// The entry of a grievance code.
    pub fn grievance(&self, code: &GrievanceCode) -> Option<&GrievanceEntry> {
        self.grievances.get(code)
    }

    /// The entry of a situation code.
    pub fn situation(&self, code: &SituationCode) -> Option<&SituationEntry> {
        self.situations.get(code)
    }

    /// The indicator with this number.
    pub fn indicator(&self, n: u8) -> Option<&IloIndicator> {
        self.indicators.get(&n)
    }

    /// Every grievance code, in the order of the codes.
    pub fn grievances(&self) -> impl Iterator<Item = &GrievanceEntry> {
        self.grievances.values()
    }

    /// Every situation code, in the order of the codes.
    pub fn situations(&self) -> impl Iterator<Item = &SituationEntry> {
        self.situations.values()
    }
}

fn by_key<K: Ord + std::fmt::Display, V>(
    entries: Vec<V>,
    key: impl Fn(&V) -> K,
) -> Result<BTreeMap<K, V>, PackError> {
    let mut map = BTreeMap::new();
    for entry in entries {
        let key = key(&entry);
        if map.contains_key(&key) {
            return Err(PackError::Duplicate(key.to_string()));
        }
        map.insert(key, entry);
    }
    Ok(map)
}

#[cfg(test)]
mod tests;
