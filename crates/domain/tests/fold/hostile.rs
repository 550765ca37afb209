//! Hostile shapes: forks, forged beginnings, broken chains, kinds from the future, very many events.

use amana_domain::{
    event::{AuthenticEvent, Body, CaseRoot, EventKind, MAX_HEADS, MessageText},
    fold::{FoldError, Reason, Verdict, covered, fold},
    ids::{CaseId, EventId, Hash, LogId, VerifyKey},
    role::LogKind,
};
use ciborium::Value;

use crate::world::*;

fn unknown(kind: &str) -> Body {
    Body::Opaque(EventKind::Unknown(kind.into()), Value::Map(vec![(Value::Text("x".into()), Value::from(1))]))
}

#[test]
fn both_events_with_one_number_are_kept_and_the_author_is_flagged() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    let one = scene.write(caseworker(), &[genesis], say("one"));
    let two = scene.write_with(caseworker(), &[genesis], say("two"), |draft| {
        draft.seq = 0;
        draft.prev = None;
    });
    scene.assert_applied(one);
    scene.assert_applied(two);
    let fold = scene.fold();
    assert_eq!(fold.equivocators, [caseworker().key].into());
    let mut heads = vec![one, two];
    heads.sort();
    assert_eq!(fold.heads, heads);
    // Flagged on sight, even if the second is still pending.
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    scene.write(caseworker(), &[scene.genesis], say("one"));
    let missing = EventId::from_bytes([9; 32]);
    let two = scene.write_with(caseworker(), &[missing], say("two"), |draft| {
        draft.seq = 0;
        draft.prev = None;
    });
    assert_eq!(scene.verdict(two), Verdict::Pending);
    assert_eq!(scene.fold().equivocators, [caseworker().key].into());
}

#[test]
fn over_sixteen_heads_the_least_are_named_and_the_rest_follow() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    let forks: Vec<EventId> = (0..40)
        .map(|n| {
            scene.write_with(migrant(), &[genesis], say(&format!("fork {n}")), |draft| {
                draft.seq = 1;
                draft.prev = Some(genesis);
            })
        })
        .collect();
    let mut sorted = forks.clone();
    sorted.sort();
    assert_eq!(scene.fold().heads, sorted);
    assert_eq!(scene.fold().heads_to_name(), sorted[..MAX_HEADS]);
    for round in 0.. {
        let before = scene.fold().heads.len();
        if before == 1 {
            assert!(round <= 4);
            break;
        }
        scene.next(caseworker(), say("joins"));
        assert!(scene.fold().heads.len() < before);
    }
    let all: Vec<EventId> = scene.events.iter().map(AuthenticEvent::id).collect();
    let heads = vec![amana_domain::event::LogHeads { log: scene.log, heads: scene.fold().heads }];
    assert_eq!(covered(scene.log, &scene.events, &heads).len(), all.len());
}

#[test]
fn heads_name_nothing_pending_or_refused() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    let refused = scene.write(guest(), &[genesis], say("stranger"));
    let pending = scene.write(caseworker(), &[EventId::from_bytes([3; 32])], say("early"));
    let newer = scene.write(migrant(), &[], unknown("newer"));
    assert_eq!(scene.verdict(refused), Verdict::Refused(Reason::NotMember));
    assert_eq!(scene.verdict(pending), Verdict::Pending);
    assert_eq!(scene.fold().heads, [newer]);
    // An event that saw a refused one counts all the same.
    let saw = scene.write(colleague(), &[refused], say("saw"));
    scene.assert_applied(saw);
}

#[test]
fn unknown_kinds_are_kept_and_critical_ones_stop_the_log() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let harmless = scene.next(migrant(), unknown("newer.harmless"));
    assert_eq!(scene.verdict(harmless), Verdict::Unknown);
    assert!(!scene.fold().update_needed);
    // From somebody who does not count it stops nothing.
    let stranger = critical(&scene, guest(), "newer.critical");
    scene.push(stranger);
    assert!(!scene.fold().update_needed);
    let critical = critical(&scene, migrant(), "newer.critical");
    let id = critical.id();
    scene.push(critical);
    assert_eq!(scene.verdict(id), Verdict::Unknown);
    assert!(scene.fold().update_needed);
    // Everything else still folds.
    let after = scene.next(caseworker(), say("after"));
    scene.assert_applied(after);
}

