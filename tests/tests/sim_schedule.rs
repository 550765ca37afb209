//! Random schedules of three organisations, six desks and ten phones. `AMANA_SIM_OPS` says how many operations,
//! `AMANA_SIM_SEED` which schedule.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may panic, and say what differs before they do"
)]

use std::collections::{BTreeMap, BTreeSet};

use amana_client::CaseView;
use amana_domain::{
    ids::{CaseId, EventId, OrganisationId},
    role::{Clearance, LogKind},
};
use amana_tests::sim::{
    Reader, RelayStore, held,
    schedule::{Schedule, Written, identity},
    simulate,
};

/// Operations of each schedule, and which schedules, in each run of CI.
const OPERATIONS: u64 = 400;
const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// A view without what only this device knows: how far its own words have come, and what was looked at here.
fn plain(view: &CaseView) -> serde_json::Value {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                map.remove("delivery");
                map.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(view).unwrap();
    strip(&mut value);
    value
}

fn difference(a: &serde_json::Value, b: &serde_json::Value) -> Vec<String> {
    let (a, b) = (a.as_object().unwrap(), b.as_object().unwrap());
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let differs = keys.into_iter().filter(|key| a.get(*key) != b.get(*key));
    let short = |value: Option<&serde_json::Value>| {
        let text = value.map(ToString::to_string).unwrap_or_default();
        format!("{} bytes, {}", text.len(), text.chars().take(300).collect::<String>())
    };
    differs.map(|key| format!("{key}: {} | {}", short(a.get(key)), short(b.get(key)))).collect()
}

/// All desks of one organisation that read the same logs of a case see the same.
fn check_views(run: &mut Schedule) -> usize {
    let mut compared = 0;
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<(CaseId, OrganisationId, Vec<LogKind>), (String, serde_json::Value)> =
        BTreeMap::new();
    for desk in &mut run.desks {
        let Some((organisation, device, _)) = identity(desk) else { continue };
        for row in desk.client().queue(true).unwrap() {
            let view = desk.client().show(row.case).unwrap();
            // Who stands aside is cut off from what came later, and who was let in and left from the rest: how much of
            // it a desk had read by then is its own.
            if view.recused.contains(&device) || view.owner != organisation {
                continue;
            }
            let plain = plain(&view);
            let key = (row.case, organisation, view.readable_logs.clone());
            match seen.get(&key) {
                Some((name, other)) => {
                    if difference(other, &plain).is_empty() {
                        compared += 1;
                    } else {
                        wrong.push((row.case, name.clone(), desk.name.clone(), difference(other, &plain)));
                    }
                }
                None => {
                    seen.insert(key, (desk.name.clone(), plain));
                }
            }
        }
    }
    // And she sees the same words as the desks.
    for phone in &mut run.phones {
        for row in phone.client().queue(true).unwrap() {
            let words = |view: &serde_json::Value| -> Vec<serde_json::Value> {
                let lists =
                    [&view["messages"], &view["additions"]].map(|list| list.as_array().unwrap().clone());
                lists.concat().iter().map(|entry| entry["id"].clone()).collect()
            };
            let hers = words(&plain(&row));
            let desks = seen.iter().filter(|((case, ..), _)| *case == row.case);
            for (_, (name, view)) in desks {
                if words(view) == hers {
                    compared += 1;
                } else {
                    wrong.push((row.case, phone.name.clone(), name.clone(), vec!["words".into()]));
                }
            }
        }
    }
    for (case, one, other, differences) in &wrong {
        eprintln!("{one} and {other} differ about {case}: {}", differences.join("\n    "));
        for device in run.devices().filter(|device| device.name == *one || device.name == *other) {
            eprintln!("{}", device.describe(*case));
        }
    }
    assert!(wrong.is_empty(), "{} views differ, {compared} agree", wrong.len());
    compared
}

/// Everything acknowledged is still with its author, and with everybody in the owner's team who may read it.
fn check_nothing_lost(run: &mut Schedule) {
    let mut holders: BTreeMap<String, BTreeSet<EventId>> = BTreeMap::new();
    for device in run.devices() {
        let held = held(device);
        holders.insert(device.name.clone(), held);
    }
    // Desks by what they are, and the cases in which they stand aside.
    let mut desks = Vec::new();
    for desk in &mut run.desks {
        let Some((organisation, device, clearances)) = identity(desk) else { continue };
        if desk.client().role().is_some() {
            let rows = desk.client().queue(true).unwrap();
            let aside: BTreeSet<CaseId> =
                rows.iter().filter(|view| view.recused.contains(&device)).map(|view| view.case).collect();
            desks.push((desk.name.clone(), organisation, clearances, aside));
        }
    }
    for (at, written) in run.written.iter().enumerate() {
        let (owner, phone) = run.cases[&written.case];
        let anybody = holders.values().any(|held| held.contains(&written.event));
        assert!(anybody, "lost altogether: {written:?}");
        if written.by.is_none() {
            let name = &run.phones[phone].name;
            assert!(holders[name].contains(&written.event), "her phone lost {written:?}");
        }
        // What she or her organisation wrote came to every desk that may read it. A desk that was removed before it
        // could send keeps its words to itself.
        let sent = written.by.is_none() || (written.by == Some(owner) && run.gone.is_empty());
        for (name, organisation, clearances, aside) in &desks {
            let clearance = written.kind.clearance();
            let may =
                *organisation == owner && clearances.contains(&clearance) && !aside.contains(&written.case);
            if may && sent {
                assert!(holders[name].contains(&written.event), "{name} lacks {at}: {written:?}");
            }
        }
    }
}

