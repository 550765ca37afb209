//! 1,000 marked strings in everything that people write: not one byte of them, nor of the passphrase, lies on any
//! disk or in any trace; while processes run, after they ended and after they were killed.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fmt::Write as _;

use amana_tests::harness::{PASSPHRASE, Relay, Team, Vault, World, contains, snapshot};

/// Begins every canary, in two scripts: one search finds any of them.
const MARK: &str = "Kanarie7f3a";
const MARK_NEPALI: &str = "क्यानरी७च";
const CASES: usize = 20;
const PER_TEXT: usize = 16;

struct Canaries {
    made: usize,
}

impl Canaries {
    fn one(&mut self) -> String {
        self.made += 1;
        if self.made.is_multiple_of(2) {
            format!("{MARK}-{:04}", self.made)
        } else {
            format!("{MARK_NEPALI}-{:04}", self.made)
        }
    }
    fn many(&mut self, count: usize) -> String {
        (0..count).fold(String::new(), |mut text, _| {
            let _ = write!(text, "{} ", self.one());
            text
        })
    }
}

/// What must be nowhere, as text and in the encodings that a careless writer would use.
fn needles() -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    for text in [MARK, MARK_NEPALI, PASSPHRASE, "Sita Kanarie"] {
        needles.push(text.as_bytes().to_vec());
        needles.push(text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")).into_bytes());
        needles.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    }
    needles
}

#[track_caller]
fn none_in(what: &str, bytes: &[u8], needles: &[Vec<u8>]) {
    for needle in needles {
        assert!(!contains(bytes, needle), "{what} holds {:?}", String::from_utf8_lossy(needle));
    }
}

/// Searches every byte below the world's folder.
#[track_caller]
fn search(world: &World, needles: &[Vec<u8>]) -> usize {
    let files = snapshot(world.dir());
    for (path, bytes) in &files {
        none_in(&path.display().to_string(), bytes, needles);
        none_in("a file's name", path.to_string_lossy().as_bytes(), needles);
    }
    files.len()
}

#[test]
fn no_canary_and_no_passphrase_lies_on_any_disk_or_in_any_trace() {
    let needles = needles();
    // The search itself finds what is there.
    let control = World::new();
    control.file("control", format!("…{MARK}-0001…"));
    assert!(contains(&snapshot(control.dir())[&control.path("control")], &needles[0]));

    // What people type lies in another folder than what the programs write.
    let inputs = World::new();
    let world = World::new().with_env("AMANA_LOG", "trace");
    let team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let mut canaries = Canaries { made: 0 };
    let mut traces = Vec::new();
    let mut keep = |out: amana_tests::harness::Out| {
        assert_eq!(out.status, Some(0), "{out}");
        traces.extend_from_slice(&out.stderr);
        out.json()
    };
    let mut cases = Vec::new();
    for n in 0..CASES {
        let plan = format!(
            "{{\"channels\": [{{\"channel\": \"call\", \"address\": \"{}\"}}], \"code_word\": \"{}\", \
             \"who_may_answer\": \"{}\", \"notes\": \"{}\"}}",
            canaries.one(),
            canaries.one(),
            canaries.one(),
            canaries.many(PER_TEXT)
        );
        let plan = inputs.file(&format!("plan{n}.json"), plan);
        let text = inputs.file(&format!("text{n}.txt"), canaries.many(PER_TEXT));
        let filed = keep(phone.run(&[
            "file",
            "--to",
            &team.organisation,
            "--language",
            "ne",
            "--text-file",
            &text,
            "--safe-contact",
            &plan,
            "--name",
            &format!("Sita {}", canaries.one()),
        ]));
        cases.push(filed["case"].as_str().unwrap().to_owned());
    }
    for case in &cases[..4] {
        keep(phone.run_with_input(&["say", case, "--text-file", "-"], canaries.many(PER_TEXT).as_bytes()));
        keep(phone.run_with_input(&["add", case, "--text-file", "-"], canaries.many(PER_TEXT).as_bytes()));
    }
    assert!(search(&world, &needles) > 0);
    // While both sides sync: their folders are read as fast as the disk allows.
    for vault in [&phone, &team.desk] {
        let running = vault.start(&["sync"]);
        let ended = &std::sync::atomic::AtomicBool::new(false);
        let out = std::thread::scope(|scope| {
            let (world, needles) = (&world, &needles);
            let watcher = scope.spawn(move || {
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    search(world, needles);
                }
            });
            let out = running.finish();
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
            watcher.join().unwrap();
            out
        });
        keep(out);
    }
    assert_eq!(team.desk.cases().len(), CASES);
    for case in &cases[..4] {
        keep(team.desk.run(&["show", case]));
        keep(team.desk.run(&["note", case, "--text", &canaries.many(PER_TEXT)]));
        keep(team.desk.run(&["task", case, "--title", &canaries.one(), "--due", "2027-01-01"]));
        keep(team.desk.run(&["priority", case, "--to", "1", "--reason", &canaries.one()]));
        keep(team.desk.run(&["say", case, "--text", &canaries.many(PER_TEXT)]));
    }
    let left = 1000 - canaries.made;
    keep(team.desk.run(&["say", &cases[5], "--text", &canaries.many(left)]));
    assert_eq!(canaries.made, 1000);
    keep(team.desk.run(&["sync"]));
    keep(phone.run(&["sync"]));
    let shown = phone.show(&cases[5]);
    assert!(shown.to_string().contains(&format!("{MARK}-1000")), "they did arrive");
    assert!(search(&world, &needles) > 5);

    // Killed in the middle of writing: journals stay behind.
    let out = phone.start(&["say", &cases[6], "--text", &canaries.many(400)]);
    let mut relay = team.relay;
    none_in("the relay's trace", relay.stderr().as_bytes(), &needles);
    let killed = relay.kill().unwrap();
    out.kill();
    for (what, bytes) in [("stdout", &killed.stdout), ("stderr", &killed.stderr)] {
        none_in(what, bytes, &needles);
    }
    for verb in ["sync", "cases"] {
        phone.start(&[verb]).kill();
    }
    assert!(search(&world, &needles) > 5);
    none_in("a trace", &traces, &needles);

    // Errors show no content and no passphrase either.
    let wrong = phone.within(&world.with_passphrase(&format!("{PASSPHRASE} and more")));
    for out in [
        wrong.run(&["cases"]),
        phone.run(&["sync"]),
        phone.run(&["say", "ffffffff", "--text", &canaries.many(3)]),
        team.desk.run(&[
            "status",
            &cases[0],
            "--to",
            "closed",
            "--reason",
            "remedied",
            "--note",
            &canaries.one(),
        ]),
    ] {
        assert_eq!(out.status, Some(1), "{out}");
        none_in("an error", &out.stderr, &needles);
        none_in("an error", &out.stdout, &needles);
    }
}

#[test]
fn the_trace_of_a_relay_says_something() {
    // Without this, a silent logger would let the test above pass.
    let world = World::new().with_env("AMANA_LOG", "trace");
    let mut relay = Relay::start(&world, "relay");
    amana_tests::harness::request(relay.port(), "GET", "/v1/relay", None, b"");
    let trace = relay.kill().unwrap().stderr;
    assert!(contains(&trace, b"/v1/relay"), "{}", String::from_utf8_lossy(&trace));
}