/// An event of a kind that a newer version marks as critical: written by hand, since this version marks none.
fn critical(scene: &Scene, by: Actor, kind: &str) -> AuthenticEvent {
    let event = signed(scene.draft(by, &[scene.genesis], unknown(kind)));
    let Value::Array(mut outer) = amana_domain::canonical::value_from_slice(event.message()).unwrap() else {
        panic!("an event is an array")
    };
    let Value::Array(fields) = &mut outer[1] else { panic!("fields are an array") };
    assert_eq!(fields[11], Value::Bool(false));
    fields[11] = Value::Bool(true);
    let message = amana_domain::canonical::to_vec(&Value::Array(outer)).unwrap();
    let content = [sign(&by.key, &message).as_bytes().as_slice(), &message].concat();
    AuthenticEvent::read(&content, &TestVerifier).unwrap()
}

#[test]
fn content_of_a_known_kind_that_cannot_be_read_has_no_effect() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let odd = Body::Opaque(EventKind::Message, Value::Map(vec![(Value::Text("txt".into()), Value::from(1))]));
    let id = scene.next(migrant(), odd);
    assert_eq!(scene.verdict(id), Verdict::Unknown);
    // But who may write it and where is judged.
    let odd = Body::Opaque(EventKind::Note, Value::Map(vec![]));
    let id = scene.next(migrant(), odd);
    scene.assert_refused(id, Reason::WrongLog);
}

#[test]
fn chains_must_fit_and_begin_at_the_genesis() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    let one = scene.write(caseworker(), &[genesis], say("one"));
    let skip = scene.write_with(caseworker(), &[], say("skips"), |draft| draft.seq = 7);
    scene.assert_refused(skip, Reason::BadChain);
    let foreign = scene.write_with(colleague(), &[], say("another's"), |draft| {
        draft.seq = 1;
        draft.prev = Some(one);
    });
    scene.assert_refused(foreign, Reason::BadChain);
    let rootless = scene.write_with(supervisor(), &[], say("no past"), |_| {});
    scene.assert_refused(rootless, Reason::BadChain);
    let child = scene.write(admin(), &[rootless], say("child of none"));
    scene.assert_refused(child, Reason::BadChain);
    let heals = scene.write(admin(), &[genesis], say("saw the beginning"));
    scene.assert_applied(heals);
    let elsewhere = scene.write_with(supervisor(), &[genesis], say("another case"), |draft| {
        draft.case = root_of(9).case().unwrap();
    });
    scene.assert_refused(elsewhere, Reason::WrongCase);
    let deployment = scene.write_with(supervisor(), &[genesis], say("another deployment"), |draft| {
        draft.deployment = amana_domain::ids::DeploymentId::from_root(&VerifyKey::from_bytes([98; 32]));
    });
    scene.assert_refused(deployment, Reason::WrongCase);
}

#[test]
fn events_of_other_logs_are_ignored() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    scene.next(migrant(), say("here"));
    let expected = scene.fold();
    let other = Scene::open(LogKind::Wages, migrant(), None);
    let mut events = scene.events.clone();
    events.extend(other.events);
    assert_eq!(fold(scene.log, &events, &scene.book).unwrap(), expected);
    assert_eq!(fold(LogId::from_bytes([1; 32]), &events, &scene.book).unwrap_err(), FoldError::NoGenesis);
}

