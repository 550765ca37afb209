//! SIGKILL at any moment: nothing acknowledged is lost, nothing is there twice, every vault verifies.
//!
//! `AMANA_KILL_ROUNDS` sets how often (default 12), `AMANA_SEED` replays a run's choices.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
    time::Duration,
};

use amana_tests::harness::{Process, Random, Team, Vault, World, texts};
use serde_json::Value;

const PHONES: usize = 20;
/// The relay is killed so often while all of them push once.
const KILLS_PER_WAVE: u64 = 4;
/// How many phones work at once: the machine's cores are few, the relay's clients are not.
const AT_ONCE: usize = 8;

/// Lets that much time pass before a kill; the one thing that a test about moments cannot do without.
#[allow(
    clippy::disallowed_methods,
    reason = "the moment of a kill is what is tested; nothing waits for readiness"
)]
fn pass(time: Duration) {
    std::thread::sleep(time);
}

/// What is at a desk: how often each text of each case.
fn at_desk(desk: &Vault) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for case in desk.cases() {
        for text in texts(&case) {
            *found.entry(text).or_default() += 1;
        }
    }
    found
}

/// Texts that a phone shows as proven to be at the relay or further.
fn acknowledged(case: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if case["delivery"] != "on-phone" {
        found.extend(case["text"].as_str().map(str::to_owned));
    }
    for message in case["messages"].as_array().unwrap() {
        if message["delivery"] != "on-phone" {
            found.insert(message["text"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// Runs `work` for every phone, several at once.
fn all<T: Send>(phones: &[Vault], work: impl Fn(usize, &Vault) -> T + Sync) -> Vec<T> {
    let next = Mutex::new(0..phones.len());
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(at) = next.lock().unwrap().next() else { break };
                    let result = work(at, &phones[at]);
                    results.lock().unwrap().push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn a_killed_relay_loses_and_doubles_nothing() {
    let kills = Random::rounds("AMANA_KILL_ROUNDS", 12);
    let mut random = Random::from_env(1);
    let world = World::new();
    let mut team = Team::start(&world);
    let names: Vec<String> = (0..PHONES).map(|n| format!("phone{n}")).collect();
    let phones: Vec<Vault> = names.iter().map(|name| Vault::phone(&world, name)).collect();
    let cases = all(&phones, |at, phone| {
        phone.ok(&["join", &team.link]);
        phone.file(&team.organisation, &format!("opening {at}")).case
    });
    let mut written: BTreeSet<String> = (0..PHONES).map(|at| format!("opening {at}")).collect();
    let mut cut_off = 0;
    let waves = kills.div_ceil(KILLS_PER_WAVE);
    for wave in 0..waves {
        // Each kill falls a random while after a random one of the syncs began.
        let mut triggers: Vec<u64> = (0..KILLS_PER_WAVE).map(|_| random.below(PHONES as u64)).collect();
        triggers.sort_unstable();
        let delays: Vec<Duration> =
            triggers.iter().map(|_| Duration::from_micros(random.below(300_000))).collect();
        let (begun, kill_now) = channel();
        let begun: Mutex<Sender<()>> = Mutex::new(begun);
        let relay = &mut team.relay;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut seen = 0;
                for (trigger, delay) in triggers.into_iter().zip(delays) {
                    while seen <= trigger && kill_now.recv().is_ok() {
                        seen += 1;
                    }
                    pass(delay);
                    relay.kill();
                    relay.restart();
                }
            });
            let outs = all(&phones, |at, phone| {
                phone.ok(&["say", &cases[at], "--text", &format!("wave {wave} of {at}")]);
                let _ = begun.lock().unwrap().send(());
                phone.run(&["sync"])
            });
            for out in outs {
                if out.status == Some(0) {
                    assert_eq!(out.ok()["warnings"], Value::Array(vec![]), "{out}");
                } else {
                    out.fails("relay_unreachable");
                    cut_off += 1;
                }
            }
            drop(begun);
        });
        written.extend((0..PHONES).map(|at| format!("wave {wave} of {at}")));
    }
    println!("{} kills, {cut_off} of {} syncs were cut off", waves * KILLS_PER_WAVE, waves * PHONES as u64);

    // What a phone calls sent is at the relay: a desk finds all of it while every phone is silent.
    let proven: BTreeSet<String> =
        all(&phones, |at, phone| acknowledged(&phone.show(&cases[at]))).into_iter().flatten().collect();
    assert!(proven.len() >= PHONES, "{}", proven.len());
    assert_eq!(team.desk.sync(), Vec::<String>::new());
    let found = at_desk(&team.desk);
    let lost: Vec<&String> = proven.iter().filter(|text| !found.contains_key(*text)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");

    all(&phones, |_, phone| assert_eq!(phone.sync(), Vec::<String>::new()));
    team.desk.sync();
    let found = at_desk(&team.desk);
    let once: BTreeMap<String, usize> = written.into_iter().map(|text| (text, 1)).collect();
    assert_eq!(found, once, "everything once");
    all(&phones, |at, phone| {
        assert!(phone.verify() > waves);
        let shown = phone.show(&cases[at]);
        assert_eq!(shown["refused"], Value::Array(vec![]));
    });
    team.desk.verify();
}

/// Kills a process after a while that is short compared with what it does.
fn kill_midway(process: Process, random: &mut Random, longest_ms: u64) -> amana_tests::harness::Out {
    pass(Duration::from_micros(random.below(longest_ms * 1000)));
    process.kill()
}

/// About how long one run of a verb takes here, ms; so that kills fall into all of it on every machine.
fn duration_of(run: impl FnOnce()) -> u64 {
    let started = std::time::Instant::now();
    run();
    u64::try_from(started.elapsed().as_millis()).unwrap().clamp(50, 5000)
}

#[test]
fn a_phone_killed_while_it_files_keeps_a_case_whole_or_not_at_all() {
    let rounds = Random::rounds("AMANA_KILL_ROUNDS", 12);
    let mut random = Random::from_env(2);
    let world = World::new();
    let team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let mut kept = BTreeSet::from(["first".to_owned()]);
    let longest = duration_of(|| drop(phone.file(&team.organisation, "first")));
    let mut maybe = BTreeSet::new();
    for round in 0..rounds {
        let text = format!("filed in round {round}");
        let args =
            ["file", "--to", &team.organisation, "--language", "en", "--text", &text, "--name", "Sita"];
        let out = kill_midway(phone.start(&args), &mut random, longest + longest / 4);
        // A case that was answered for is there; of the others each is there whole or not at all.
        if !out.stdout.is_empty() {
            kept.insert(text.clone());
        }
        maybe.insert(text);
    }
    phone.verify();
    let found: Vec<String> =
        phone.cases().iter().map(|case| case["text"].as_str().expect("a text").to_owned()).collect();
    let unique: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(found.len(), unique.len(), "none twice");
    assert!(kept.is_subset(&unique), "{kept:?} {unique:?}");
    assert!(unique.iter().all(|text| kept.contains(text) || maybe.contains(text)));
    println!("{rounds} kills, {} of {} cases were kept", unique.len() - 1, maybe.len());

    // Syncs are killed next, on both sides; then everything is where it belongs.
    let longest = duration_of(|| drop(team.desk.sync()));
    for round in 0..rounds {
        if round % 3 == 0 {
            phone.ok(&[
                "say",
                phone.cases()[0]["case"].as_str().unwrap(),
                "--text",
                &format!("said in round {round}"),
            ]);
        }
        let vault = if round % 2 == 0 { &phone } else { &team.desk };
        kill_midway(vault.start(&["sync"]), &mut random, longest + longest / 4);
    }
    phone.sync();
    team.desk.sync();
    phone.sync();
    phone.verify();
    team.desk.verify();
    let at_phone: BTreeMap<String, usize> = at_desk(&phone);
    assert_eq!(at_desk(&team.desk), at_phone);
    assert!(at_phone.values().all(|times| *times == 1), "{at_phone:?}");
    for case in phone.cases() {
        assert_eq!(case["delivery"], "received", "{case}");
    }
}

#[test]
fn a_join_killed_midway_leaves_no_vault_or_a_whole_one() {
    let rounds = Random::rounds("AMANA_KILL_ROUNDS", 12).min(50);
    let mut random = Random::from_env(3);
    let world = World::new();
    let link = amana_tests::harness::Deploy::init(&world, "deploy", "http://127.0.0.1:9").link();
    let longest = duration_of(|| drop(Vault::joined_phone(&world, "first", &link)));
    let mut made = 0;
    for round in 0..rounds {
        let phone = Vault::phone(&world, &format!("p{round}"));
        let out = kill_midway(phone.start(&["join", &link]), &mut random, longest + longest / 4);
        if phone.path().exists() {
            phone.verify();
            made += 1;
        } else {
            assert!(out.stdout.is_empty(), "{out}");
            phone.ok(&["join", &link]);
        }
    }
    println!("{rounds} kills, {made} vaults were made");
}
