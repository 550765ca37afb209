//! One set of events, one state: whatever the order, the repetitions, the delays and the partitions; and the verdicts
//! are those of the rules read literally, by brute force.

use std::collections::{BTreeMap, BTreeSet};

use amana_domain::{
    event::{
        Adopt, Assign, AuthenticEvent, Body, ConsentGrant, EmergencyStatus, EventKind, Facts, Remark, Text,
    },
    fold::{LogFold, Reason, RosterBook, Verdict, fold},
    ids::{EventId, OrganisationId},
    lifecycle::{case::CaseStatus, emergency::EmergencyState},
    priority::{Priority, PriorityFloor},
    role::{LogKind, Role},
};
use ciborium::Value;
use proptest::prelude::*;

use crate::{members::empty_receipt, world::*};

const REPLICAS: usize = 4;

/// What happens next, somewhere.
#[derive(Clone, Debug)]
enum Op {
    /// An author writes on one replica; the last three bend clock, heads and chain.
    Write {
        replica: usize,
        author: usize,
        what: usize,
        claimed: u64,
        blind: bool,
        fork: bool,
        old_roster: bool,
    },
    /// One replica gets some of what another has.
    Exchange { from: usize, to: usize, keep: u64 },
    /// An organisation publishes its next roster.
    Roster { number: u8, without: usize },
}

fn op() -> impl Strategy<Value = Op> {
    let write = (
        0..REPLICAS,
        0..AUTHORS.len(),
        0..60usize,
        prop_oneof![3 => 2_000..3_000u64, 1 => 0..10u64],
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(replica, author, what, claimed, blind, fork, old_roster)| Op::Write {
            replica,
            author,
            what,
            claimed,
            blind,
            fork,
            old_roster,
        });
    let exchange =
        (0..REPLICAS, 0..REPLICAS, any::<u64>()).prop_map(|(from, to, keep)| Op::Exchange { from, to, keep });
    let roster = (prop_oneof![Just(OWNER), Just(OTHER)], 0..8usize)
        .prop_map(|(number, without)| Op::Roster { number, without });
    prop_oneof![12 => write, 5 => exchange, 1 => roster]
}

const AUTHORS: [fn() -> Actor; 8] =
    [migrant, migrant, caseworker, colleague, supervisor, admin, guest, guest_supervisor];

fn unknown(kind: &str) -> Body {
    Body::Opaque(EventKind::Unknown(kind.into()), Value::Map(vec![]))
}

fn body(scene: &Scene, what: usize, kind: LogKind) -> Body {
    let logs = [LogKind::Talk, LogKind::Core];
    let language =
        |text: &str| Body::FactsSet(Facts { language: Some(text.parse().unwrap()), ..Facts::default() });
    match (what, kind) {
        (0..4, _) => add(OTHER, Some(consent(scene, OTHER, &logs, what as u8))),
        (4, _) => add(OTHER, None),
        (5..8, _) => remove(OTHER),
        (8, _) => withdraw(scene, OTHER, None),
        (9, _) => withdraw(scene, OTHER, Some(consent(scene, OTHER, &logs, 1).hash())),
        (10, _) => unknown("newer.kind"),
        (11, _) => Body::Adopt(Adopt { events: scene.events.iter().map(AuthenticEvent::id).collect() }),
        (_, LogKind::Talk) => say("word"),
        (_, LogKind::Work) => Body::Note(Text { text: "note".into() }),
        (12..17, _) => Body::Assign(Assign { device: Some(caseworker().device()) }),
        (17..20, _) => status(CaseStatus::ActionPlan),
        (20..23, _) => status(CaseStatus::Resolved),
        (23..27, _) => status(CaseStatus::Closed),
        (27, _) => status(CaseStatus::Waiting),
        (28, _) => status(CaseStatus::Triaged),
        (29..32, _) => Body::CaseReopen(Remark { note: None }),
        (32, _) => Body::CaseWithdraw(Remark { note: None }),
        (33..36, _) => language("bn"),
        (36..39, _) => language("hi"),
        (39, _) => Body::PriorityFloor(PriorityFloor { priority: Priority::P1, rule: "r".into() }),
        (40, _) => Body::PriorityFloor(PriorityFloor { priority: Priority::P3, rule: "r".into() }),
        (41..43, _) => Body::EmergencyStatus(EmergencyStatus { to: EmergencyState::Raised, reason: None }),
        (43..45, _) => {
            Body::EmergencyStatus(EmergencyStatus { to: EmergencyState::Acknowledged, reason: None })
        }
        (45, _) => Body::EmergencyStatus(EmergencyStatus { to: EmergencyState::FalseAlarm, reason: None }),
        (46..49, _) => {
            let statement = consent(scene, OTHER, &[LogKind::Talk], what as u8);
            Body::ConsentGrant(ConsentGrant { statement })
        }
        _ => Body::Receipt(empty_receipt()),
    }
}