/// Why a device may decrypt an event, or not: by hand from the design.
struct Judge<'a> {
    run: &'a Schedule,
    /// Events that a desk of the owner says to be readable by somebody who is out.
    exposed: BTreeSet<(EventId, OrganisationId)>,
}

impl Judge<'_> {
    /// Whether an organisation was ever in this log.
    fn ever(&self, organisation: OrganisationId, written: &Written) -> bool {
        let (owner, _) = self.run.cases[&written.case];
        if written.kind == LogKind::Work {
            return written.by == Some(organisation);
        }
        let granted = self.run.granted.get(&(written.case, organisation));
        organisation == owner
            || granted.is_some_and(|granted| {
                written.kind == LogKind::Referral
                    || granted.iter().any(|(_, logs)| logs.contains(&written.kind))
            })
    }

    /// Whether it was let in again by a consent that the author did not know: who is let in reads all of a log.
    fn granted_since(&self, organisation: OrganisationId, written: &Written) -> bool {
        let known = written.out.get(&organisation).copied().unwrap_or_default();
        let granted = self.run.granted.get(&(written.case, organisation));
        granted
            .is_some_and(|granted| granted.iter().skip(known).any(|(_, logs)| logs.contains(&written.kind)))
    }
}

fn check_secrets(run: &mut Schedule) -> usize {
    let store = RelayStore::open(run.world.folder());
    let mut exposed = BTreeSet::new();
    for desk in &mut run.desks {
        for row in desk.client().queue(true).unwrap() {
            let view = desk.client().show(row.case).unwrap();
            exposed.extend(view.exposed.iter().map(|one| (one.event, one.organisation)));
        }
    }
    let readers: Vec<_> = run
        .devices()
        .map(|device| (device.name.clone(), identity(device), Reader::labelled(device, &store)))
        .collect();
    let phones: Vec<String> = run.phones.iter().map(|phone| phone.name.clone()).collect();
    let judge = Judge { run, exposed };
    let mut decrypted = 0;
    for (name, identity, reader) in &readers {
        for written in run.written.iter().filter(|written| reader.opens(written.event)) {
            decrypted += 1;
            let (owner, phone) = run.cases[&written.case];
            let Some((organisation, device, clearances)) = identity else {
                let own = *name == phones[phone] && written.kind != LogKind::Work;
                assert!(own, "{name} decrypts {written:?}");
                continue;
            };
            assert!(judge.ever(*organisation, written), "{name} decrypts {written:?}");
            let clearance: Clearance = written.kind.clearance();
            assert!(clearances.contains(&clearance), "{name} has no {clearance} and decrypts {written:?}");
            // What its author, who could make new keys, knew: nobody who was out by then reads it.
            let flagged = judge.exposed.contains(&(written.event, *organisation));
            let alone = written.by.is_none() && !written.aside.is_empty();
            let guest = written.by.is_some_and(|by| by != owner);
            if flagged || alone || guest {
                continue;
            }
            let left = run.left.iter().find(|left| left.device == *device);
            let knew = left.is_some_and(|left| written.rosters[organisation] >= left.roster);
            assert!(!knew, "{name} had left, its author knew, and decrypts {written:?}");
            let out = written.out.contains_key(organisation) && !judge.granted_since(*organisation, written);
            let shared = !matches!(written.kind, LogKind::Work | LogKind::Referral);
            assert!(!(out && shared && *organisation != owner), "{name} was out and decrypts {written:?}");
            let aside = written.aside.contains(device) && *organisation == owner;
            assert!(!aside, "{name} stood aside and decrypts {written:?}");
        }
    }
    decrypted
}

async fn run(seed: u64, operations: u64) -> Schedule {
    let mut run = Schedule::new(seed).await;
    while run.operations < operations {
        run.step().await;
    }
    run.heal().await;
    run
}

fn check(seed: u64, operations: u64) {
    simulate(async {
        let mut run = run(seed, operations).await;
        eprintln!("seed {seed}: {:?}", run.done);
        for device in run.devices() {
            assert_eq!(device.client().verify().unwrap().problems, [], "{}", device.name);
        }
        let compared = check_views(&mut run);
        check_nothing_lost(&mut run);
        let decrypted = check_secrets(&mut run);
        eprintln!("{} events, {compared} views compared, {decrypted} decryptions", run.written.len());
        assert!(compared > 0 && decrypted > run.written.len());
    });
}

#[test]
fn everybody_agrees_nothing_is_lost_and_nobody_reads_what_is_not_theirs() {
    let operations = number("AMANA_SIM_OPS").unwrap_or(OPERATIONS);
    match number("AMANA_SIM_SEED") {
        Some(seed) => check(seed, operations),
        None => SEEDS.for_each(|seed| check(seed, operations)),
    }
}

#[test]
fn a_schedule_replays_exactly() {
    let once = simulate(run(5, 60));
    let again = simulate(run(5, 60));
    assert_eq!(once.world.net.trace(), again.world.net.trace());
    assert_eq!(once.done, again.done);
    assert_ne!(once.world.net.trace(), simulate(run(6, 60)).world.net.trace());
}
