use proptest::prelude::*;

use super::*;

const COMPLAINTS: &str = include_str!("../../../cli/data/complaints.jsonl");

#[derive(Deserialize)]
struct Complaint {
    id: String,
    kind: CaseKind,
    grievances: Vec<GrievanceCode>,
    #[serde(default)]
    situations: Vec<SituationCode>,
    age_band: Option<AgeBand>,
    expected_priority: Priority,
}

fn facts(kind: CaseKind, grievances: &[&str], situations: &[&str]) -> Facts {
    Facts {
        kind: Some(kind),
        grievances: grievances.iter().map(|code| code.parse().unwrap()).collect(),
        situations: situations.iter().map(|code| code.parse().unwrap()).collect(),
        ..Facts::default()
    }
}

fn priority(facts: &Facts) -> Priority {
    assess(DomainPack::builtin(), facts).priority
}

fn answered(mut facts: Facts, answers: &[(&str, bool)]) -> Facts {
    facts.answers = answers.iter().map(|(flag, yes)| (flag.parse().unwrap(), *yes)).collect();
    facts
}

#[test]
fn the_sample_complaints_get_their_expected_priority() {
    let complaints: Vec<Complaint> =
        COMPLAINTS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(complaints.len(), 28);
    for complaint in complaints {
        let facts = Facts {
            kind: Some(complaint.kind),
            grievances: complaint.grievances,
            situations: complaint.situations,
            age_band: complaint.age_band,
            ..Facts::default()
        };
        assert_eq!(priority(&facts), complaint.expected_priority, "{}", complaint.id);
    }
}

#[test]
fn every_listed_code_gives_its_default_alone() {
    let pack = DomainPack::builtin();
    for entry in pack.grievances() {
        let facts = facts(CaseKind::Grievance, &[entry.code.as_str()], &[]);
        assert_eq!(priority(&facts), entry.default_priority, "{}", entry.code);
    }
    for entry in pack.situations() {
        let as_grievance = facts(CaseKind::Grievance, &[], &[entry.code.as_str()]);
        assert_eq!(priority(&as_grievance), entry.default_priority, "{}", entry.code);
        let as_emergency = facts(CaseKind::Emergency, &[], &[entry.code.as_str()]);
        assert_eq!(priority(&as_emergency), entry.default_priority.min(Priority::P1), "{}", entry.code);
    }
}

#[test]
fn an_unrecognised_code_counts_as_urgent() {
    for facts in [
        facts(CaseKind::Grievance, &["WAG.LATE", "NEW.CODE"], &[]),
        facts(CaseKind::Grievance, &[], &["Z99"]),
    ] {
        let assessment = assess(DomainPack::builtin(), &facts);
        assert_eq!(assessment.priority, Priority::P1);
        assert_eq!(assessment.rules[0].rule, "unrecognised-code");
    }
}

#[test]
fn a_child_and_an_emergency_are_at_least_urgent() {
    let mut case = facts(CaseKind::Grievance, &["INF.ASK"], &[]);
    assert_eq!(priority(&case), Priority::P4);
    case.age_band = Some(AgeBand::Child);
    assert_eq!(priority(&case), Priority::P1);
    for band in [AgeBand::Adult, AgeBand::Older, AgeBand::Unknown] {
        case.age_band = Some(band);
        assert_eq!(priority(&case), Priority::P4, "{band}");
    }
    case.kind = Some(CaseKind::Emergency);
    assert_eq!(priority(&case), Priority::P1);
}

#[test]
fn without_any_code_a_case_still_has_a_clock() {
    for kind in [CaseKind::Grievance, CaseKind::Assistance] {
        let assessment = assess(DomainPack::builtin(), &facts(kind, &[], &[]));
        assert_eq!(assessment.priority, Priority::P3);
        assert_eq!(assessment.rules[0].rule, "no-code");
    }
    assert_eq!(priority(&facts(CaseKind::Emergency, &[], &[])), Priority::P1);
}

