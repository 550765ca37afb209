//! An emergency request (SOS). The place is not in it: it belongs to the log `location`.

use serde::{Deserialize, Serialize};

use crate::{
    codes::{Flag, SituationCode},
    text::CaseText,
};

/// Most situation codes in a request.
pub const MAX_SITUATIONS: usize = 16;
/// Most flags in a request.
pub const MAX_FLAGS: usize = 32;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmergencyError {
    /// No situation code; every request has at least one.
    #[error("an emergency request needs a situation code")]
    SituationMissing,
    /// Over [`MAX_SITUATIONS`] codes or [`MAX_FLAGS`] flags.
    #[error("too many codes")]
    TooMany,
    /// No people, or over 100,000.
    #[error("not a number of people")]
    People,
}

/// A request for help now. Codes and flags are sorted and occur once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "EmergencyForm")]
pub struct EmergencyRequest {
    situations: Vec<SituationCode>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<CaseText>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    silent: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    drill: bool,
}

/// What a request is made of, unchecked.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct EmergencyForm {
    /// Situation codes, at least one.
    pub situations: Vec<SituationCode>,
    /// What a responder must know: `phone-shared`, `cannot-talk`, a triage question's name.
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// How many people need help; absent: not said.
    #[serde(default)]
    pub people: Option<u32>,
    /// What she wrote.
    #[serde(default)]
    pub note: Option<CaseText>,
    /// The phone must not ring or show anything.
    #[serde(default)]
    pub silent: bool,
    /// An exercise; shown as such everywhere and never counted.
    #[serde(default)]
    pub drill: bool,
}

impl TryFrom<EmergencyForm> for EmergencyRequest {
    type Error = EmergencyError;
    fn try_from(form: EmergencyForm) -> Result<Self, EmergencyError> {
        let EmergencyForm { mut situations, mut flags, people, note, silent, drill } = form;
        if situations.is_empty() {
            return Err(EmergencyError::SituationMissing);
        }
        if situations.len() > MAX_SITUATIONS || flags.len() > MAX_FLAGS {
            return Err(EmergencyError::TooMany);
        }
        if people.is_some_and(|people| !(1..=100_000).contains(&people)) {
            return Err(EmergencyError::People);
        }
        situations.sort();
        situations.dedup();
        flags.sort();
        flags.dedup();
        Ok(Self { situations, flags, people, note, silent, drill })
    }
}

impl EmergencyRequest {
    /// Situation codes, at least one.
    pub fn situations(&self) -> &[SituationCode] {
        &self.situations
    }

    /// What a responder must know.
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// How many people need help.
    pub const fn people(&self) -> Option<u32> {
        self.people
    }

    /// What she wrote.
    pub const fn note(&self) -> Option<&CaseText> {
        self.note.as_ref()
    }

    /// Whether the phone must stay silent.
    pub const fn is_silent(&self) -> bool {
        self.silent
    }

    /// Whether it is an exercise.
    pub const fn is_drill(&self) -> bool {
        self.drill
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canonical;

    fn form(situations: &[&str]) -> EmergencyForm {
        EmergencyForm {
            situations: situations.iter().map(|code| code.parse().unwrap()).collect(),
            ..EmergencyForm::default()
        }
    }

    #[test]
    fn at_least_one_situation_however_it_arrives() {
        assert_eq!(EmergencyRequest::try_from(form(&[])), Err(EmergencyError::SituationMissing));
        assert!(serde_json::from_str::<EmergencyRequest>(r#"{"situations":[]}"#).is_err());
        assert!(serde_json::from_str::<EmergencyRequest>("{}").is_err());
        let codes = EmergencyRequest::try_from(form(&["X03", "S01", "X03"])).unwrap();
        assert_eq!(codes.situations(), ["S01", "X03"].map(|code| code.parse().unwrap()));
    }

    #[test]
    fn bounds() {
        let many = EmergencyForm { situations: vec!["S01".parse().unwrap(); 17], ..form(&[]) };
        assert_eq!(EmergencyRequest::try_from(many), Err(EmergencyError::TooMany));
        let flags = EmergencyForm { flags: vec!["a".parse().unwrap(); 33], ..form(&["S01"]) };
        assert_eq!(EmergencyRequest::try_from(flags), Err(EmergencyError::TooMany));
        for (people, fine) in [(0, false), (1, true), (100_000, true), (100_001, false)] {
            let request = EmergencyForm { people: Some(people), ..form(&["S01"]) };
            assert_eq!(EmergencyRequest::try_from(request).is_ok(), fine, "{people}");
        }
    }

    proptest! {
        #[test]
        fn round_trips(
            codes in prop::collection::vec("[SX][0-9]{2}", 1..6),
            flags in prop::collection::vec("[a-z]{1,8}", 0..4),
            people in prop::option::of(1u32..1000),
            note in prop::option::of("[^\0]{0,40}"),
            silent: bool,
            drill: bool,
        ) {
            let request = EmergencyRequest::try_from(EmergencyForm {
                situations: codes.iter().map(|code| code.parse().unwrap()).collect(),
                flags: flags.iter().map(|flag| flag.parse().unwrap()).collect(),
                people,
                note: note.map(|note| note.parse().unwrap()),
                silent,
                drill,
            }).unwrap();
            let cbor = canonical::to_vec(&request).unwrap();
            prop_assert_eq!(&canonical::from_slice::<EmergencyRequest>(&cbor).unwrap(), &request);
            let json = serde_json::to_string(&request).unwrap();
            prop_assert_eq!(&serde_json::from_str::<EmergencyRequest>(&json).unwrap(), &request);
        }
    }
}
