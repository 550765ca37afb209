//! Several organisations, let in and put out by migrant and owner beside each other: one outcome however the events
//! arrive, and who was put out stays out unless whoever let her in again had seen it.

use std::collections::{BTreeMap, BTreeSet};

use amana_domain::{
    event::{AuthenticEvent, Body},
    fold::{LogFold, Reason, Verdict, fold},
    ids::{EventId, OrganisationId},
    role::LogKind,
};
use proptest::prelude::*;

use crate::world::*;

const GUESTS: [u8; 2] = [OTHER, THIRD];

fn third_guest() -> Actor {
    device(THIRD, 30)
}

/// Each writes on a replica of her own; the last two are guests.
const AUTHORS: [fn() -> Actor; 5] = [migrant, caseworker, colleague, guest, third_guest];

#[derive(Clone, Copy, Debug)]
enum What {
    /// By a consent with this number, or by the migrant's own word.
    Add(u8),
    Remove,
    WithdrawAll,
    Withdraw(u8),
    Say,
}

#[derive(Clone, Debug)]
enum Op {
    Write {
        author: usize,
        about: u8,
        what: What,
    },
    /// One replica gets some of what another has.
    Deliver {
        from: usize,
        to: usize,
        keep: u64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let what = prop_oneof![
        6 => (0..3u8).prop_map(What::Add),
        4 => Just(What::Remove),
        1 => Just(What::WithdrawAll),
        1 => (0..3u8).prop_map(What::Withdraw),
        3 => Just(What::Say),
    ];
    let write = (0..AUTHORS.len(), prop::sample::select(&GUESTS[..]), what)
        .prop_map(|(author, about, what)| Op::Write { author, about, what });
    let deliver = (0..AUTHORS.len(), 0..AUTHORS.len(), prop_oneof![Just(u64::MAX), any::<u64>()])
        .prop_map(|(from, to, keep)| Op::Deliver { from, to, keep });
    prop_oneof![3 => write, 2 => deliver]
}

fn body(scene: &Scene, by: Actor, about: u8, what: What) -> Body {
    let given = |nonce| consent(scene, about, &[LogKind::Talk], nonce);
    match what {
        What::Add(_) if by == migrant() => add(about, None),
        What::Add(nonce) => add(about, Some(given(nonce))),
        What::Remove => remove(about),
        What::WithdrawAll => withdraw(scene, about, None),
        What::Withdraw(nonce) => withdraw(scene, about, Some(given(nonce).hash())),
        What::Say => say("word"),
    }
}

/// Everything that was written.
fn run(ops: &[Op]) -> Scene {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.events[0].clone();
    let mut replicas: Vec<BTreeMap<EventId, AuthenticEvent>> =
        vec![BTreeMap::from([(genesis.id(), genesis)]); AUTHORS.len()];
    for op in ops {
        match op {
            Op::Deliver { from, to, keep } => {
                let some: Vec<_> = replicas[*from]
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| keep.rotate_right(*n as u32) & 1 != 0)
                    .map(|(_, (id, event))| (*id, event.clone()))
                    .collect();
                replicas[*to].extend(some);
            }
            Op::Write { author, about, what } => {
                let by = AUTHORS[*author]();
                let view = fold(scene.log, replicas[*author].values(), &scene.book).unwrap();
                let body = body(&scene, by, *about, *what);
                let id = scene.write(by, &view.heads_to_name(), body);
                let event = scene.events.last().cloned().unwrap();
                replicas[*author].insert(id, event);
            }
        }
    }
    scene
}

/// The changes of membership that count: of whom, and whether she is let in.
fn changes(events: &[AuthenticEvent], folded: &LogFold) -> Vec<(EventId, OrganisationId, bool)> {
    let counts = events.iter().filter(|event| folded.applied(&event.id()));
    counts
        .filter_map(|event| match event.body() {
            Body::MemberAdd(body) => Some((event.id(), body.organisation, true)),
            Body::MemberRemove(body) => Some((event.id(), body.organisation, false)),
            Body::ConsentWithdraw(body) => Some((event.id(), body.statement.body().organisation, false)),
            _ => None,
        })
        .collect()
}

/// The rule, read literally: put out for good unless an add has the removal in its past.
fn expected(events: &[AuthenticEvent], folded: &LogFold) -> (BTreeSet<OrganisationId>, BTreeSet<EventId>) {
    let pasts = pasts(events);
    let changes = changes(events, folded);
    let undone = |removal: &EventId, of: &OrganisationId| {
        changes.iter().any(|(add, whom, adds)| *adds && whom == of && pasts[add].contains(removal))
    };
    let standing = || changes.iter().filter(|(id, of, adds)| !adds && !undone(id, of));
    let mut members: BTreeSet<OrganisationId> =
        changes.iter().filter(|(.., adds)| *adds).map(|(_, of, _)| *of).collect();
    for (_, of, _) in standing() {
        members.remove(of);
    }
    members.insert(organisation(OWNER));
    (members, standing().map(|(id, ..)| *id).collect())
}

