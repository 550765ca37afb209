//! What was acknowledged is there after kill -9 and after a failed write. The child is this test binary again.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use amana_domain::ids::{EventId, LogId, sha256};
use amana_vault::{Role, Vault, VaultError, store::ItemKind};

use crate::common::*;

const DIR: &str = "AMANA_TEST_VAULT";
const MODE: &str = "AMANA_TEST_MODE";
pub const ROUNDS: &str = "AMANA_KILL_ROUNDS";

fn log() -> LogId {
    LogId::from_bytes([9; 32])
}

fn event(n: u64) -> EventId {
    EventId::from_bytes(sha256(&[b"row", &n.to_be_bytes()]))
}

fn content(n: u64) -> Vec<u8> {
    sha256(&[&n.to_be_bytes()]).repeat(1 + (n % 40) as usize * 4)
}

/// Row `n` in three tables: all or nothing.
fn commit(vault: &mut Vault, n: u64) -> Result<(), VaultError> {
    vault.write(|tx| {
        tx.add_event(event(n), log(), &content(n), false)?;
        tx.enqueue(ItemKind::Event, None, event(n).as_bytes())?;
        tx.set_meta("last", &n.to_be_bytes())
    })
}

/// How many rows there are; they must be the first so many, whole.
fn rows(vault: &mut Vault) -> u64 {
    vault
        .read::<_, VaultError>(|tx| {
            let events = tx.events(log())?;
            assert!((0..).zip(&events).all(|(n, row)| row.id == event(n) && row.content == content(n)));
            let count = events.len() as u64;
            assert_eq!(tx.pending()?.len() as u64, count);
            let last = tx.meta("last")?.map(|bytes| u64::from_be_bytes(bytes.as_slice().try_into().unwrap()));
            assert_eq!(last, count.checked_sub(1));
            Ok(count)
        })
        .unwrap()
}

/// Not a test: what the child runs.
#[test]
fn child() {
    let (Ok(dir), Ok(mode)) = (env::var(DIR), env::var(MODE)) else { return };
    let mut vault = open(Path::new(&dir)).unwrap();
    let mut out = std::io::stdout();
    for n in rows(&mut vault).. {
        match commit(&mut vault, n) {
            Ok(()) => writeln!(out, "ack {n}").unwrap(),
            Err(error) => {
                assert_eq!(mode, "until-full");
                writeln!(out, "failed {}", kind(&Err::<(), _>(error))).unwrap();
                // It goes on working: reading, and refusing to write.
                assert_eq!(rows(&mut vault), n);
                assert!(commit(&mut vault, n).is_err());
                assert_eq!(rows(&mut vault), n);
                return;
            }
        }
        out.flush().unwrap();
    }
}

fn child_command(program: &mut Command, dir: &Path, mode: &str) -> std::process::Child {
    program
        .args(["--exact", "durability::child", "--nocapture"])
        .env(DIR, dir)
        .env(MODE, mode)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The number in an acknowledgement.
fn acknowledged(line: &str) -> Option<u64> {
    line.split_once("ack ")?.1.trim().parse().ok()
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    let rounds: u64 = env::var(ROUNDS).ok().map_or(50, |text| text.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    create(&dir, Role::Desk).unwrap();
    let mut kept = 0;
    for round in 0..rounds {
        // After so many acknowledgements and so much spinning, wherever that falls: within a commit, a checkpoint.
        let hash = sha256(&[b"kill", &round.to_be_bytes()]);
        let after = u64::from(hash[0]) % 30;
        let spin = u32::from_be_bytes([0, hash[1], hash[2], hash[3]]) / 32;
        let mut child = child_command(&mut Command::new(env::current_exe().unwrap()), &dir, "until-killed");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut last = None;
        let mut seen = 0;
        while seen < after {
            let line = lines.next().expect("the child goes on").unwrap();
            if let Some(n) = acknowledged(&line) {
                last = Some(n);
                seen += 1;
            }
        }
        (0..spin).for_each(|_| std::hint::spin_loop());
        child.kill().unwrap();
        // What it still said before it died counts too.
        for line in lines {
            last = line.ok().as_deref().and_then(acknowledged).or(last);
        }
        child.wait().unwrap();
        let mut vault = open(&dir).unwrap();
        let now = rows(&mut vault);
        assert!(now >= last.map_or(kept, |n| n + 1), "round {round}: {now} rows, {last:?} acknowledged");
        assert!(now >= kept);
        assert!(vault.check_pages().unwrap(), "round {round}");
        kept = now;
    }
    assert!(kept > rounds);
}

#[test]
fn a_write_that_finds_no_room_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    create(&dir, Role::Desk).unwrap();
    // No file may grow over 300 KiB (blocks of 512 bytes); without the signal, so that the write itself fails.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    let mut child = child_command(&mut shell, &dir, "until-full");
    let lines: Vec<String> =
        BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{lines:?}");
    let last = lines.iter().filter_map(|line| acknowledged(line)).max().unwrap();
    // The limit on one file is no full disk to the system; that one is a unit test of its own.
    assert!(lines.iter().any(|line| line.contains("failed database")), "{:?}", lines.last());
    let mut vault = open(&dir).unwrap();
    assert_eq!(rows(&mut vault), last + 1);
    assert!(vault.check_pages().unwrap());
    commit(&mut vault, last + 1).unwrap();
    assert!(fs::metadata(file(&dir, ".db")).unwrap().len() > 4096);
}
