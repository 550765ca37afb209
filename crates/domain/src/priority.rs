//! Priority P0–P4: rules over codes and flags.
//!
//! A view by the installed pack, never a matter of validity. The rules that fired are kept and shown. The
//! most urgent of all wins; a question that nobody asked raises nothing and is listed as not asked.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    codes::{AgeBand, CaseKind, Flag, GrievanceCode, SituationCode},
    pack::DomainPack,
    words::UnknownWord,
};

/// Urgency; P0 is the most urgent and the least in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Life or limb now.
    P0,
    /// Serious harm likely within 72 hours.
    P1,
    /// A right runs out within 14 days, papers held, debt bondage, no roof.
    P2,
    /// Money and contract.
    P3,
    /// Information.
    P4,
}

impl Priority {
    /// Every priority, most urgent first.
    pub const ALL: [Self; 5] = [Self::P0, Self::P1, Self::P2, Self::P3, Self::P4];

    /// 0 to 4.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// Whether this is more urgent than `other`.
    pub fn more_urgent_than(self, other: Self) -> bool {
        self < other
    }

    /// The more urgent of two.
    pub fn most_urgent(self, other: Self) -> Self {
        self.min(other)
    }
}

impl TryFrom<u8> for Priority {
    type Error = UnknownWord;
    fn try_from(n: u8) -> Result<Self, UnknownWord> {
        Self::ALL.get(usize::from(n)).copied().ok_or(UnknownWord { vocabulary: "priority" })
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}", self.as_u8())
    }
}

/// Reads `P1`, `p1` or `1`.
impl FromStr for Priority {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text.strip_prefix(['P', 'p']).unwrap_or(text).as_bytes() {
            [digit @ b'0'..=b'4'] => Self::try_from(digit - b'0'),
            _ => Err(UnknownWord { vocabulary: "priority" }),
        }
    }
}

impl Serialize for Priority {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u8(self.as_u8())
    }
}

impl<'de> Deserialize<'de> for Priority {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::try_from(u8::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// The yes-or-no questions of triage, each with the priority of a yes. `None`: counts only together with
/// detention (children, pregnant women and survivors are not to be detained).
pub const QUESTIONS: &[(&str, Option<Priority>)] = &[
    ("danger-now", Some(Priority::P0)),
    ("self-harm", Some(Priority::P0)),
    ("confined", Some(Priority::P0)),
    ("assault-within-120h", Some(Priority::P0)),
    ("refoulement-within-48h", Some(Priority::P0)),
    ("capital-case", Some(Priority::P0)),
    ("harm-within-72h", Some(Priority::P1)),
    ("detained", Some(Priority::P1)),
    ("child-alone", Some(Priority::P1)),
    ("retaliation", Some(Priority::P1)),
    ("possible-trafficking", Some(Priority::P1)),
    ("right-ends-within-14d", Some(Priority::P2)),
    ("passport-held", Some(Priority::P2)),
    ("debt-bonded", Some(Priority::P2)),
    ("no-place-to-sleep", Some(Priority::P2)),
    ("pregnant", None),
    ("survivor", None),
];

/// The name under which an age band that nobody asked for is listed as not asked.
pub const AGE_QUESTION: &str = "age-band";

/// A result of a sensitive log that `core` may carry: the priority and a rule's name, not the fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PriorityFloor {
    /// At least this urgent.
    pub priority: Priority,
    /// The rule that gave it.
    pub rule: String,
}

/// A person's decision to show another priority than the rules give.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "OverrideForm")]
pub struct PriorityOverride {
    priority: Priority,
    reason: String,
    over: Priority,
}

#[derive(Deserialize)]
struct OverrideForm {
    priority: Priority,
    reason: String,
    over: Priority,
}

impl TryFrom<OverrideForm> for PriorityOverride {
    type Error = OverrideError;
    fn try_from(form: OverrideForm) -> Result<Self, OverrideError> {
        Self::new(form.priority, &form.reason, form.over)
    }
}

/// Why an override is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverrideError {
    /// The reason is blank.
    #[error("an override needs a reason")]
    ReasonMissing,
    /// The reason has more than 2,000 characters.
    #[error("the reason is too long")]
    ReasonTooLong,
}

impl PriorityOverride {
    /// Decides a priority. `over` is what the rules gave when the person decided.
    pub fn new(priority: Priority, reason: &str, over: Priority) -> Result<Self, OverrideError> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(OverrideError::ReasonMissing);
        }
        if reason.chars().count() > 2000 {
            return Err(OverrideError::ReasonTooLong);
        }
        Ok(Self { priority, reason: reason.to_owned(), over })
    }

    /// The priority decided.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What the rules gave when the person decided.
    pub fn over(&self) -> Priority {
        self.over
    }
}

/// What is known about a case when its priority is assessed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facts {
    /// What was asked for; `None` when not known.
    pub kind: Option<CaseKind>,
    /// Grievance codes.
    pub grievances: Vec<GrievanceCode>,
    /// Situation codes.
    pub situations: Vec<SituationCode>,
    /// Age band; `None`: not asked.
    pub age_band: Option<AgeBand>,
    /// Answers to [`QUESTIONS`]; a question that is absent was not asked.
    pub answers: BTreeMap<Flag, bool>,
    /// Floors that other logs reported.
    pub floors: Vec<PriorityFloor>,
    /// The priority of the case for which somebody takes revenge: retaliation is at least as urgent.
    pub retaliation_for: Option<Priority>,
    /// A person's decision.
    pub decided: Option<PriorityOverride>,
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleHit {
    /// The priority that it asks for.
    pub priority: Priority,
    /// Stable name: `grievance`, `situation`, `unrecognised-code`, `emergency-request`, `under-18`, `answer`,
    /// `detention`, `retaliation`, `floor`, `no-code`, `override`.
    pub rule: String,
    /// What made it fire, beginning with the code, flag or rule name: `WAG.UNPAID Wages not paid`.
    pub because: String,
}

