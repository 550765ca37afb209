//! People of a case. Who reports and who is in danger are often different.
//!
//! There is no field for religion, ethnicity, health, pregnancy, sexual orientation, union membership, migration
//! status or biometrics: what must be known of these stays in strict logs, in words, under its own consent.

use serde::{Deserialize, Serialize};

use crate::{
    codes::{AgeBand, Country, Language, Sex},
    period::Date,
    text::Line,
    words::words,
};

words! {
    /// A person's part in a case.
    pub enum PersonRole ("role of a person") {
        /// Tells about somebody else.
        Reporter = "reporter",
        /// The case is about her.
        PersonInDanger = "person-in-danger",
        /// Reports about herself.
        Both = "both",
        /// One of a group with the same complaint.
        GroupMember = "group-member",
    }
}

impl PersonRole {
    /// Whether the case is about this person.
    pub const fn is_in_danger(self) -> bool {
        !matches!(self, Self::Reporter)
    }

    /// Whether she is the one who tells.
    pub const fn is_reporter(self) -> bool {
        matches!(self, Self::Reporter | Self::Both)
    }
}

/// A person, in a log `identity.n` of her own; in a group nobody's log opens another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Her part.
    pub role: PersonRole,
    /// Name or pseudonym.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Line>,
    /// The name in its own script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_name: Option<Line>,
    /// What a reporter is to the person in danger: sister, neighbour, colleague.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Line>,
    /// Sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Age band, when the date of birth is not known or not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_band: Option<AgeBand>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Nationality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<Country>,
    /// Language she wants to speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Sex of the interpreter she wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter_sex: Option<Sex>,
    /// Telephone. Having it is no permission to use it: see [`crate::safe_contact`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Line>,
    /// Number of a passport or identity card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Line>,
    /// Stays unnamed to the other members of the group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unnamed_to_group: bool,
}

impl Person {
    /// A person of whom nothing but the part is known.
    pub const fn new(role: PersonRole) -> Self {
        Self {
            role,
            name: None,
            native_name: None,
            relation: None,
            sex: None,
            age_band: None,
            birth_date: None,
            nationality: None,
            language: None,
            interpreter_sex: None,
            phone: None,
            document: None,
            unnamed_to_group: false,
        }
    }

    /// The age band on a day: from the date of birth if that is known. A stated "child" holds against the date,
    /// because papers are often made out older.
    pub fn age_band_on(&self, today: Date) -> Option<AgeBand> {
        let by_date = self.birth_date.map(|birth| match birth.years_until(today) {
            ..18 => AgeBand::Child,
            18..60 => AgeBand::Adult,
            60.. => AgeBand::Older,
        });
        match self.age_band {
            Some(AgeBand::Child) => Some(AgeBand::Child),
            stated => by_date.or(stated),
        }
    }
}

/// The age band that triage goes by: a child among the people in danger counts for all.
pub fn age_band_of(people: &[Person], today: Date) -> Option<AgeBand> {
    let bands: Vec<AgeBand> = people
        .iter()
        .filter(|person| person.role.is_in_danger())
        .filter_map(|person| person.age_band_on(today))
        .collect();
    [AgeBand::Child, AgeBand::Older, AgeBand::Adult, AgeBand::Unknown]
        .into_iter()
        .find(|band| bands.contains(band))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    fn born(role: PersonRole, date: &str) -> Person {
        Person { birth_date: Some(date.parse().unwrap()), ..Person::new(role) }
    }

    #[test]
    fn age_bands() {
        let today: Date = "2026-06-15".parse().unwrap();
        let band = |date| born(PersonRole::Both, date).age_band_on(today);
        assert_eq!(band("2008-06-16"), Some(AgeBand::Child));
        assert_eq!(band("2008-06-15"), Some(AgeBand::Adult));
        assert_eq!(band("1966-06-16"), Some(AgeBand::Adult));
        assert_eq!(band("1966-06-15"), Some(AgeBand::Older));
        let falsified =
            Person { age_band: Some(AgeBand::Child), ..born(PersonRole::PersonInDanger, "2000-01-01") };
        assert_eq!(falsified.age_band_on(today), Some(AgeBand::Child));
        assert_eq!(Person::new(PersonRole::Both).age_band_on(today), None);
    }

    #[test]
    fn the_reporters_age_is_not_the_cases() {
        let today: Date = "2026-06-15".parse().unwrap();
        let child_tells =
            [born(PersonRole::Reporter, "2015-01-01"), born(PersonRole::PersonInDanger, "1980-01-01")];
        assert_eq!(age_band_of(&child_tells, today), Some(AgeBand::Adult));
        let group =
            [born(PersonRole::GroupMember, "1980-01-01"), born(PersonRole::GroupMember, "2010-01-01")];
        assert_eq!(age_band_of(&group, today), Some(AgeBand::Child));
        assert_eq!(age_band_of(&[], today), None);
    }

    fn full() -> Person {
        Person {
            role: PersonRole::PersonInDanger,
            name: Some("Maria Santos".parse().unwrap()),
            native_name: Some("मारिया".parse().unwrap()),
            relation: Some("sister".parse().unwrap()),
            sex: Some(Sex::Female),
            age_band: Some(AgeBand::Adult),
            birth_date: Some("1990-01-02".parse().unwrap()),
            nationality: Some("PH".parse().unwrap()),
            language: Some("tl".parse().unwrap()),
            interpreter_sex: Some(Sex::Female),
            phone: Some("+966501234567".parse().unwrap()),
            document: Some("P1234567A".parse().unwrap()),
            unnamed_to_group: true,
        }
    }

    #[test]
    fn round_trips() {
        for person in [full(), Person::new(PersonRole::Reporter)] {
            let cbor = canonical::to_vec(&person).unwrap();
            assert_eq!(canonical::from_slice::<Person>(&cbor).unwrap(), person);
            let json = serde_json::to_string(&person).unwrap();
            assert_eq!(serde_json::from_str::<Person>(&json).unwrap(), person);
        }
        let least = serde_json::to_string(&Person::new(PersonRole::Reporter)).unwrap();
        assert_eq!(least, r#"{"role":"reporter"}"#);
    }

    #[test]
    fn there_are_no_fields_that_must_not_be() {
        let json = serde_json::to_value(full()).unwrap();
        let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = vec![
            "role",
            "name",
            "native_name",
            "relation",
            "sex",
            "age_band",
            "birth_date",
            "nationality",
            "language",
            "interpreter_sex",
            "phone",
            "document",
            "unnamed_to_group",
        ];
        expected.sort_unstable();
        let mut fields = fields;
        fields.sort_unstable();
        assert_eq!(fields, expected);
    }

    #[test]
    fn debug_shows_no_name() {
        let shown = format!("{:?}", full());
        for secret in ["Maria", "+966", "P1234567A", "sister"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
