use std::collections::BTreeSet;

use super::*;
use crate::canonical;

fn states() -> Vec<CaseState> {
    let mut all = vec![
        CaseState::Draft,
        CaseState::Queued,
        CaseState::Received,
        CaseState::Triaged,
        CaseState::Assigned,
        CaseState::ActionPlan,
        CaseState::Resolved,
        CaseState::Reopened,
        CaseState::Duplicate,
        CaseState::Transferred,
        CaseState::Withdrawn,
    ];
    all.extend(WaitingOn::ALL.iter().map(|on| CaseState::Waiting(*on)));
    all.extend(CloseReason::ALL.iter().map(|reason| CaseState::Closed(*reason)));
    all
}

fn events() -> Vec<CaseEvent> {
    let mut all = vec![
        CaseEvent::File,
        CaseEvent::Received,
        CaseEvent::Triage,
        CaseEvent::Assign,
        CaseEvent::Plan,
        CaseEvent::Resolve,
        CaseEvent::Reopen,
        CaseEvent::MarkDuplicate,
        CaseEvent::Transfer,
        CaseEvent::Withdraw,
    ];
    all.extend(WaitingOn::ALL.iter().map(|on| CaseEvent::Wait(*on)));
    all.extend(CloseReason::ALL.iter().map(|reason| CaseEvent::Close(*reason)));
    all
}

/// The whole table, written out as the design has it: which events each status takes.
const TABLE: &[(&str, &str)] = &[
    ("draft", "file withdraw"),
    ("queued", "received withdraw"),
    ("received", "triage assign mark-duplicate transfer withdraw"),
    ("triaged", "assign mark-duplicate transfer withdraw"),
    ("assigned", "assign plan wait resolve mark-duplicate transfer withdraw"),
    ("action-plan", "assign wait resolve mark-duplicate transfer withdraw"),
    ("waiting", "assign plan wait resolve mark-duplicate transfer withdraw"),
    ("resolved", "plan close mark-duplicate transfer withdraw"),
    ("closed", "reopen"),
    ("reopened", "triage assign plan wait resolve mark-duplicate transfer withdraw"),
    ("duplicate", "reopen"),
    ("transferred", "reopen"),
    ("withdrawn", "reopen"),
];

#[test]
fn every_pair_of_state_and_event() {
    let mut pairs = 0;
    for state in states() {
        let (_, row) = TABLE.iter().find(|(status, _)| *status == state.status().as_str()).unwrap();
        for event in events() {
            let same_wait = matches!((state, event), (CaseState::Waiting(a), CaseEvent::Wait(b)) if a == b);
            let expected = row.split(' ').any(|name| name == event.name()) && !same_wait;
            let result = transition(state, &event);
            assert_eq!(result.is_ok(), expected, "{state:?} {event:?}");
            match result {
                Ok(next) => assert_eq!(next, event.target()),
                Err(refused) => {
                    assert_eq!(refused, NotAllowed { state: state.status().as_str(), event: event.name() })
                }
            }
            pairs += 1;
        }
    }
    assert_eq!(pairs, 24 * 23);
}

#[test]
fn the_table_covers_every_status() {
    let rows: BTreeSet<_> = TABLE.iter().map(|(status, _)| *status).collect();
    assert_eq!(rows, CaseStatus::ALL.iter().map(|status| status.as_str()).collect());
}

#[test]
fn every_state_is_reachable_from_a_draft() {
    let mut seen = vec![CaseState::Draft];
    let mut next = 0;
    while next < seen.len() {
        for event in events() {
            if let Ok(state) = transition(seen[next], &event)
                && !seen.contains(&state)
            {
                seen.push(state);
            }
        }
        next += 1;
    }
    assert_eq!(seen.len(), states().len());
}

#[test]
fn targets_from_texts() {
    let to = CaseEvent::parse_to;
    assert_eq!(to("action-plan", None, None), Ok(CaseEvent::Plan));
    assert_eq!(to("waiting", Some("employer"), None), Ok(CaseEvent::Wait(WaitingOn::Employer)));
    assert_eq!(to("closed", None, Some("remedied")), Ok(CaseEvent::Close(CloseReason::Remedied)));
    assert_eq!(to("waiting", None, None), Err(TargetError::WaitingOnMissing));
    assert_eq!(to("waiting", None, Some("other")), Err(TargetError::WaitingOnMissing));
    assert_eq!(to("closed", None, None), Err(TargetError::ReasonMissing));
    assert_eq!(to("closed", Some("client"), None), Err(TargetError::ReasonMissing));
    assert_eq!(to("assigned", Some("client"), None), Err(TargetError::Superfluous));
    assert_eq!(to("resolved", None, Some("other")), Err(TargetError::Superfluous));
    assert_eq!(to("draft", None, None), Err(TargetError::NotATarget));
    assert!(matches!(to("Assigned", None, None), Err(TargetError::Unknown(_))));
    assert!(matches!(to("closed", None, Some("bored")), Err(TargetError::Unknown(_))));
}

#[test]
fn states_and_events_round_trip() {
    for state in states() {
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<CaseState>(&json).unwrap(), state);
        let cbor = canonical::to_vec(&state).unwrap();
        assert_eq!(canonical::from_slice::<CaseState>(&cbor).unwrap(), state);
    }
    for event in events() {
        let cbor = canonical::to_vec(&event).unwrap();
        assert_eq!(canonical::from_slice::<CaseEvent>(&cbor).unwrap(), event);
    }
    let waiting = serde_json::to_value(CaseState::Waiting(WaitingOn::Client)).unwrap();
    assert_eq!(waiting, serde_json::json!({"status": "waiting", "waiting_on": "client"}));
    assert!(serde_json::from_str::<CaseState>(r#"{"status":"waiting"}"#).is_err());
    assert!(serde_json::from_str::<CaseEvent>(r#"{"to":"draft"}"#).is_err());
}

#[test]
fn the_queue_leaves_out_what_is_over() {
    let out: BTreeSet<_> =
        states().into_iter().filter(|state| !state.is_in_queue()).map(|state| state.status()).collect();
    let expected =
        [CaseStatus::Closed, CaseStatus::Duplicate, CaseStatus::Transferred, CaseStatus::Withdrawn];
    assert_eq!(out, expected.into());
}
