//! A relay that loses its data, or comes back with an old copy of it, gets everything again from those who wrote it.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use amana_client::{Client, Env, VaultRole, transport::HttpTransport};
use amana_crypto::passphrase::Passphrase;
use amana_tests::harness::{PASSPHRASE, Relay, Team, Vault, World, texts};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every text that a vault shows, with how often.
fn all_texts(vault: &Vault) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for case in vault.cases() {
        for text in texts(&case) {
            *found.entry(text).or_default() += 1;
        }
    }
    found
}

/// A desk that was never there before knows only what the relay holds.
fn newcomer(world: &World, team: &Team, name: &str) -> BTreeMap<String, usize> {
    let desk = team.another_desk(world, name);
    desk.verify();
    all_texts(&desk)
}

struct Scene {
    world: World,
    team: Team,
    phones: Vec<Vault>,
    cases: Vec<String>,
}

impl Scene {
    /// Three phones with a case each; messages went both ways.
    fn new() -> Self {
        let world = World::new();
        let team = Team::start(&world);
        let phones: Vec<Vault> =
            (0..3).map(|n| Vault::joined_phone(&world, &format!("phone{n}"), &team.link)).collect();
        let mut scene = Self { world, team, phones, cases: Vec::new() };
        for (n, phone) in scene.phones.iter().enumerate() {
            let case =
                phone.file_with(&scene.team.organisation, &format!("opening {n}"), &["--name", "Sita"]).case;
            phone.ok(&["say", &case, "--text", &format!("from phone {n}")]);
            phone.sync();
            scene.cases.push(case);
        }
        scene.team.desk.sync();
        scene.write("before");
        scene.sync_all();
        scene
    }
    /// Both sides of every case write.
    fn write(&self, when: &str) {
        for (n, (phone, case)) in self.phones.iter().zip(&self.cases).enumerate() {
            phone.ok(&["say", case, "--text", &format!("{when}: phone {n}")]);
            self.team.desk.ok(&["say", case, "--text", &format!("{when}: desk to {n}")]);
            self.team.desk.ok(&["note", case, "--text", &format!("{when}: note on {n}")]);
        }
    }
    /// Every phone, the desk, every phone; the warnings of each of the first two, in order.
    fn sync_all(&self) -> Vec<Vec<String>> {
        let mut warnings: Vec<Vec<String>> = self.phones.iter().map(Vault::sync).collect();
        warnings.push(self.team.desk.sync());
        for phone in &self.phones {
            phone.sync();
        }
        warnings
    }
    fn check(&self, newcomer_name: &str, rounds: usize) {
        let wanted = all_texts(&self.team.desk);
        assert_eq!(wanted.len(), 3 * (2 + 2 * rounds), "{wanted:?}");
        assert!(wanted.values().all(|times| *times == 1), "{wanted:?}");
        for phone in &self.phones {
            assert!(all_texts(phone).iter().all(|(text, times)| *times == 1 && wanted.contains_key(text)));
            assert_eq!(all_texts(phone).len(), 2 + 2 * rounds);
            phone.verify();
        }
        self.team.desk.verify();
        assert_eq!(
            newcomer(&self.world, &self.team, newcomer_name),
            wanted,
            "the relay holds everything again"
        );
    }
}

#[test]
fn a_fresh_relay_in_the_place_of_a_lost_one_gets_everything_again() {
    let mut scene = Scene::new();
    scene.write("unsent");
    let port = scene.team.relay.port();
    scene.team.relay.kill();
    fs::remove_dir_all(scene.team.relay.data()).unwrap();
    scene.team.relay = Relay::start_at(&scene.world, "relay", port);
    // Not claimed yet: nothing goes to a relay for which the root has not spoken.
    scene.phones[0].fails(&["sync"], "relay_not_published");
    scene.team.deploy.run(&["publish", "deploy"]).fails("claim_required");
    let claim = scene.team.relay.claim().expect("a fresh relay has a claim code").to_owned();
    assert_eq!(scene.team.deploy.publish(Some(&claim)), scene.team.link, "the link stays");
    let warnings = scene.sync_all();
    for (who, codes) in warnings.iter().enumerate() {
        assert!(codes.contains(&"relay_rollback".to_owned()), "{who}: {codes:?}");
    }
    for codes in scene.sync_all() {
        assert_eq!(codes, Vec::<String>::new(), "told once");
    }
    scene.check("newcomer", 2);
}

#[test]
fn a_relay_restored_from_an_old_copy_gets_what_it_lacks() {
    let mut scene = Scene::new();
    let data = scene.team.relay.data().clone();
    let backup = scene.world.path("backup");
    scene.team.relay.kill();
    copy(&data, &backup);
    scene.team.relay.restart();
    // After the copy: another desk came, and everybody went on.
    let late = scene.team.another_desk(&scene.world, "late");
    scene.write("after the copy");
    scene.sync_all();
    scene.team.relay.kill();
    fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);
    scene.team.relay.restart();
    assert_eq!(scene.team.relay.claim(), None);
    scene.team.deploy.publish(None);
    let warnings = scene.sync_all();
    assert!(
        warnings.iter().all(|codes| codes.contains(&"relay_rollback".to_owned())),
        "each saw that the relay went back: {warnings:?}"
    );
    late.sync();
    scene.sync_all();
    for codes in scene.sync_all() {
        assert_eq!(codes, Vec::<String>::new());
    }
    assert_eq!(all_texts(&late), all_texts(&scene.team.desk));
    scene.check("newcomer", 2);
}

#[test]
fn more_than_a_relay_takes_at_once_goes_out_in_several_requests() {
    let world = World::new();
    let team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let case = phone.file(&team.organisation, "opening").case;
    phone.sync();
    let texts: Vec<String> = (0..140).map(|n| format!("{n:05}") + &"x".repeat(64 * 1024 - 5)).collect();
    // Written in this process: 140 commands would take a while.
    let transport = Arc::new(HttpTransport::new().unwrap());
    let passphrase = Passphrase::entered(PASSPHRASE).unwrap();
    let mut client =
        Client::open(&phone.path(), &passphrase, VaultRole::Phone, Env::system(), transport).unwrap();
    let id = case.parse().unwrap();
    for text in &texts {
        client.say(id, &text.parse().unwrap()).unwrap();
    }
    drop(client);
    assert_eq!(phone.sync(), Vec::<String>::new());
    assert_eq!(team.desk.sync(), Vec::<String>::new());
    let shown = team.desk.show(&case);
    let found: Vec<&str> = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    assert_eq!(found.len(), texts.len());
    assert!(found == texts, "in the order in which they were written");
}