#[test]
fn a_forged_genesis_opens_nothing() {
    // Anybody can copy a case root; only the migrant (or, for later logs, the owner) can open a log with it.
    for by in [caseworker(), guest(), device(9, 9)] {
        let scene = Scene::open_with(LogKind::Core, by, None, |draft| {
            if by == device(9, 9) {
                draft.roster = amana_domain::event::RosterRef::none(organisation(OWNER));
            }
        });
        assert_eq!(scene.0.try_fold().unwrap_err(), FoldError::BadGenesis, "{by:?}");
    }
    for (kind, by, with) in [
        (LogKind::Talk, caseworker(), None),
        (LogKind::Narrative, caseworker(), None),
        (LogKind::Medical, guest(), None),
        (LogKind::Referral, guest(), Some(OTHER)),
        (LogKind::Referral, migrant(), Some(OTHER)),
        (LogKind::Wages, migrant(), Some(OTHER)),
        (LogKind::Work, caseworker(), None),
    ] {
        let scene = Scene::open(kind, by, with);
        assert_eq!(scene.try_fold().unwrap_err(), FoldError::BadGenesis, "{kind} by {by:?}");
    }
    // A stranger who names a roster that nobody has waits forever, with everything in her log.
    let (scene, _) = Scene::open_with(LogKind::Core, device(9, 9), None, |draft| {
        draft.roster = amana_domain::event::RosterRef(organisation(OWNER), 77, Hash::of(b"?"));
    });
    assert_eq!(scene.try_fold().unwrap_err(), FoldError::NoGenesis);
}

#[test]
fn a_genesis_must_fit_its_root() {
    type Spoil = fn(&mut amana_domain::event::Draft);
    fn genesis(draft: &mut amana_domain::event::Draft) -> &mut amana_domain::event::Genesis {
        match &mut draft.body {
            Body::Genesis(genesis) => genesis,
            _ => panic!("a genesis"),
        }
    }
    let spoils: [(&str, Spoil); 8] = [
        ("another case", |draft| draft.case = root_of(9).case().unwrap()),
        ("another deployment", |draft| {
            draft.deployment = amana_domain::ids::DeploymentId::from_root(&VerifyKey::from_bytes([98; 32]));
        }),
        ("another owner", |draft| {
            let root = CaseRoot { owner: organisation(OTHER), ..root_of(1) };
            genesis(draft).root = root.to_bytes().unwrap();
        }),
        ("another kem key", |draft| genesis(draft).opening.as_mut().unwrap().kem[0] ^= 1),
        ("no opening", |draft| genesis(draft).opening = None),
        ("no root", |draft| genesis(draft).root = vec![]),
        ("a message", |draft| {
            genesis(draft).message = Some(MessageText { text: "x".into(), language: None });
        }),
        ("a companion", |draft| genesis(draft).with = Some(organisation(OTHER))),
    ];
    for (what, spoil) in spoils {
        let (scene, _) = Scene::open_with(LogKind::Core, migrant(), None, spoil);
        assert_eq!(scene.try_fold().unwrap_err(), FoldError::BadGenesis, "{what}");
    }
}

#[test]
fn two_core_logs_of_one_case_stay_apart() {
    let first = Scene::core();
    let (second, _) = Scene::open_with(LogKind::Core, migrant(), None, |draft| draft.claimed_ms += 1);
    assert_ne!(first.log, second.log);
    let both: Vec<AuthenticEvent> = first.events.iter().chain(&second.events).cloned().collect();
    for scene in [&first, &second] {
        let fold = fold(scene.log, &both, &scene.book).unwrap();
        assert_eq!(fold, scene.fold());
        assert_eq!(fold.case, first.root.case().unwrap());
    }
}

#[test]
fn the_case_is_the_hash_of_the_root_as_it_stands() {
    // A newer version put more into the root: the bytes as received make the case id, not those this version knows.
    let mut root: Value = amana_domain::canonical::from_slice(&root_of(1).to_bytes().unwrap()).unwrap();
    if let Value::Map(entries) = &mut root {
        entries.push((Value::Text("zz".into()), Value::from(1)));
    }
    let root = amana_domain::canonical::to_vec(&root).unwrap();
    let case = CaseId::from_root_bytes(&root);
    let spoil = |case: CaseId| {
        let root = root.clone();
        move |draft: &mut amana_domain::event::Draft| {
            draft.case = case;
            draft.body = Body::Genesis(genesis_body(root, LogKind::Talk, None));
        }
    };
    let (scene, _) = Scene::open_with(LogKind::Talk, migrant(), None, spoil(case));
    assert_eq!(scene.fold().case, case);
    let (scene, _) = Scene::open_with(LogKind::Talk, migrant(), None, spoil(root_of(1).case().unwrap()));
    assert_eq!(scene.try_fold().unwrap_err(), FoldError::BadGenesis);
}

