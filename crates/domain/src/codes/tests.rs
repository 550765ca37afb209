use proptest::prelude::*;

use super::*;
use crate::canonical;

#[test]
fn grievance_codes_have_a_form_and_may_be_unknown() {
    let pack = DomainPack::builtin();
    let known: GrievanceCode = "WAG.UNPAID".parse().unwrap();
    assert!(known.is_known(pack));
    assert_eq!(known.prefix(), "WAG");
    let foreign: GrievanceCode = "ZZZ.NEW2".parse().unwrap();
    assert!(!foreign.is_known(pack));
    for text in
        ["", ".", "WAG", "WAG.", ".UNPAID", "wag.unpaid", "WAG.UN PAID", "W.A", "WAG.A.B", "WÄG.A", "W1G.A"]
    {
        assert_eq!(text.parse::<GrievanceCode>(), Err(CodeError::Grievance), "{text:?}");
    }
    assert!(format!("WAG.{}", "A".repeat(17)).parse::<GrievanceCode>().is_err());
}

#[test]
fn situation_codes_have_a_form_and_may_be_unknown() {
    let pack = DomainPack::builtin();
    for n in 1..=14 {
        assert!(format!("S{n:02}").parse::<SituationCode>().unwrap().is_known(pack));
    }
    for n in 1..=12 {
        assert!(format!("X{n:02}").parse::<SituationCode>().unwrap().is_known(pack));
    }
    assert!(!"S15".parse::<SituationCode>().unwrap().is_known(pack));
    for text in ["", "S1", "s01", "S001", "0S1", "S0a", "Ä1"] {
        assert_eq!(text.parse::<SituationCode>(), Err(CodeError::Situation), "{text:?}");
    }
}

#[test]
fn sectors_are_tidied_and_bounded() {
    assert_eq!("  Domestic   Work ".parse::<Sector>().unwrap().as_str(), "domestic work");
    for sector in Sector::COMMON {
        assert_eq!(sector.parse::<Sector>().unwrap().as_str(), *sector);
    }
    for text in ["", "   ", "a\nb", &"x".repeat(65), &" ".repeat(5000)] {
        assert_eq!(text.parse::<Sector>(), Err(CodeError::Sector));
    }
}

#[test]
fn words_are_exact() {
    assert_eq!("child".parse(), Ok(AgeBand::Child));
    assert_eq!(serde_json::to_string(&CaseKind::Emergency).unwrap(), "\"emergency\"");
    assert!("Child".parse::<AgeBand>().is_err());
    assert!(serde_json::from_str::<Sex>("\"f\"").is_err());
}

fn round_trips<T>(value: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let cbor = canonical::to_vec(value).unwrap();
    assert_eq!(&canonical::from_slice::<T>(&cbor).unwrap(), value);
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
}

proptest! {
    #[test]
    fn parsers_never_panic_and_what_they_accept_is_stable(text in any::<String>()) {
        check_stable(&text)?;
    }

    #[test]
    fn parsers_accept_only_stable_tags(text in "[a-zA-Z0-9.-]{0,24}") {
        check_stable(&text)?;
    }

    #[test]
    fn codes_round_trip(
        grievance in "[A-Z]{2,8}\\.[A-Z0-9]{1,16}",
        situation in "[A-Z][0-9]{2}",
        language in "[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?",
        sector in "[a-z]{1,20}( [a-z]{1,20}){0,2}",
    ) {
        round_trips(&grievance.parse::<GrievanceCode>().unwrap());
        round_trips(&situation.parse::<SituationCode>().unwrap());
        round_trips(&language.parse::<Language>().unwrap());
        round_trips(&sector.parse::<Sector>().unwrap());
    }
}

/// Whatever is accepted reads back as itself from its own text.
fn check_stable(text: &str) -> Result<(), TestCaseError> {
    macro_rules! stable {
        ($($type:ty),+) => {$(
            if let Ok(value) = text.parse::<$type>() {
                prop_assert_eq!(value.as_str().parse::<$type>().unwrap(), value.clone());
            }
        )+};
    }
    stable!(GrievanceCode, SituationCode, Country, Language, Sector, Flag);
    let _ = text.parse::<Sex>();
    let _ = text.parse::<AgeBand>();
    let _ = text.parse::<CaseKind>();
    Ok(())
}
