//! The role table, written out a second time and compared cell by cell.

use amana_domain::{
    event::EventKind,
    fold::{Party, Reason, accepted_in, permitted},
    lifecycle::case::{CaseState, CloseReason, WaitingOn},
    role::{LogKind, Role},
};

/// Logs: C core, T talk, N narrative, W wages, E evidence, I identity, L location, M medical, S status, K work,
/// R referral.
const LOGS: [(char, LogKind); 11] = [
    ('C', LogKind::Core),
    ('T', LogKind::Talk),
    ('N', LogKind::Narrative),
    ('W', LogKind::Wages),
    ('E', LogKind::Evidence),
    ('I', LogKind::Identity),
    ('L', LogKind::Location),
    ('M', LogKind::Medical),
    ('S', LogKind::Status),
    ('K', LogKind::Work),
    ('R', LogKind::Referral),
];

/// Per kind, in which logs each may write it: the migrant, any device of the owner, a supervisor or admin of the
/// owner besides, any device of another organisation, a supervisor or admin of another organisation besides.
const TABLE: &[(&str, [&str; 5])] = &[
    //                     migrant       owner          +          other         +
    ("genesis", ["CTNWEILMS", "WEILMSKR", "", "K", ""]),
    ("epoch", ["CTNWEILMSR", "CTNWEILMSKR", "", "CTNWEILMSKR", ""]),
    ("member.add", ["CTNWEILMSR", "CTNWEILMSKR", "", "", ""]),
    ("member.remove", ["CTNWEILMSR", "CTNWEILMSKR", "", "", ""]),
    ("log.open", ["C", "C", "", "", ""]),
    ("codes.set", ["CR", "CR", "", "", ""]),
    ("facts.set", ["CR", "CR", "", "", ""]),
    ("safe_contact.set", ["CR", "CR", "", "", ""]),
    ("status.set", ["", "C", "", "", ""]),
    ("assign", ["", "C", "", "", ""]),
    ("priority.floor", ["CR", "CR", "", "", ""]),
    ("priority.override", ["", "C", "", "", ""]),
    ("origin_contact.set", ["CR", "CR", "", "", ""]),
    ("safeguard.set", ["", "CR", "", "", ""]),
    ("receipt", ["CR", "CR", "", "CR", ""]),
    ("read", ["", "CR", "", "CR", ""]),
    ("consent.grant", ["C", "", "", "", ""]),
    ("consent.decline", ["C", "", "", "", ""]),
    ("consent.withdraw", ["CTNWEILMSR", "", "", "", ""]),
    ("consent.expired", ["", "C", "", "", ""]),
    ("referral.propose", ["", "C", "", "", ""]),
    ("referral.answer", ["", "", "", "R", ""]),
    ("referral.revoke", ["", "CR", "", "", ""]),
    ("case.withdraw", ["C", "", "", "", ""]),
    ("case.reopen", ["C", "C", "", "", ""]),
    ("case.merge", ["", "C", "", "", ""]),
    ("case.link", ["", "C", "", "", ""]),
    ("transfer.propose", ["", "C", "", "", ""]),
    ("transfer.decline", ["C", "", "", "", ""]),
    ("case.transfer", ["C", "C", "", "", ""]),
    ("recuse", ["", "C", "", "", ""]),
    ("emergency.status", ["C", "C", "", "", ""]),
    ("message", ["T", "T", "", "T", ""]),
    ("narrative.add", ["N", "N", "", "", ""]),
    ("wage.entry", ["W", "W", "", "", ""]),
    ("attachment", ["ETN", "ETN", "", "ETN", ""]),
    ("person.set", ["I", "I", "", "", ""]),
    ("place.add", ["L", "L", "", "", ""]),
    ("health.note", ["M", "M", "", "", ""]),
    ("migration.note", ["S", "S", "", "", ""]),
    ("note", ["", "K", "", "K", ""]),
    ("task.add", ["", "K", "", "K", ""]),
    ("task.set", ["", "K", "", "K", ""]),
    ("adopt", ["", "", "CTNWEILMSKR", "", "CTNWEILMSKR"]),
    ("newer.kind", ["CTNWEILMSR", "CTNWEILMSKR", "", "CTNWEILMSKR", ""]),
];

/// In which logs a kind may stand at all: what is refused elsewhere is `wrong_log`, what is refused here `forbidden`.
/// Where the table lets anybody write it, plus what nobody may write although it belongs there.
fn belongs(kind: &str, row: &[&str; 5], log: char) -> bool {
    let everywhere = ["genesis", "epoch", "member.add", "member.remove", "adopt", "newer.kind"];
    everywhere.contains(&kind) || row.iter().any(|logs| logs.contains(log))
}

fn may(row: &[&str; 5], party: Party, log: char) -> bool {
    let (any, more) = match party {
        Party::Migrant => (row[0], ""),
        Party::Owner(Role::Supervisor | Role::Admin) => (row[1], row[2]),
        Party::Owner(_) => (row[1], ""),
        Party::Other(Role::Supervisor | Role::Admin) => (row[3], row[4]),
        Party::Other(_) => (row[3], ""),
    };
    any.contains(log) || more.contains(log)
}

#[test]
fn every_party_kind_and_log() {
    assert_eq!(TABLE.len(), EventKind::ALL.len() + 1);
    assert_eq!(LOGS.len(), LogKind::ALL.len());
    let mut cells = 0;
    for kind in EventKind::ALL.iter().cloned().chain([EventKind::Unknown("newer.kind".into())]) {
        let (name, row) = TABLE.iter().find(|(name, _)| *name == kind.as_str()).expect("a row for each kind");
        for (letter, log) in LOGS {
            for party in Party::ALL {
                let expected = match (belongs(name, row, letter), may(row, party, letter)) {
                    (false, _) => Err(Reason::WrongLog),
                    (true, true) => Ok(()),
                    (true, false) => Err(Reason::Forbidden),
                };
                assert_eq!(permitted(party, &kind, log), expected, "{party:?} {name} in {log}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 45 * 11 * 9);
}

#[test]
fn parties_are_listed_once_each() {
    let mut all = Party::ALL.to_vec();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 1 + 2 * Role::ALL.len());
}

#[test]
fn a_finished_case_takes_everything_but_new_work() {
    let open = [
        CaseState::Draft,
        CaseState::Queued,
        CaseState::Received,
        CaseState::Triaged,
        CaseState::Assigned,
        CaseState::ActionPlan,
        CaseState::Waiting(WaitingOn::Client),
        CaseState::Resolved,
        CaseState::Reopened,
    ];
    let finished = [
        CaseState::Closed(CloseReason::Remedied),
        CaseState::Duplicate,
        CaseState::Transferred,
        CaseState::Withdrawn,
    ];
    let new_work = ["assign", "priority.override", "referral.propose", "transfer.propose", "case.transfer"];
    for kind in EventKind::ALL.iter().cloned().chain([EventKind::Unknown("newer.kind".into())]) {
        for state in open {
            assert_eq!(accepted_in(state, &kind), Ok(()), "{state:?} {}", kind.as_str());
        }
        for state in finished {
            let expected = if new_work.contains(&kind.as_str()) { Err(Reason::NotAllowed) } else { Ok(()) };
            assert_eq!(accepted_in(state, &kind), expected, "{state:?} {}", kind.as_str());
        }
    }
}