/// Everything that came of a schedule.
struct Outcome {
    scene: Scene,
    /// Events of authors who followed the rules, counting on their own replica when written.
    honest: BTreeSet<EventId>,
}

fn run(kind: LogKind, ops: &[Op]) -> Outcome {
    let mut scene = match kind {
        LogKind::Work => Scene::open(kind, caseworker(), Some(OWNER)),
        _ => Scene::open(kind, migrant(), None),
    };
    let genesis = scene.events[0].clone();
    let mut replicas: Vec<BTreeMap<EventId, AuthenticEvent>> =
        vec![BTreeMap::from([(genesis.id(), genesis.clone())]); REPLICAS];
    let mut honest = BTreeSet::new();
    for op in ops {
        match op {
            Op::Exchange { from, to, keep } => {
                let some: Vec<_> = replicas[*from]
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| keep.rotate_right(*n as u32) & 3 != 0)
                    .map(|(_, (id, event))| (*id, event.clone()))
                    .collect();
                replicas[*to].extend(some);
            }
            Op::Roster { number, without } => {
                let devices: Vec<(Actor, Role)> = if *number == OWNER {
                    vec![
                        (caseworker(), Role::Caseworker),
                        (colleague(), Role::Officer),
                        (supervisor(), Role::Supervisor),
                        (admin(), Role::Admin),
                    ]
                } else {
                    vec![(guest(), Role::Caseworker), (guest_supervisor(), Role::Supervisor)]
                };
                let kept: Vec<_> = devices
                    .into_iter()
                    .enumerate()
                    .filter(|(n, _)| n != without)
                    .map(|(_, device)| device)
                    .collect();
                scene.roster(*number, &kept);
            }
            Op::Write { replica, author, what, claimed, blind, fork, old_roster } => {
                let by = AUTHORS[*author]();
                let content = body(&scene, *what, kind);
                let local = &replicas[*replica];
                let view = fold(scene.log, local.values(), &scene.book).unwrap();
                let heads = if *blind { vec![genesis.id()] } else { view.heads_to_name() };
                // The last of one's own events here; the same key on two replicas forks by itself.
                let mine = local
                    .values()
                    .filter(|event| event.event().author == by.key && view.order.contains(&event.id()))
                    .max_by_key(|event| (event.event().seq, event.id()));
                let mine = mine.filter(|_| !*fork);
                let mut draft = scene.draft(by, &heads, content);
                draft.seq = mine.map_or(0, |event| event.event().seq + 1);
                draft.prev = mine.map(AuthenticEvent::id);
                draft.claimed_ms = *claimed;
                let number = if by.organisation == Some(organisation(OTHER)) { OTHER } else { OWNER };
                if *old_roster {
                    draft.roster = roster_at(&scene.book, number, 1);
                }
                let event = signed(draft);
                let id = event.id();
                replicas[*replica].insert(id, event.clone());
                if !scene.events.iter().any(|known| known.id() == id) {
                    scene.push(event);
                }
                let after = fold(scene.log, replicas[*replica].values(), &scene.book).unwrap();
                if after.applied(&id) {
                    honest.insert(id);
                }
            }
        }
    }
    Outcome { scene, honest }
}