#[test]
fn only_a_yes_raises_and_silence_is_listed() {
    let case = facts(CaseKind::Grievance, &["WAG.LATE"], &[]);
    let assessment = assess(DomainPack::builtin(), &case);
    assert_eq!(assessment.priority, Priority::P3);
    assert_eq!(assessment.not_asked.len(), QUESTIONS.len() + 1);
    for (question, yes) in QUESTIONS {
        let no = answered(case.clone(), &[(question, false)]);
        let assessment = assess(DomainPack::builtin(), &no);
        assert_eq!(assessment.priority, Priority::P3, "{question}");
        assert!(!assessment.not_asked.iter().any(|name| name == question));
        let expected = yes.map_or(Priority::P3, |yes| yes.min(Priority::P3));
        assert_eq!(priority(&answered(case.clone(), &[(question, true)])), expected, "{question}");
    }
}

#[test]
fn detention_of_those_who_must_not_be_detained() {
    let mut child = facts(CaseKind::Grievance, &["DET.IMM"], &[]);
    assert_eq!(priority(&child), Priority::P1);
    child.age_band = Some(AgeBand::Child);
    assert_eq!(priority(&child), Priority::P0);
    for flag in ["pregnant", "survivor"] {
        let case = facts(CaseKind::Grievance, &[], &["S10"]);
        assert_eq!(priority(&answered(case, &[(flag, true)])), Priority::P0, "{flag}");
        let free = facts(CaseKind::Grievance, &["WAG.LATE"], &[]);
        assert_eq!(priority(&answered(free, &[(flag, true)])), Priority::P3, "{flag}");
    }
}

#[test]
fn retaliation_is_at_least_as_urgent_as_its_cause() {
    let mut case = facts(CaseKind::Grievance, &["RET.ANY"], &[]);
    assert_eq!(priority(&case), Priority::P1);
    case.retaliation_for = Some(Priority::P0);
    assert_eq!(priority(&case), Priority::P0);
    case.grievances = vec!["WAG.LATE".parse().unwrap()];
    assert_eq!(priority(&case), Priority::P3, "a parent alone is no retaliation");
}

#[test]
fn reprisal_raises_both_cases() {
    let mut parent = facts(CaseKind::Grievance, &["WAG.UNPAID"], &[]);
    let revenge = facts(CaseKind::Grievance, &["RET.ANY"], &[]);
    assert!(tells_of_retaliation(&revenge.grievances) && !tells_of_retaliation(&parent.grievances));
    for (own, other, expected) in [
        (Priority::P2, Priority::P1, Priority::P1),
        (Priority::P3, Priority::P3, Priority::P1),
        (Priority::P1, Priority::P0, Priority::P0),
        (Priority::P0, Priority::P4, Priority::P0),
    ] {
        assert_eq!(retaliation_floor(own, other).priority, expected);
        assert_eq!(retaliation_floor(other, own).priority, expected);
    }
    assert_eq!(priority(&parent), Priority::P2);
    parent.floors = vec![retaliation_floor(priority(&parent), priority(&revenge))];
    assert_eq!(priority(&parent), Priority::P1);
}

#[test]
fn detention_by_any_code_with_any_of_the_three_is_an_emergency() {
    let detained = [
        (vec!["DET.ARREST"], vec![]),
        (vec!["DET.IMM"], vec![]),
        (vec!["DET.NOCONS"], vec![]),
        (vec!["DET.INTERP"], vec![]),
        (vec![], vec!["S10"]),
        (vec![], vec!["X04"]),
    ];
    for (grievances, situations) in detained {
        let case = facts(CaseKind::Grievance, &grievances, &situations);
        assert!(priority(&case) > Priority::P0, "{grievances:?} {situations:?}");
        let mut child = case.clone();
        child.age_band = Some(AgeBand::Child);
        assert_eq!(priority(&child), Priority::P0, "{grievances:?} {situations:?}");
        for flag in ["pregnant", "survivor"] {
            assert_eq!(priority(&answered(case.clone(), &[(flag, true)])), Priority::P0, "{flag}");
            assert!(priority(&answered(case.clone(), &[(flag, false)])) > Priority::P0, "{flag}");
        }
    }
    let asked = facts(CaseKind::Grievance, &["INF.ASK"], &[]);
    for flag in ["pregnant", "survivor"] {
        let told = answered(asked.clone(), &[("detained", true), (flag, true)]);
        assert_eq!(priority(&told), Priority::P0);
    }
}

