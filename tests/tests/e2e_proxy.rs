//! A bad network between everybody and the relay: survived, reported or tried again, and nothing lost.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{collections::BTreeMap, sync::mpsc::channel, time::Duration};

use amana_tests::harness::{Fault, Proxy, Random, Relay, Team, Vault, World, texts};
use serde_json::Value;

/// How many requests of a sync are spoilt, one in each.
const FAULTY_REQUESTS: usize = 8;

fn setting() -> (World, Proxy, Team) {
    let world = World::new();
    let relay = Relay::start(&world, "relay");
    let proxy = Proxy::start(relay.port());
    let team = Team::behind(&world, relay, &proxy.url());
    (world, proxy, team)
}

#[test]
fn every_fault_on_every_request_of_a_sync_is_survived() {
    let (world, proxy, team) = setting();
    let faults = [
        Fault::DropRequest,
        Fault::DropAnswer,
        Fault::Truncate,
        Fault::Duplicate,
        Fault::Delay(Duration::from_millis(100)),
        Fault::Overtaken,
    ];
    let mut wanted = Vec::new();
    let mut phones = Vec::new();
    for (kind, fault) in faults.into_iter().enumerate() {
        let phone = Vault::joined_phone(&world, &format!("phone{kind}"), &team.link);
        let mut cases = Vec::new();
        // The n-th request of the n-th sync meets the fault. The first syncs file, the later ones have more to ask.
        for n in 0..FAULTY_REQUESTS {
            let text = format!("{kind}/{n}");
            if n < FAULTY_REQUESTS / 2 {
                cases.push(phone.file(&team.organisation, &text).case);
            } else {
                phone.ok(&["say", &cases[0], "--text", &text]);
            }
            wanted.push(text);
            let mut seen = 0;
            let (tell, hit) = channel();
            proxy.faults(move || {
                seen += 1;
                if seen != n + 1 {
                    return Fault::Pass;
                }
                let _ = tell.send(());
                fault
            });
            let out = phone.run(&["sync"]);
            if out.status != Some(0) {
                out.fails("relay_unreachable");
            }
            hit.try_recv().expect("the fault fell into this sync");
        }
        phones.push(phone);
    }
    proxy.calm();
    phones.iter().for_each(|phone| drop(phone.sync()));
    team.desk.sync();
    for phone in &phones {
        phone.sync();
        assert!(phone.cases().iter().all(|case| case["delivery"] == "received"));
        phone.verify();
    }
    let mut found: Vec<String> = team.desk.cases().iter().flat_map(texts).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    team.desk.verify();
}

#[test]
fn a_network_that_fails_at_random_delays_and_nothing_more() {
    let (world, proxy, team) = setting();
    let phones: Vec<Vault> =
        (0..4).map(|n| Vault::joined_phone(&world, &format!("phone{n}"), &team.link)).collect();
    let cases: Vec<String> =
        phones.iter().map(|phone| phone.file(&team.organisation, "opening").case).collect();
    let mut random = Random::from_env(4);
    proxy.faults(move || match random.below(12) {
        0 => Fault::DropRequest,
        1 => Fault::DropAnswer,
        2 => Fault::Truncate,
        3 => Fault::Delay(Duration::from_millis(50)),
        4 => Fault::Duplicate,
        5 => Fault::Overtaken,
        _ => Fault::Pass,
    });
    let mut failed = 0;
    let mut sync = |vault: &Vault| {
        let out = vault.run(&["sync"]);
        if out.status == Some(0) {
            assert_eq!(out.ok()["warnings"], Value::Array(vec![]), "a bad network is no lying relay: {out}");
        } else {
            let (code, _) = out.error(1);
            assert!(["relay_unreachable", "relay_refused"].contains(&&*code), "{out}");
            failed += 1;
        }
    };
    for round in 0..5 {
        for (n, (phone, case)) in phones.iter().zip(&cases).enumerate() {
            phone.ok(&["say", case, "--text", &format!("{round}: phone {n}")]);
        }
        std::thread::scope(|scope| {
            let running: Vec<_> =
                phones.iter().map(|phone| scope.spawn(|| phone.run(&["sync"]).status)).collect();
            for thread in running {
                thread.join().unwrap();
            }
        });
        sync(&team.desk);
        for (n, case) in cases.iter().enumerate() {
            if team.desk.run(&["show", case]).status == Some(0) {
                team.desk.ok(&["say", case, "--text", &format!("{round}: desk to {n}")]);
            }
        }
        phones.iter().for_each(&mut sync);
    }
    proxy.calm();
    for vault in phones.iter().chain([&team.desk]).chain(&phones) {
        assert_eq!(vault.sync(), Vec::<String>::new());
    }
    println!("{failed} syncs failed");
    let desk: BTreeMap<String, Vec<String>> = team
        .desk
        .cases()
        .iter()
        .map(|case| (case["case"].as_str().unwrap().to_owned(), sorted(texts(case))))
        .collect();
    for (n, (phone, case)) in phones.iter().zip(&cases).enumerate() {
        let own = sorted(texts(&phone.show(case)));
        assert_eq!(own, desk[case]);
        for round in 0..5 {
            assert!(own.contains(&format!("{round}: phone {n}")), "{own:?}");
        }
        assert!(own.windows(2).all(|pair| pair[0] != pair[1]), "nothing twice: {own:?}");
        phone.verify();
    }
    team.desk.verify();
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[test]
fn a_relay_that_stops_answering_midway_is_out_of_reach_after_ten_seconds() {
    let (world, proxy, team) = setting();
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let case = phone.file(&team.organisation, "kept").case;
    let mut seen = 0;
    proxy.faults(move || {
        seen += 1;
        if seen > 2 { Fault::Hang } else { Fault::Pass }
    });
    let started = std::time::Instant::now();
    phone.fails(&["sync"], "relay_unreachable");
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    proxy.calm();
    phone.sync();
    team.desk.sync();
    assert_eq!(team.desk.show(&case)["text"], "kept");
}