/// The rules of membership and device cuts, read literally over explicit pasts.
fn expected_cuts(scene: &Scene, kind: LogKind, folded: &LogFold) -> BTreeMap<EventId, Reason> {
    let pasts = pasts(&scene.events);
    let before = |a: &EventId, b: &EventId| pasts[b].contains(a);
    let owner = organisation(OWNER);
    // Who would count but for cuts and removals: what the fold refuses for other reasons is taken as given.
    let stale = |id: &EventId| {
        let event = scene.events.iter().find(|event| event.id() == *id).unwrap();
        matches!(event.body(), Body::MemberAdd(add) if add.statement.is_some())
    };
    let stands = |id: &EventId| match folded.verdicts[id] {
        Verdict::Applied | Verdict::Unknown => true,
        Verdict::Refused(Reason::DeviceRemoved | Reason::NotAllowed) => true,
        Verdict::Refused(Reason::NotMember) => kind != LogKind::Work,
        Verdict::Refused(Reason::NoConsent) => stale(id),
        Verdict::Refused(_) | Verdict::Pending => false,
    };
    let mut cut = BTreeMap::new();
    let pass = |organisation: OrganisationId, cut: &mut BTreeMap<EventId, Reason>| {
        let mut events: Vec<&AuthenticEvent> = scene
            .events
            .iter()
            .filter(|event| event.event().roster.organisation() == organisation && stands(&event.id()))
            .filter(|event| !cut.contains_key(&event.id()))
            .collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.event().roster.number()));
        for event in &events {
            let header = event.event();
            let k = header.roster.number();
            let witnessed = events.iter().any(|other| {
                let j = other.event().roster.number();
                j > k
                    && !cut.contains_key(&other.id())
                    && !before(&event.id(), &other.id())
                    && (k + 1..=j).any(|n| {
                        !scene.book.get(organisation, n).unwrap().devices.contains_key(&header.device())
                    })
            });
            if header.author != scene.root.sign && witnessed {
                cut.insert(event.id(), Reason::DeviceRemoved);
            }
        }
    };
    pass(owner, &mut cut);
    if kind != LogKind::Work {
        let guest = organisation(OTHER);
        let changes: Vec<(EventId, bool)> = scene
            .events
            .iter()
            .filter(|event| stands(&event.id()) && !cut.contains_key(&event.id()))
            .filter(|event| folded.verdicts[&event.id()] != Verdict::Refused(Reason::NoConsent))
            .filter_map(|event| match event.body() {
                Body::MemberAdd(_) => Some((event.id(), true)),
                Body::MemberRemove(_) | Body::ConsentWithdraw(_) => Some((event.id(), false)),
                _ => None,
            })
            .collect();
        let adds = || changes.iter().filter(|(_, adds)| *adds).map(|(id, _)| *id);
        for event in &scene.events {
            let id = event.id();
            if event.event().roster.organisation() != guest
                || event.event().author == scene.root.sign
                || !stands(&id)
            {
                continue;
            }
            let joined = adds().any(|add| before(&add, &id));
            let holds = changes.iter().filter(|(_, adds)| !adds).all(|(removal, _)| {
                before(&id, removal) || adds().any(|add| before(&add, &id) && before(removal, &add))
            });
            if !joined || !holds {
                cut.insert(id, Reason::NotMember);
            }
        }
        pass(guest, &mut cut);
    }
    cut
}

/// What the fold says of cuts and removals. (Outsiders of a work log are no members by form: its own test.)
fn actual_cuts(folded: &LogFold) -> BTreeMap<EventId, Reason> {
    folded
        .refused()
        .filter(|(_, reason)| {
            *reason == Reason::DeviceRemoved || (*reason == Reason::NotMember && folded.kind != LogKind::Work)
        })
        .collect()
}

fn shuffled(events: &[AuthenticEvent], seed: u64) -> Vec<AuthenticEvent> {
    let mut keyed: Vec<_> = events
        .iter()
        .map(|event| {
            (amana_domain::ids::sha256(&[&seed.to_be_bytes(), event.id().as_bytes()]), event.clone())
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, event)| event).collect()
}

