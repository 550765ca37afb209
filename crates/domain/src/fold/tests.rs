//! What needs a look inside. The fold's behaviour is tested from outside, in `tests/fold`.

#[path = "../../tests/fold/world.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the integration tests")]
mod world;

use world::*;

use super::*;
use crate::{
    event::{Assign, ConsentGrant, EmergencyStatus, Facts, Remark, Text},
    lifecycle::{case::CaseStatus, emergency::EmergencyState},
    priority::{Priority, PriorityFloor},
};

/// A core log in which much happens, all of it valid.
fn eventful_core() -> Scene {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let floor = Body::PriorityFloor(PriorityFloor { priority: Priority::P1, rule: "r".into() });
    let language =
        |text: &str| Body::FactsSet(Facts { language: Some(text.parse().unwrap()), ..Facts::default() });
    scene.next(caseworker(), Body::Assign(Assign { device: Some(caseworker().device()) }));
    scene.next(caseworker(), floor);
    scene
        .next(migrant(), Body::EmergencyStatus(EmergencyStatus { to: EmergencyState::Raised, reason: None }));
    let statement = consent(&scene, OTHER, &[LogKind::Core], 1);
    scene.next(migrant(), Body::ConsentGrant(ConsentGrant { statement: statement.clone() }));
    let joined = scene.next(caseworker(), add(OTHER, Some(statement)));
    scene.next(guest(), Body::Read(crate::event::Receipt { heads: vec![] }));
    scene.write(migrant(), &[genesis, joined], language("bn"));
    scene.write(colleague(), &[joined], language("hi"));
    scene.next(caseworker(), status(CaseStatus::Resolved));
    scene.next(caseworker(), status(CaseStatus::Closed));
    scene.next(migrant(), Body::CaseReopen(Remark { note: None }));
    let gone = withdraw(&scene, OTHER, None);
    scene.next(migrant(), gone);
    assert_eq!(scene.fold().refused().count(), 0);
    scene
}

#[test]
fn an_older_version_keeps_what_it_does_not_know_and_catches_up_when_upgraded() {
    let scene = eventful_core();
    let full = scene.fold();
    for unknown in EventKind::ALL.iter().filter(|kind| **kind != EventKind::Genesis) {
        let old: Vec<AuthenticEvent> =
            scene.events.iter().map(|event| event.without_knowing(std::slice::from_ref(unknown))).collect();
        let folded = fold(scene.log, &old, &scene.book).unwrap();
        // Everything is kept and in the same order; what is not known has no effect.
        assert_eq!(folded.order, full.order);
        assert_eq!(folded.verdicts.len(), full.verdicts.len());
        let present = scene.events.iter().any(|event| event.event().kind == *unknown);
        for event in scene.events.iter().filter(|event| event.event().kind == *unknown) {
            assert_eq!(folded.verdicts[&event.id()], Verdict::Unknown);
        }
        assert_eq!(folded.update_needed, present && unknown.critical(), "{}", unknown.as_str());
        if !present {
            assert_eq!(folded, full);
        }
        // Upgraded: the stored bytes are read again.
        let again: Vec<AuthenticEvent> = old
            .iter()
            .map(|event| AuthenticEvent::read_stored(&event.to_content(), &TestVerifier).unwrap())
            .collect();
        assert_eq!(fold(scene.log, &again, &scene.book).unwrap(), full);
    }
}

#[test]
fn what_an_older_version_writes_counts_for_a_newer_one() {
    let mut scene = eventful_core();
    let unknown = [EventKind::CaseReopen, EventKind::PriorityFloor];
    let old: Vec<AuthenticEvent> = scene.events.iter().map(|event| event.without_knowing(&unknown)).collect();
    let seen = fold(scene.log, &old, &scene.book).unwrap();
    let facts = Facts { language: Some("ne".parse().unwrap()), ..Facts::default() };
    let id = scene.write(caseworker(), &seen.heads_to_name(), Body::FactsSet(facts));
    scene.assert_applied(id);
    assert_eq!(scene.fold().heads, [id]);
}

#[test]
fn nothing_that_people_wrote_shows_in_debug_output() {
    const CANARY: &str = "canary-7f3a";
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    scene.next(migrant(), say(CANARY));
    let mut medical = Scene::open(LogKind::Medical, migrant(), None);
    medical.next(migrant(), Body::HealthNote(Text { text: CANARY.into() }));
    let remark = Body::CaseReopen(Remark { note: Some(CANARY.into()) });
    for event in scene.events.iter().chain(&medical.events) {
        for text in [format!("{event:?}"), format!("{:?}", event.event()), format!("{:?}", event.body())] {
            assert!(!text.contains(CANARY), "{text}");
        }
    }
    let unknown = scene.events[1].without_knowing(&[EventKind::Message]);
    let remark_text = match &remark {
        Body::CaseReopen(remark) => format!("{remark:?}"),
        _ => unreachable!("made above"),
    };
    for text in [format!("{unknown:?}"), format!("{:?}", unknown.body()), format!("{remark:?}"), remark_text]
    {
        assert!(!text.contains(CANARY), "{text}");
    }
}