#[test]
fn a_child_is_urgent_whatever_the_code() {
    let pack = DomainPack::builtin();
    for entry in pack.grievances() {
        let mut case = facts(CaseKind::Grievance, &[entry.code.as_str()], &[]);
        case.age_band = Some(AgeBand::Child);
        assert!(priority(&case) <= entry.default_priority.min(Priority::P1), "{}", entry.code);
    }
}

#[test]
fn floors_raise_and_never_lower() {
    let mut case = facts(CaseKind::Grievance, &["WAG.UNPAID"], &[]);
    case.floors = vec![PriorityFloor { priority: Priority::P4, rule: "health".into() }];
    assert_eq!(priority(&case), Priority::P2);
    case.floors.push(PriorityFloor { priority: Priority::P0, rule: "health".into() });
    assert_eq!(priority(&case), Priority::P0);
}

#[test]
fn an_override_counts_until_the_case_is_more_urgent_than_it_knew() {
    let mut case = facts(CaseKind::Grievance, &["WAG.UNPAID"], &[]);
    case.decided = Some(PriorityOverride::new(Priority::P3, "paid meanwhile", Priority::P2).unwrap());
    let assessment = assess(DomainPack::builtin(), &case);
    assert_eq!((assessment.priority, assessment.computed), (Priority::P3, Priority::P2));
    assert!(!assessment.override_outdated);
    assert!(assessment.rules.iter().any(|hit| hit.rule == "override" && hit.because == "paid meanwhile"));

    case.grievances.push("FRE.CONFINE".parse().unwrap());
    let assessment = assess(DomainPack::builtin(), &case);
    assert_eq!((assessment.priority, assessment.computed), (Priority::P0, Priority::P0));
    assert!(assessment.override_outdated);
}

#[test]
fn an_override_needs_a_reason_however_it_arrives() {
    assert_eq!(PriorityOverride::new(Priority::P3, " \n", Priority::P2), Err(OverrideError::ReasonMissing));
    let long = "x".repeat(2001);
    assert_eq!(PriorityOverride::new(Priority::P3, &long, Priority::P2), Err(OverrideError::ReasonTooLong));
    assert!(serde_json::from_str::<PriorityOverride>(r#"{"priority":3,"reason":" ","over":2}"#).is_err());
    assert!(serde_json::from_str::<PriorityOverride>(r#"{"priority":3,"reason":"x","over":2}"#).is_ok());
}

#[test]
fn spelling() {
    for text in ["P0", "p0", "0"] {
        assert_eq!(text.parse(), Ok(Priority::P0));
    }
    for text in ["", "P", "5", "P5", "PP1", "00", "-1"] {
        assert!(text.parse::<Priority>().is_err(), "{text:?}");
    }
    assert_eq!(serde_json::to_string(&Priority::P1).unwrap(), "1");
    assert!(serde_json::from_str::<Priority>("5").is_err());
}

proptest! {
    #[test]
    fn more_facts_never_make_a_case_less_urgent(
        picks in proptest::collection::vec(0usize..26, 0..6),
        extra in 0usize..26,
        child in any::<bool>(),
    ) {
        let pack = DomainPack::builtin();
        let all: Vec<SituationCode> = pack.situations().map(|entry| entry.code).collect();
        let mut case = facts(CaseKind::Grievance, &["INF.ASK"], &[]);
        case.situations = picks.iter().map(|pick| all[*pick]).collect();
        let before = priority(&case);
        case.situations.push(all[extra]);
        if child {
            case.age_band = Some(AgeBand::Child);
        }
        prop_assert!(priority(&case) <= before);
    }
}
