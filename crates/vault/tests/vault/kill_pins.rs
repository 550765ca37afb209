//! SIGKILL at any moment of unlocking, locking, changing a PIN, setting duress and wipe PINs, wiping, and taking a second
//! file into use: either the old state or the new one is there, whole. The child is this test binary again.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use amana_domain::ids::sha256;
use amana_vault::{Role, SoftwareKeystore, Vault, VaultError};

use crate::{common::*, durability::ROUNDS, pins::*};

const DIR: &str = "AMANA_TEST_PINS";
const WORK: &str = "AMANA_TEST_WORK";
/// So far apart are attempts of the test that no wait stands in the way.
const HOUR_MS: u64 = 3_600_000;

fn number(n: u64) -> String {
    format!("{:06}", 100_000 + n)
}

/// Tries a PIN at a time when no wait is left.
fn later(dir: &Path, text: &str, keystore: &SoftwareKeystore, now: &mut u64) -> Result<Vault, VaultError> {
    *now += HOUR_MS;
    Vault::unlock(dir, &pin(text), Role::Phone, keystore, *now)
}

fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout();
    writeln!(out, "\n> {text}").unwrap();
    out.flush().unwrap();
}

/// Not a test: what the child runs.
#[test]
fn child_of_the_kills() {
    let (Ok(dir), Ok(work)) = (env::var(DIR), env::var(WORK)) else { return };
    let dir = Path::new(&dir);
    let keystore = SoftwareKeystore::beside(dir);
    let (work, from) = work.split_once(' ').unwrap();
    let from: u64 = from.parse().unwrap();
    let mut now = NOW + from * 1_000_000 * HOUR_MS;
    match work {
        // Unlock, change, write, lock; again and again.
        "change" => {
            for n in from.. {
                let mut vault = later(dir, &number(n), &keystore, &mut now).unwrap();
                say(format_args!("begun {n}"));
                vault.change_secret(&pin(&number(n + 1)), Some(&keystore)).unwrap();
                say(format_args!("changed {}", n + 1));
                vault.write::<_, VaultError>(|tx| tx.set_meta(&number(n), &[1; 3000])).unwrap();
                vault.lock().unwrap();
            }
        }
        "arm" => arm_all(dir, &keystore),
        "wipe" => {
            say("begun 0");
            drop(later(dir, "444444", &keystore, &mut now).unwrap());
            say("changed 0");
        }
        _ => {
            say("begun 0");
            Vault::open(dir, &right(), Role::Phone).unwrap().lock().unwrap();
            say("changed 0");
        }
    }
}

fn arm_all(dir: &Path, keystore: &SoftwareKeystore) {
    let mut now = NOW;
    let mut vault = later(dir, "123456", keystore, &mut now).unwrap();
    say("begun 0");
    vault.set_duress_pin::<VaultError>(&pin("222222"), keystore, |tx| tx.set_meta("who", b"decoy")).unwrap();
    say("changed 1");
    vault.set_wipe_pin(&pin("444444"), keystore).unwrap();
    say("changed 2");
    vault.lock().unwrap();
}

/// Runs the child and kills it some time after it began; the last number that it called changed.
fn killed(dir: &Path, work: &str, round: u64, begins: u64) -> Option<u64> {
    let hash = sha256(&[b"kill", work.as_bytes(), &round.to_be_bytes()]);
    let spin = u32::from_be_bytes([0, hash[1], hash[2], hash[3]]) / 4;
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill_pins::child_of_the_kills", "--nocapture"])
        .env(DIR, dir)
        .env(WORK, work)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    let mut last = None;
    let changed = |line: &str| line.strip_prefix("> changed ").and_then(|n| n.parse().ok());
    while seen < begins {
        let Some(Ok(line)) = lines.next() else { break };
        seen += u64::from(line.starts_with("> begun"));
        last = changed(&line).or(last);
    }
    (0..spin).for_each(|_| std::hint::spin_loop());
    child.kill().unwrap();
    for line in lines {
        last = line.ok().as_deref().and_then(changed).or(last);
    }
    child.wait().unwrap();
    last
}

fn rounds() -> u64 {
    env::var(ROUNDS).ok().map_or(20, |text| text.parse().unwrap())
}