/// Whether a guest may have written this: let in before, and every removal saw it or was undone before it.
fn was_member(scene: &Scene, folded: &LogFold, event: &AuthenticEvent) -> bool {
    let pasts = pasts(&scene.events);
    let id = event.id();
    let of = event.event().roster.organisation();
    let changes: Vec<_> =
        changes(&scene.events, folded).into_iter().filter(|(_, whom, _)| *whom == of).collect();
    let adds = || changes.iter().filter(|(.., adds)| *adds).filter(|(add, ..)| pasts[&id].contains(add));
    adds().next().is_some()
        && changes.iter().filter(|(.., adds)| !adds).all(|(removal, ..)| {
            pasts[removal].contains(&id) || adds().any(|(add, ..)| pasts[add].contains(removal))
        })
}

fn check(scene: &Scene, orders: &[u64], cuts: &[prop::sample::Index]) -> Result<(), TestCaseError> {
    let folded = scene.fold();
    let shuffled = |seed: u64| {
        let mut events = scene.events.clone();
        events.sort_by_key(|event| amana_domain::ids::sha256(&[&seed.to_be_bytes(), event.id().as_bytes()]));
        events
    };
    for seed in orders {
        let events = shuffled(*seed);
        prop_assert_eq!(&fold(scene.log, &events, &scene.book).unwrap(), &folded);
        // Some of it first, the rest later; the first event is always there, without it there is no log.
        for cut in cuts {
            let (early, late) = events.split_at(cut.index(events.len() + 1));
            let mut held: Vec<AuthenticEvent> = vec![scene.events[0].clone()];
            held.extend_from_slice(early);
            let partial = fold(scene.log, &held, &scene.book).unwrap();
            // What is known of a replica that lacks something is no more than the same rule on what it holds.
            let placed: Vec<AuthenticEvent> =
                held.iter().filter(|event| partial.order.contains(&event.id())).cloned().collect();
            prop_assert_eq!(&partial.members, &expected(&placed, &partial).0);
            held.extend_from_slice(late);
            prop_assert_eq!(&fold(scene.log, &held, &scene.book).unwrap(), &folded);
        }
    }
    let (members, removals) = expected(&scene.events, &folded);
    prop_assert_eq!(&folded.members, &members);
    prop_assert_eq!(folded.removals.iter().copied().collect::<BTreeSet<_>>(), removals);
    for event in &scene.events {
        let guest = GUESTS.iter().any(|n| event.event().roster.organisation() == organisation(*n));
        if guest && event.event().author != migrant().key && matches!(event.body(), Body::Message(_)) {
            let verdict = match was_member(scene, &folded, event) {
                true => Verdict::Applied,
                false => Verdict::Refused(Reason::NotMember),
            };
            prop_assert_eq!(folded.verdicts[&event.id()], verdict);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn removals_and_re_adds_beside_each_other_have_one_outcome(
        ops in prop::collection::vec(op(), 1..50),
        orders in prop::collection::vec(any::<u64>(), 3),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        check(&run(&ops), &orders, &cuts)?;
    }
}

/// Two let the same guest in again, a third puts her out beside them; then somebody has seen all of it.
#[test]
fn a_removal_holds_against_every_add_beside_it_and_yields_to_one_after_it() {
    for remover in [migrant(), caseworker()] {
        let mut scene = Scene::open(LogKind::Talk, migrant(), None);
        let given = |scene: &Scene| Some(consent(scene, OTHER, &[LogKind::Talk], 1));
        let statement = given(&scene);
        let first = scene.write(caseworker(), &[scene.genesis], add(OTHER, statement.clone()));
        let out = scene.write(remover, &[first], remove(OTHER));
        let again = scene.write_with(colleague(), &[first], add(OTHER, statement.clone()), |draft| {
            draft.claimed_ms += 100_000;
        });
        let other = scene.write(supervisor(), &[first], add(OTHER, statement.clone()));
        assert_eq!(scene.fold().members, [organisation(OWNER)].into());
        assert_eq!(scene.fold().removals, [out]);
        scene.write(admin(), &[again, other, out], add(OTHER, statement));
        assert_eq!(scene.fold().members, [organisation(OWNER), organisation(OTHER)].into());
        assert_eq!(scene.fold().removals, []);
    }
}
