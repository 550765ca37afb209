//! The ILO's eleven indicators of forced labour (*ILO indicators of forced labour*, 2012).
//!
//! They say where to look, never what is so: in one case a single indicator may mean forced labour, in another several
//! together do not. So the only things that can be said here are how many there are and which; nothing in this module
//! turns them into a yes or no, and nothing compares them with a threshold.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    codes::{GrievanceCode, SituationCode},
    pack::DomainPack,
    words::UnknownWord,
};

/// One indicator, 1 to 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Indicator(u8);

impl Indicator {
    /// Keys of all eleven, in order.
    pub const KEYS: [&'static str; 11] = [
        "abuse_of_vulnerability",
        "deception",
        "restriction_of_movement",
        "isolation",
        "physical_and_sexual_violence",
        "intimidation_and_threats",
        "retention_of_identity_documents",
        "withholding_of_wages",
        "debt_bondage",
        "abusive_working_and_living_conditions",
        "excessive_overtime",
    ];

    /// All eleven, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=11).map(Self)
    }

    /// 1 to 11.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its stable key.
    pub fn key(self) -> &'static str {
        Self::KEYS.get(usize::from(self.0).wrapping_sub(1)).copied().unwrap_or_default()
    }
}

impl TryFrom<u8> for Indicator {
    type Error = UnknownWord;
    fn try_from(n: u8) -> Result<Self, UnknownWord> {
        if (1..=11).contains(&n) { Ok(Self(n)) } else { Err(UnknownWord { vocabulary: "ILO indicator" }) }
    }
}

impl fmt::Display for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl Serialize for Indicator {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for Indicator {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::try_from(u8::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// Indicators that are possible in a case. There is no way to ask it for a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Possible(BTreeSet<Indicator>);

impl Possible {
    /// What the codes of a case point to by the pack's map, and what somebody ticked.
    pub fn of<'a>(
        pack: &DomainPack,
        grievances: impl IntoIterator<Item = &'a GrievanceCode>,
        situations: impl IntoIterator<Item = &'a SituationCode>,
        ticked: impl IntoIterator<Item = Indicator>,
    ) -> Self {
        let grievances = grievances.into_iter().filter_map(|code| pack.grievance(code));
        let situations = situations.into_iter().filter_map(|code| pack.situation(code));
        let numbers = grievances
            .flat_map(|entry| &entry.ilo_indicators)
            .chain(situations.flat_map(|entry| &entry.ilo_indicators));
        // The pack was checked to name defined indicators only; one of a later list is not one of these eleven.
        Self(numbers.filter_map(|n| Indicator::try_from(*n).ok()).chain(ticked).collect())
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Which, ascending.
    pub fn possible(&self) -> impl Iterator<Item = Indicator> + '_ {
        self.0.iter().copied()
    }
}

/// `3 indicators; possible`.
impl fmt::Display for Possible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count() {
            1 => f.write_str("1 indicator; possible"),
            n => write!(f, "{n} indicators; possible"),
        }
    }
}

/// `{"count": 2, "possible": ["isolation", …]}`.
impl Serialize for Possible {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Form { count: self.count(), possible: self.possible().map(|one| one.key().to_owned()).collect() }
            .serialize(s)
    }
}

impl<'de> Deserialize<'de> for Possible {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(d)?;
        let read = |key: &String| {
            Indicator::all()
                .find(|one| one.key() == key.as_str())
                .ok_or_else(|| D::Error::custom("not an ILO indicator"))
        };
        Ok(Self(form.possible.iter().map(read).collect::<Result<_, _>>()?))
    }
}

#[derive(Serialize, Deserialize)]
struct Form {
    count: usize,
    possible: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn possible(grievances: &[&str], situations: &[&str], ticked: &[u8]) -> Vec<u8> {
        let grievances: Vec<GrievanceCode> = grievances.iter().map(|code| code.parse().unwrap()).collect();
        let situations: Vec<SituationCode> = situations.iter().map(|code| code.parse().unwrap()).collect();
        let ticked = ticked.iter().map(|n| Indicator::try_from(*n).unwrap());
        Possible::of(DomainPack::builtin(), &grievances, &situations, ticked)
            .possible()
            .map(Indicator::number)
            .collect()
    }

    #[test]
    fn the_eleven_are_those_of_the_pack() {
        for indicator in Indicator::all() {
            let entry = DomainPack::builtin().indicator(indicator.number()).unwrap();
            assert_eq!(entry.key, indicator.key());
        }
        assert_eq!(Indicator::all().count(), 11);
        assert!(Indicator::try_from(0).is_err() && Indicator::try_from(12).is_err());
    }

    #[test]
    fn every_code_of_the_pack_points_to_its_indicators_and_no_others() {
        let pack = DomainPack::builtin();
        for entry in pack.grievances() {
            let mut expected = entry.ilo_indicators.clone();
            expected.sort_unstable();
            assert_eq!(possible(&[entry.code.as_str()], &[], &[]), expected, "{}", entry.code);
        }
        for entry in pack.situations() {
            let mut expected = entry.ilo_indicators.clone();
            expected.sort_unstable();
            assert_eq!(possible(&[], &[entry.code.as_str()], &[]), expected, "{}", entry.code);
        }
        // Written out once more by hand, for the codes where a slip would be grave.
        for (code, expected) in [
            ("DOC.RETAIN", &[7][..]),
            ("FRE.CONFINE", &[3, 4]),
            ("FRE.PHONE", &[3, 4]),
            ("REC.DEBT", &[1, 9]),
            ("WAG.UNPAID", &[8]),
            ("WAG.OT", &[8, 11]),
            ("OSH.HOURS", &[11]),
            ("VIO.PHYS", &[5]),
            ("VIO.THREAT", &[6]),
            ("HOU.FOOD", &[5, 10]),
            ("INF.ASK", &[]),
        ] {
            assert_eq!(possible(&[code], &[], &[]), expected, "{code}");
        }
    }

    #[test]
    fn codes_and_ticks_are_counted_once_and_unknown_codes_say_nothing() {
        assert_eq!(possible(&["WAG.UNPAID", "WAG.OT", "NEW.CODE"], &["X03", "Z99"], &[8, 2]), [2, 8, 11]);
        assert!(possible(&[], &[], &[]).is_empty());
        let all = possible(&[], &[], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(all.len(), 11);
    }

    #[test]
    fn what_is_shown_is_a_number_and_a_list_and_nothing_else() {
        let found = Possible::of(
            DomainPack::builtin(),
            &["DOC.RETAIN".parse().unwrap(), "WAG.UNPAID".parse().unwrap()],
            &[],
            [],
        );
        assert_eq!(found.to_string(), "2 indicators; possible");
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "count": 2,
                "possible": ["retention_of_identity_documents", "withholding_of_wages"],
            })
        );
        assert_eq!(serde_json::from_value::<Possible>(json).unwrap(), found);
        assert!(serde_json::from_str::<Possible>(r#"{"count":1,"possible":["forced_labour"]}"#).is_err());
    }
}