/// Two databases of one size, header, count: nothing half made is left once it was opened and locked.
fn is_whole(dir: &Path) {
    let mut sizes = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".db") {
            sizes.push(entry.metadata().unwrap().len());
        } else {
            assert!(["header", "attempts"].contains(&name.as_str()), "{name}");
        }
    }
    assert_eq!((sizes.len(), sizes[0]), (2, sizes[1]));
}

#[test]
fn kill_while_a_pin_is_changed_leaves_the_old_or_the_new() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, &number(0));
    let mut current = 0;
    for round in 0..rounds() {
        let last = killed(&dir, &format!("change {current}"), round, 1 + round % 4);
        let known = last.unwrap_or(current);
        let mut now = NOW + (current + 1) * 1_000_000 * HOUR_MS - 100 * HOUR_MS;
        // What was acknowledged, or the next one, and never both.
        let opens: Vec<u64> = (known..known + 2)
            .filter(|n| match later(&dir, &number(*n), &keystore, &mut now) {
                Ok(mut vault) => vault.check_pages().unwrap(),
                Err(VaultError::WrongKey) => false,
                Err(error) => panic!("{error:?}"),
            })
            .collect();
        assert_eq!(opens.len(), 1, "round {round}: {known} acknowledged, {opens:?} open");
        if let Some(before) = known.checked_sub(1) {
            assert_eq!(kind(&later(&dir, &number(before), &keystore, &mut now)), "wrong key");
        }
        current = opens[0];
        drop(later(&dir, &number(current), &keystore, &mut now).unwrap());
        is_whole(&dir);
    }
    assert!(current > 0);
}

#[test]
fn kill_while_duress_and_wipe_pins_are_set_harms_nothing() {
    for round in 0..rounds().min(50) {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("vault");
        let keystore = phone(&dir, "123456");
        let last = killed(&dir, "arm 0", round, 1);
        let mut now = NOW + 1_000_000 * HOUR_MS;
        assert_eq!(who(later(&dir, "123456", &keystore, &mut now)), "real", "round {round}");
        let duress = who(later(&dir, "222222", &keystore, &mut now));
        assert!(duress == "decoy" || (duress == "wrong key" && last.is_none()), "round {round}: {duress}");
        is_whole(&dir);
        // Again, to the end.
        let mut vault = later(&dir, "123456", &keystore, &mut now).unwrap();
        vault
            .set_duress_pin::<VaultError>(&pin("222222"), &keystore, |tx| tx.set_meta("who", b"decoy"))
            .unwrap();
        vault.set_wipe_pin(&pin("444444"), &keystore).unwrap();
        drop(vault);

        // And wiped, which is killed too.
        let last = killed(&dir, "wipe 0", round, 1);
        let real = who(later(&dir, "123456", &keystore, &mut now));
        assert!(real == "wrong key" || (real == "real" && last.is_none()), "round {round}: {real}");
        assert_eq!(who(later(&dir, "444444", &keystore, &mut now)), "decoy", "round {round}");
        assert_eq!(who(later(&dir, "123456", &keystore, &mut now)), "wrong key", "round {round}");
        assert_eq!(who(later(&dir, "444444", &keystore, &mut now)), "decoy", "round {round}");
        is_whole(&dir);
        // One secret and one count: the old secret is gone from the keystore.
        assert_eq!(fs::read_to_string(keystore.path()).unwrap().lines().count(), 2);
    }
}

#[test]
fn kill_while_an_older_vault_gets_its_second_file_loses_nothing() {
    for round in 0..rounds().min(50) {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("vault");
        drop(create_with(&dir, Role::Phone, |tx| tx.set_meta("who", b"real")).unwrap());
        let header = amana_crypto::slots::Header::parse(&fs::read(dir.join("header")).unwrap()).unwrap();
        let label = header.open(&right(), None).unwrap().contents.label;
        let own = label.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + ".db";
        for entry in fs::read_dir(&dir).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "header" && entry.file_name() != own.as_str() {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        killed(&dir, "open 0", round, 1);
        let mut vault = Vault::open(&dir, &right(), Role::Phone).unwrap();
        assert!(vault.check_pages().unwrap());
        drop(vault);
        is_whole(&dir);
        assert_eq!(who(Vault::open(&dir, &right(), Role::Phone)), "real");
    }
}
