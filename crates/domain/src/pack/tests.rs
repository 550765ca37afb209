use super::*;

fn with(change: impl Fn(&mut serde_json::Value)) -> Result<DomainPack, PackError> {
    let mut json: serde_json::Value = serde_json::from_str(BUILTIN).unwrap();
    change(&mut json);
    DomainPack::parse(&serde_json::to_vec(&json).unwrap())
}

#[test]
fn the_builtin_pack_is_whole() {
    let pack = DomainPack::builtin();
    assert_eq!(pack.situations().count(), 26);
    assert!(pack.grievances().count() >= 80);
    assert_eq!(pack.indicators.len(), 11);
    assert_eq!(pack.grievance(&"FRE.CONFINE".parse().unwrap()).unwrap().default_priority, Priority::P0);
    assert_eq!(pack.rules.unrecognised_code, Priority::P1);
    assert!(pack.fee_caps.iter().all(|row| !row.source.is_empty()));
    assert!(pack.overtime.iter().any(|row| row.normal == Factor::Exact("1.25".parse().unwrap())));
    assert!(pack.limitation.iter().any(|row| row.country == "AE"));
}

#[test]
fn the_star_and_the_language_agree_on_direction() {
    for language in DomainPack::builtin().languages.values().flatten() {
        assert_eq!(language.rtl, language.language.is_rtl(), "{}", language.language);
    }
}

#[test]
fn a_pack_with_faults_is_refused() {
    assert!(with(|_| ()).is_ok());
    assert!(matches!(with(|json| json["extra"] = 1.into()), Err(PackError::Form(_))));
    assert!(matches!(
        with(|json| json["grievances"][0]["default_priority"] = 5.into()),
        Err(PackError::Form(_))
    ));
    assert!(matches!(with(|json| json["sos"][0]["code"] = "S1".into()), Err(PackError::Form(_))));
    assert!(matches!(
        with(|json| json["sos"][1]["code"] = json["sos"][0]["code"].clone()),
        Err(PackError::Duplicate(code)) if code == "S01"
    ));
    assert!(matches!(
        with(|json| json["grievances"][0]["ilo_indicators"] = serde_json::json!([12])),
        Err(PackError::UnknownIndicator { indicator: 12, code }) if code == "WAG.UNPAID"
    ));
    assert!(matches!(
        with(|json| json["sos"][0]["ilo_indicators"] = serde_json::json!([3, 0])),
        Err(PackError::UnknownIndicator { indicator: 0, code }) if code == "S01"
    ));
    let locked_in = with(|json| json["sos"][16]["ilo_indicators"] = serde_json::json!([3, 4])).unwrap();
    assert_eq!(locked_in.situation(&"X03".parse().unwrap()).unwrap().ilo_indicators, [3, 4]);
    assert!(matches!(
        with(|json| json["priority_rules"]["combine"] = "average".into()),
        Err(PackError::UnknownRule)
    ));
    assert!(matches!(DomainPack::parse(&vec![b' '; MAX_PACK + 1]), Err(PackError::TooLarge)));
    assert!(matches!(DomainPack::parse(b"{"), Err(PackError::Form(_))));
}
