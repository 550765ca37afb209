use std::collections::{BTreeMap, BTreeSet};

use crate::{
    codes::{
        AgeBand, AuthorRole, CaseKind, CaseStatus, CloseReason, ConsentState, Delivery, EmergencyState,
        InterpreterConflict, LogKind, Mark, Named, NoticeAnswer, OrganisationKind, PersonRole, ReferralState,
        Role, Step, TaskKind, WaitingOn, WarningCode,
    },
    error::Code,
    lang::LANGUAGES,
};

const REVIEW: &str = include_str!("../../../../locales/review.tsv");

fn messages(language: &str) -> BTreeMap<String, String> {
    let messages = crate::_RUST_I18N_BACKEND.messages_for_locale(language).unwrap_or_default();
    messages
        .into_iter()
        .map(|(key, text)| (key.into_owned(), text.into_owned()))
        .filter(|(key, _)| key != "_version")
        .collect()
}

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split("%{")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_language_has_the_same_keys_and_placeholders_and_no_gap() {
    let english = messages("en");
    assert!(english.len() > 300, "{}", english.len());
    for language in LANGUAGES {
        let other = messages(language);
        let missing: Vec<_> = english.keys().filter(|key| !other.contains_key(*key)).collect();
        let unknown: Vec<_> = other.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{language}: missing {missing:?}, unknown {unknown:?}"
        );
        for (key, text) in &other {
            assert!(!text.trim().is_empty(), "{language}: {key} is empty");
            assert_eq!(placeholders(text), placeholders(&english[key]), "{language}: {key}");
        }
    }
}

#[test]
fn no_text_has_controls_or_direction_marks_of_its_own() {
    for language in LANGUAGES {
        for (key, text) in messages(language) {
            let odd = text
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'));
            assert!(!odd, "{language}: {key}");
        }
    }
}

#[test]
fn translations_are_translated() {
    let english = messages("en");
    for language in LANGUAGES.into_iter().skip(1) {
        let other = messages(language);
        let same = english.iter().filter(|(key, text)| other.get(*key) == Some(text)).count();
        assert!(same * 20 < english.len(), "{language}: {same} texts are English");
    }
}

#[test]
fn every_code_has_a_key() {
    let english = messages("en");
    let mut keys: Vec<String> = Vec::new();
    macro_rules! all {
        ($($codes:ty),+) => { $(keys.extend(<$codes>::CODES.iter().map(|code| code.key()));)+ };
    }
    all!(
        Code,
        WarningCode,
        CaseKind,
        CaseStatus,
        EmergencyState,
        ReferralState,
        ConsentState,
        Delivery,
        WaitingOn,
        CloseReason,
        Role,
        OrganisationKind,
        LogKind,
        AgeBand,
        AuthorRole,
        NoticeAnswer,
        PersonRole,
        TaskKind,
        Step,
        Mark,
        InterpreterConflict
    );
    keys.extend(amana_domain::indicators::Indicator::KEYS.iter().map(|key| format!("indicator.{key}")));
    let pack = amana_domain::pack::DomainPack::builtin();
    keys.extend(pack.grievances().map(|entry| format!("grievance.{}", entry.code)));
    keys.extend(pack.situations().map(|entry| format!("situation.{}", entry.code)));
    keys.extend(amana_domain::codes::Sex::ALL.iter().map(|sex| format!("sex.{sex}")));
    keys.extend(amana_domain::codes::Sector::COMMON.iter().map(|sector| format!("sector.{sector}")));
    let missing: Vec<_> = keys.iter().filter(|key| !english.contains_key(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(keys.iter().filter(|key| key.starts_with("grievance.")).count(), 87);
    assert_eq!(keys.iter().filter(|key| key.starts_with("situation.")).count(), 26);
}

#[test]
fn error_messages_have_the_placeholders_that_the_code_fills() {
    let english = messages("en");
    for code in Code::ALL {
        let expected: BTreeSet<String> = code.placeholders().iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(placeholders(&english[&code.key()]), expected, "{code}");
    }
}

#[test]
fn every_language_has_a_known_review_status() {
    let rows: BTreeMap<&str, Vec<&str>> = REVIEW
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|row| (row[0], row[1..].to_vec()))
        .collect();
    let known: BTreeSet<&str> = LANGUAGES.into_iter().collect();
    assert_eq!(rows.keys().copied().collect::<BTreeSet<_>>(), known);
    for (language, row) in rows {
        let [status, date, by] = row.as_slice() else { panic!("{language}: {row:?}") };
        assert!(matches!(*status, "reviewed" | "machine-drafted"), "{language}: {status}");
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{language}: {date}");
        assert_eq!(*status == "reviewed", *by != "-", "{language}: a review names who reviewed");
    }
}

#[test]
fn the_locale_is_passed_in_one_place_only() {
    fn walk(dir: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests/locales.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let uses =
                    lines.filter(|line| [" t!(", "::t!(", "(t!("].iter().any(|call| line.contains(call)));
                found.extend(uses.map(|line| format!("{}: {}", path.display(), line.trim())));
                assert!(!text.contains("set_locale("), "{}", path.display());
            }
        }
    }
    let mut found = Vec::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("locale = "), "{found:?}");
}
