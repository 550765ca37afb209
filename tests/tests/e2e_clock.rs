//! A phone whose clock is two years off delivers all the same, and says so. Needs Debian's `faketime`.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::process::Command;

use amana_tests::harness::{Deploy, Team, Vault, World};

/// Whether clocks can be bent here; says so if not.
#[allow(clippy::print_stdout, reason = "a skipped test must be seen")]
fn faketime() -> bool {
    let found = Command::new("faketime").arg("--version").output().is_ok_and(|out| out.status.success());
    if !found {
        println!("SKIPPED: `faketime` is not installed (apt-get install faketime); clocks were not tested");
    }
    found
}

/// The same world, seen by somebody whose calendar is wrong. Timeouts run at their own pace.
fn shifted(world: &World, shift: &str) -> World {
    let world = world.with_env("FAKETIME_DONT_FAKE_MONOTONIC", "1").with_env("DONT_FAKE_MONOTONIC", "1");
    world.under(&["faketime", "-f", shift])
}

#[test]
fn an_invite_does_not_last_for_ever() {
    if !faketime() {
        return;
    }
    let world = World::new();
    let deploy = Deploy::init(&world, "deploy", "http://127.0.0.1:9");
    deploy.organisation("Aid");
    let invite = deploy.invite("Aid", "admin");
    let desk = Vault::desk(&world, "desk");
    desk.within(&shifted(&world, "+32d")).fails(&["join", &invite, "--name", "Asha"], "invite_expired");
    assert!(!desk.path().exists());
    desk.within(&shifted(&world, "+29d")).ok(&["join", &invite, "--name", "Asha"]);
}

#[test]
fn a_phone_two_years_off_delivers_and_warns() {
    if !faketime() {
        return;
    }
    let world = World::new();
    let team = Team::start(&world);
    for shift in ["-2y", "+2y"] {
        let wrong = shifted(&world, shift);
        let phone = Vault::phone(&wrong, &format!("phone{shift}"));
        let joined = phone.ok(&["join", &team.link]);
        assert_eq!(joined["synced"], true, "{joined}");
        let case = phone.file(&team.organisation, &format!("from {shift}")).case;
        let report = phone.ok(&["sync"]);
        let codes: Vec<&str> = report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|warning| warning["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, ["clock_skew"], "{report}");
        team.desk.sync();
        let shown = team.desk.show(&case);
        assert_eq!(shown["text"], format!("from {shift}"));
        // The clock of the work starts at the desk's own time.
        let due = shown["clock_due"].as_str().unwrap();
        let year: i32 = due[..4].parse().unwrap();
        let now: i32 = String::from_utf8(Command::new("date").arg("+%Y").output().unwrap().stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        assert!((year - now).abs() <= 1, "{due}");
        team.desk.sync();
        phone.sync();
        assert_eq!(phone.show(&case)["delivery"], "read");
        phone.verify();
    }
    team.desk.verify();
    // With the right clock nothing is said.
    let phone = Vault::joined_phone(&world, "right", &team.link);
    assert_eq!(phone.sync(), Vec::<String>::new());
}
