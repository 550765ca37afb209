//! Interpreters: what is asked for, and who must not interpret in a case.
//!
//! A name that fits is a reason to look, not a finding: two people may have one name. The conflict is shown with its
//! reason and a person decides; only an interpreter of the origin state's authorities is kept out by rule, where
//! these must not be told (see [`crate::task`]).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    codes::{Country, Language, Sex},
    grievance::{Party, PartyRole},
    person::Person,
    task::OriginContact,
    text::Line,
    words::words,
};

/// Somebody who may interpret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interpreter {
    /// Name.
    pub name: Line,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Line>,
    /// For whom the person works: an agency, a company, an office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Line>,
    /// The state for whose authorities or mission the person works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Country>,
}

/// An interpreter that is needed, for a hearing or a talk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InterpreterRequest {
    /// From and into which language.
    pub language: Language,
    /// Of which sex she wants the interpreter to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// When, ms since 1970 UTC; absent: not fixed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// At which hearing, interview or visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hearing: Option<Line>,
    /// Who is proposed; absent: nobody yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Interpreter>,
}

words! {
    /// Why somebody must not interpret, or must be asked about first.
    pub enum InterpreterConflict ("conflict of an interpreter") {
        /// Has the name or telephone of a party of a complaint.
        IsParty = "is-party",
        /// Works for a party of a complaint: the employer, the agency, the authority.
        BelongsToParty = "belongs-to-party",
        /// Has the name or telephone of a person of the case.
        IsPerson = "is-person",
        /// Works for the authorities of the origin state, which must not be told.
        OriginAuthority = "origin-authority",
    }
}

/// What of a case matters for the choice.
#[derive(Clone, Copy, Debug)]
pub struct InterpretedCase<'a> {
    /// Parties of all its complaints.
    pub parties: &'a [Party],
    /// Its people: who reports, who is in danger, the group.
    pub persons: &'a [Person],
    /// Country of origin; `None`: not known, so that any state's authorities may be those of the origin.
    pub origin: Option<Country>,
    /// Whether the origin's authorities may be told.
    pub origin_contact: OriginContact,
}

/// Why this interpreter must not be taken, or must be asked about first. Empty: nothing is known against it.
pub fn conflicts(interpreter: &Interpreter, case: &InterpretedCase<'_>) -> BTreeSet<InterpreterConflict> {
    let mut found = BTreeSet::new();
    for party in case.parties {
        if party.name.as_ref().is_some_and(|name| same_name(name, &interpreter.name))
            || same_phone(party.phone.as_ref(), interpreter.phone.as_ref())
        {
            found.insert(InterpreterConflict::IsParty);
        }
        let named = match (&party.name, &interpreter.organisation) {
            (Some(party), Some(organisation)) => same_name(party, organisation),
            _ => false,
        };
        let authority = matches!(party.role, PartyRole::Authority | PartyRole::Mission)
            && interpreter.state.is_some()
            && party.country == interpreter.state;
        if named || authority {
            found.insert(InterpreterConflict::BelongsToParty);
        }
    }
    for person in case.persons {
        let named = [&person.name, &person.native_name]
            .into_iter()
            .flatten()
            .any(|name| same_name(name, &interpreter.name));
        if named || same_phone(person.phone.as_ref(), interpreter.phone.as_ref()) {
            found.insert(InterpreterConflict::IsPerson);
        }
    }
    let of_origin = interpreter.state.is_some_and(|state| case.origin.is_none_or(|origin| origin == state));
    if of_origin && !case.origin_contact.allows() {
        found.insert(InterpreterConflict::OriginAuthority);
    }
    found
}