fn check(kind: LogKind, ops: &[Op], seed: u64) -> Result<(), TestCaseError> {
    let Outcome { scene, honest } = run(kind, ops);
    let folded = scene.fold();

    // Any permutation, with repetitions.
    for round in 0..3 {
        let mut events = shuffled(&scene.events, seed.wrapping_add(round));
        let again: Vec<_> = events.iter().take(events.len() / 2).cloned().collect();
        events.extend(again);
        prop_assert_eq!(&fold(scene.log, &events, &scene.book).unwrap(), &folded);
    }
    // Delays: every subset folds; with the rest it is the one state again. What is placed in a subset is placed in
    // the same relative order in the whole.
    let order = shuffled(&scene.events, seed);
    let mut held: Vec<AuthenticEvent> = vec![scene.events[0].clone()];
    for event in &order {
        held.push(event.clone());
        let partial = fold(scene.log, &held, &scene.book).unwrap();
        let placed: BTreeSet<EventId> = partial.order.iter().copied().collect();
        let expected: Vec<EventId> = folded.order.iter().copied().filter(|id| placed.contains(id)).collect();
        prop_assert_eq!(&partial.order, &expected);
        for (id, verdict) in &partial.verdicts {
            prop_assert_eq!(*verdict == Verdict::Pending, !placed.contains(id));
            // Form depends on an event's own past alone.
            if *verdict == Verdict::Refused(Reason::BadChain) {
                prop_assert_eq!(folded.verdicts[id], *verdict);
            }
        }
    }
    prop_assert_eq!(&fold(scene.log, &held, &scene.book).unwrap(), &folded);
    // Rosters that come later: first all pending but what needs none, then the same state.
    let mut book = RosterBook::default();
    let bare = fold(scene.log, &scene.events, &book);
    prop_assert!(bare.is_err());
    for number in [OWNER, OTHER, THIRD] {
        for n in 1.. {
            let Some(facts) = scene.book.get(organisation(number), n) else { break };
            book.insert(organisation(number), n, facts.clone());
        }
    }
    prop_assert_eq!(&fold(scene.log, &scene.events, &book).unwrap(), &folded);

    // The rules, read literally. A note adopted by a supervisor counts although its device was cut.
    let mut expected = expected_cuts(&scene, kind, &folded);
    let adopted: BTreeSet<EventId> = scene
        .events
        .iter()
        .filter(|event| folded.applied(&event.id()) && !expected.contains_key(&event.id()))
        .filter_map(|event| match event.body() {
            Body::Adopt(adopt) => Some(adopt.events.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    expected.retain(|id, reason| {
        let note =
            scene.events.iter().any(|event| event.id() == *id && event.event().kind == EventKind::Note);
        !(note && *reason == Reason::DeviceRemoved && adopted.contains(id))
    });
    prop_assert_eq!(actual_cuts(&folded), expected);

    // What counted where it was written counts everywhere, unless somebody was cut off or put out meanwhile (it may
    // have built on something of theirs), or a consent turned out to be an old one.
    let lost = |reason| matches!(reason, Reason::DeviceRemoved | Reason::NotMember | Reason::NoConsent);
    let somebody_lost = folded.refused().any(|(_, reason)| lost(reason));
    for id in &honest {
        if let Verdict::Refused(reason) = folded.verdicts[id] {
            prop_assert!(somebody_lost && (lost(reason) || reason == Reason::NotAllowed), "{:?}", reason);
        }
    }
    // Heads: what counts and nothing that counts has in its past.
    let pasts = pasts(&scene.events);
    let counts: Vec<EventId> = folded
        .verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Applied | Verdict::Unknown))
        .map(|(id, _)| *id)
        .collect();
    let heads: Vec<EventId> =
        counts.iter().copied().filter(|id| !counts.iter().any(|other| pasts[other].contains(id))).collect();
    prop_assert_eq!(&folded.heads, &heads);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn core_logs_converge(ops in prop::collection::vec(op(), 1..50), seed in any::<u64>()) {
        check(LogKind::Core, &ops, seed)?;
    }

    #[test]
    fn talk_logs_converge(ops in prop::collection::vec(op(), 1..60), seed in any::<u64>()) {
        check(LogKind::Talk, &ops, seed)?;
    }

    #[test]
    fn work_logs_converge(ops in prop::collection::vec(op(), 1..60), seed in any::<u64>()) {
        check(LogKind::Work, &ops, seed)?;
    }
}