/// A priority with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The priority that counts.
    pub priority: Priority,
    /// What the rules alone give; shown beside an override.
    pub computed: Priority,
    /// The rules that fired, most urgent first.
    pub rules: Vec<RuleHit>,
    /// Questions that nobody asked, in the order of [`QUESTIONS`], the age band first.
    pub not_asked: Vec<String>,
    /// A decision was made, but the case has become more urgent than what it was decided over: the rules count.
    pub override_outdated: bool,
}

/// Assesses a case by the rules of a pack.
///
/// Without any code, flag or floor a complaint or a request for help is P3, not P4: until somebody has read it,
/// nobody knows that it only asks for information, and P4 has no clock. P4 comes from codes (`INF.ASK`) alone.
pub fn assess(pack: &DomainPack, facts: &Facts) -> Assessment {
    let mut rules = Vec::new();
    let mut hit = |rule: &str, priority, because: String| {
        rules.push(RuleHit { priority, rule: rule.to_owned(), because });
    };

    for code in &facts.grievances {
        match pack.grievance(code) {
            Some(entry) => hit("grievance", entry.default_priority, format!("{code} {}", entry.label)),
            None => hit("unrecognised-code", pack.rules.unrecognised_code, code.to_string()),
        }
    }
    for code in &facts.situations {
        match pack.situation(code) {
            Some(entry) => hit("situation", entry.default_priority, format!("{code} {}", entry.label)),
            None => hit("unrecognised-code", pack.rules.unrecognised_code, code.to_string()),
        }
    }
    if facts.kind == Some(CaseKind::Emergency) {
        hit("emergency-request", pack.rules.emergency_request_floor, "emergency".to_owned());
    }
    if facts.age_band == Some(AgeBand::Child) {
        hit("under-18", pack.rules.person_under_18_floor, "child".to_owned());
    }
    for (question, priority) in QUESTIONS {
        if let (true, Some(priority)) = (said_yes(facts, question), priority) {
            hit("answer", *priority, (*question).to_owned());
        }
    }
    if let Some(who) = detained_who_must_not_be(facts) {
        hit("detention", Priority::P0, format!("{who} detained"));
    }
    if let (true, Some(parent)) = (is_retaliation(facts), facts.retaliation_for) {
        hit("retaliation", parent, "RET the case that it is revenge for".to_owned());
    }
    for floor in &facts.floors {
        hit("floor", floor.priority, floor.rule.clone());
    }
    if rules.is_empty() {
        rules.push(RuleHit {
            priority: Priority::P3,
            rule: "no-code".to_owned(),
            because: "no code yet".to_owned(),
        });
    }

    let computed = rules.iter().map(|hit| hit.priority).min().unwrap_or(Priority::P3);
    let mut priority = computed;
    let mut override_outdated = false;
    if let Some(decided) = &facts.decided {
        // New danger must not hide behind a decision that was made before it was known.
        override_outdated =
            computed.more_urgent_than(decided.over) && computed.more_urgent_than(decided.priority);
        if !override_outdated {
            priority = decided.priority;
        }
        rules.push(RuleHit {
            priority: decided.priority,
            rule: "override".to_owned(),
            because: decided.reason.clone(),
        });
    }
    rules.sort();
    rules.dedup();
    Assessment { priority, computed, rules, not_asked: not_asked(facts), override_outdated }
}

/// The floor that each of two linked cases gets when one is revenge for the other: reprisal makes both as urgent as the
/// more urgent of them, and at least P1. `own` and `other` are their computed priorities.
pub fn retaliation_floor(own: Priority, other: Priority) -> PriorityFloor {
    PriorityFloor {
        priority: own.most_urgent(other).most_urgent(Priority::P1),
        rule: "retaliation".to_owned(),
    }
}

/// Whether codes say that a case is about revenge for complaining.
pub fn tells_of_retaliation<'a>(codes: impl IntoIterator<Item = &'a GrievanceCode>) -> bool {
    codes.into_iter().any(|code| code.prefix() == "RET")
}

fn said_yes(facts: &Facts, question: &str) -> bool {
    facts.answers.iter().any(|(flag, yes)| *yes && flag.as_str() == question)
}

/// No detention of children, pregnant women or survivors: such a case is about life and limb.
fn detained_who_must_not_be(facts: &Facts) -> Option<&'static str> {
    let detained = said_yes(facts, "detained")
        || facts.grievances.iter().any(|code| code.prefix() == "DET")
        || facts.situations.iter().any(|code| matches!(code.as_str(), "S10" | "X04"));
    if !detained {
        return None;
    }
    if facts.age_band == Some(AgeBand::Child) {
        return Some("child");
    }
    ["pregnant", "survivor"].into_iter().find(|flag| said_yes(facts, flag))
}

fn is_retaliation(facts: &Facts) -> bool {
    said_yes(facts, "retaliation") || tells_of_retaliation(&facts.grievances)
}

fn not_asked(facts: &Facts) -> Vec<String> {
    let age = facts.age_band.is_none().then_some(AGE_QUESTION);
    let unanswered = QUESTIONS
        .iter()
        .map(|(question, _)| *question)
        .filter(|question| !facts.answers.keys().any(|flag| flag.as_str() == *question));
    age.into_iter().chain(unanswered).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