/// Whether two names are spelled alike but for case, punctuation and the order of their words.
fn same_name(a: &Line, b: &Line) -> bool {
    let words = |line: &Line| {
        let folded: String = line.as_str().nfkc().flat_map(char::to_lowercase).collect();
        let mut words: Vec<String> = folded
            .split(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words
    };
    let a = words(a);
    !a.is_empty() && a == words(b)
}

/// Whether two telephone numbers are one, with or without the prefix of the country.
fn same_phone(a: Option<&Line>, b: Option<&Line>) -> bool {
    const LEAST: usize = 7;
    let digits = |line: &Line| {
        let all: String = line.as_str().chars().filter_map(digit).collect();
        all.trim_start_matches('0').to_owned()
    };
    let (Some(a), Some(b)) = (a.map(digits), b.map(digits)) else { return false };
    a.len() >= LEAST && b.len() >= LEAST && (a.ends_with(&b) || b.ends_with(&a))
}

/// A digit as people type it: Latin, Arabic, Persian or Devanagari.
fn digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => '0',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        '०'..='९' => '०',
        _ => return None,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{canonical, person::PersonRole};

    fn line(text: &str) -> Line {
        text.parse().unwrap()
    }

    fn interpreter(name: &str) -> Interpreter {
        Interpreter { name: line(name), phone: None, organisation: None, state: None }
    }

    fn party(role: PartyRole, name: &str) -> Party {
        Party { role, name: Some(line(name)), country: None, licence: None, phone: None, address: None }
    }

    fn found(interpreter: &Interpreter, parties: &[Party], persons: &[Person]) -> Vec<InterpreterConflict> {
        let case = InterpretedCase {
            parties,
            persons,
            origin: "PH".parse().ok(),
            origin_contact: OriginContact::Allowed,
        };
        conflicts(interpreter, &case).into_iter().collect()
    }

    #[test]
    fn nobody_of_the_employer_the_agency_or_another_party() {
        for role in PartyRole::ALL.iter().copied() {
            let parties = [party(role, "Al-Noor Services"), party(PartyRole::Other, "Somebody Else")];
            let mut one = interpreter("Maria Cruz");
            assert_eq!(found(&one, &parties, &[]), [], "{role}");
            one.organisation = Some(line("AL NOOR, services"));
            assert_eq!(found(&one, &parties, &[]), [InterpreterConflict::BelongsToParty], "{role}");
            assert_eq!(
                found(&interpreter("services al noor"), &parties, &[]),
                [InterpreterConflict::IsParty],
                "{role}"
            );
        }
    }

    #[test]
    fn a_telephone_gives_away_who_has_another_name() {
        let mut employer = party(PartyRole::Employer, "Khalid");
        employer.phone = Some(line("+971 50 123 4567"));
        let mut one = interpreter("Maria Cruz");
        for same in ["050 1234567", "٠٥٠١٢٣٤٥٦٧", "00971501234567"] {
            one.phone = Some(line(same));
            assert_eq!(found(&one, &[employer.clone()], &[]), [InterpreterConflict::IsParty], "{same}");
        }
        for other in ["050 1234568", "4567", "none"] {
            one.phone = Some(line(other));
            assert_eq!(found(&one, &[employer.clone()], &[]), [], "{other}");
        }
    }

    #[test]
    fn nobody_who_is_in_the_case() {
        for role in PersonRole::ALL.iter().copied() {
            let mut person = Person::new(role);
            person.name = Some(line("Anita Rai"));
            person.native_name = Some(line("अनिता राई"));
            for name in ["RAI Anita", "अनिता राई"] {
                assert_eq!(
                    found(&interpreter(name), &[], &[person.clone()]),
                    [InterpreterConflict::IsPerson],
                    "{role}"
                );
            }
            assert_eq!(found(&interpreter("Anita"), &[], &[person]), []);
        }
    }

    #[test]
    fn nobody_of_an_authority_that_is_a_party() {
        let mut police = party(PartyRole::Authority, "Police station 4");
        police.country = "AE".parse().ok();
        let mut one = interpreter("Maria Cruz");
        one.state = "AE".parse().ok();
        assert_eq!(found(&one, &[police.clone()], &[]), [InterpreterConflict::BelongsToParty]);
        police.role = PartyRole::Employer;
        assert_eq!(found(&one, &[police], &[]), [], "an employer in a country is not the country");
    }

    #[test]
    fn nobody_of_the_origin_state_unless_it_may_be_told() {
        let mut one = interpreter("Maria Cruz");
        for (state, origin, contact, fine) in [
            ("PH", Some("PH"), OriginContact::Blocked, false),
            ("PH", Some("PH"), OriginContact::Unknown, false),
            ("PH", Some("PH"), OriginContact::Allowed, true),
            ("AE", Some("PH"), OriginContact::Blocked, true),
            ("PH", None, OriginContact::Blocked, false),
            ("PH", None, OriginContact::Allowed, true),
        ] {
            one.state = state.parse().ok();
            let case = InterpretedCase {
                parties: &[],
                persons: &[],
                origin: origin.map(|code| code.parse().unwrap()),
                origin_contact: contact,
            };
            let expected: &[_] = if fine { &[] } else { &[InterpreterConflict::OriginAuthority] };
            assert_eq!(
                conflicts(&one, &case).into_iter().collect::<Vec<_>>(),
                expected,
                "{state} {origin:?}"
            );
        }
    }

    #[test]
    fn round_trips() {
        let request = InterpreterRequest {
            language: "ne".parse().unwrap(),
            sex: Some(Sex::Female),
            at_ms: Some(1_767_225_600_000),
            hearing: Some(line("labour court")),
            interpreter: Some(interpreter("Maria Cruz")),
        };
        let cbor = canonical::to_vec(&request).unwrap();
        assert_eq!(canonical::from_slice::<InterpreterRequest>(&cbor).unwrap(), request);
        let least = r#"{"language":"ne"}"#;
        let read: InterpreterRequest = serde_json::from_str(least).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), least);
    }
}