#[test]
fn partial_readers_agree_on_the_logs_they_read() {
    // Each log is judged alone: what a reader lacks of other logs changes nothing in this one.
    let mut talk = Scene::open(LogKind::Talk, migrant(), None);
    talk.next(caseworker(), say("hello"));
    let mut medical = Scene::open(LogKind::Medical, migrant(), None);
    medical.next(migrant(), Body::HealthNote(amana_domain::event::Text { text: "x".into() }));
    let full: Vec<&AuthenticEvent> = talk.events.iter().chain(&medical.events).collect();
    assert_eq!(fold(talk.log, full.iter().copied(), &talk.book).unwrap(), talk.fold());
    assert_eq!(fold(medical.log, full, &talk.book).unwrap(), medical.fold());
}

const MANY: usize = 10_000;

/// Forks are the worst case for causal bookkeeping: every event is a chain of its own.
#[test]
fn ten_thousand_forks_and_their_merges_fold() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let fork = |scene: &mut Scene, n: usize| {
        let body = if n.is_multiple_of(2) {
            Body::FactsSet(amana_domain::event::Facts {
                language: Some("bn".parse().unwrap()),
                ..Default::default()
            })
        } else {
            Body::CaseReopen(amana_domain::event::Remark { note: None })
        };
        scene.write_with(migrant(), &[genesis], body, |draft| {
            draft.seq = 1;
            draft.prev = Some(genesis);
        })
    };
    let mut layer: Vec<EventId> = (0..MANY).map(|n| fork(&mut scene, n)).collect();
    // Every merge names sixteen forks, and so on, down to one.
    let mut merges = 0;
    while layer.len() > 1 {
        let mut next = Vec::new();
        for chunk in layer.chunks(MAX_HEADS) {
            let id = scene.write(caseworker(), chunk, Body::Receipt(crate::members::empty_receipt()));
            next.push(id);
            merges += 1;
        }
        layer = next;
    }
    let fold = scene.fold();
    assert_eq!(fold.verdicts.len(), MANY + merges + 1);
    assert_eq!(fold.equivocators, [migrant().key].into());
    let refused = fold.refused().count();
    // Nothing was closed: reopening is refused, everything else counts.
    assert_eq!(refused, MANY / 2);
}

#[test]
fn a_log_of_ten_thousand_events_by_several_authors_folds() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let statement = consent(&scene, OTHER, &[LogKind::Talk], 1);
    let mut last = [scene.genesis; 2];
    last[1] = scene.write(caseworker(), &[scene.genesis], add(OTHER, Some(statement)));
    let authors = [migrant(), caseworker(), colleague(), guest()];
    for n in 0..MANY {
        let heads = if last[0] == last[1] { vec![last[0]] } else { last.to_vec() };
        let id = scene.write(authors[n % authors.len()], &heads, say("word"));
        last[n % 2] = id;
    }
    // A device with thousands of events leaves; all of them were seen.
    scene.roster(
        OWNER,
        &[(colleague(), amana_domain::role::Role::Officer), (admin(), amana_domain::role::Role::Admin)],
    );
    for _ in 0..MANY / 10 {
        last[0] = scene.write(colleague(), &last, say("roster 2"));
    }
    let unseen = scene.write(caseworker(), &[], say("unseen"));
    // `draft` named roster 2, which does not list her.
    scene.assert_refused(unseen, Reason::NotInRoster);
    let fold = scene.fold();
    assert_eq!(fold.order.len(), scene.events.len());
    assert_eq!(fold.refused().count(), 1);
}

#[test]
fn a_chain_of_ten_thousand_steps_and_a_removed_author_fold() {
    let mut scene = Scene::open(LogKind::Work, caseworker(), Some(OWNER));
    let genesis = scene.genesis;
    for _ in 0..MANY {
        scene.write(caseworker(), &[], Body::Note(amana_domain::event::Text { text: "n".into() }));
    }
    scene.roster(OWNER, &[(admin(), amana_domain::role::Role::Admin)]);
    scene.write(admin(), &[genesis], Body::Note(amana_domain::event::Text { text: "roster 2".into() }));
    let fold = scene.fold();
    assert_eq!(fold.refused().count(), MANY);
    assert!(fold.refused().all(|(_, reason)| reason == Reason::DeviceRemoved));
}
