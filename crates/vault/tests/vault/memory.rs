//! What a locked vault leaves in the memory of its process: no key, on Linux, where a process can read its own memory.
//!
//! The child is this test binary again; it is told the keys masked, so that they are in its memory only if the vault put
//! them there. Plaintext is looked for as well: what SQLite held is wiped; what the program itself read into its own
//! buffers is wiped where the type says so (settings, keys), and not proven for the rest.
#![cfg(target_os = "linux")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::FileExt as _,
    path::Path,
    process::{Command, Stdio},
};

use amana_crypto::slots::Header;
use amana_domain::ids::{EpochId, LogId};
use amana_vault::{Keystore as _, SoftwareKeystore, VaultError};

use crate::{common::*, pins::*};

const DIR: &str = "AMANA_TEST_MEMORY";
const MASKED: &str = "AMANA_TEST_MASKED";
const MASK: u8 = 0xa5;
const CANARY: [u8; 32] = *b"\x99canary of a setting \x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How often a masked needle occurs in this process's memory, unmasked.
fn found(masked: &[u8]) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let memory = fs::File::open("/proc/self/mem").unwrap();
    let mut count = 0;
    let mut chunk = vec![0; 1 << 20];
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let (mut at, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        while at < to {
            let length = usize::try_from((to - at).min(chunk.len() as u64)).unwrap();
            let Ok(read) = memory.read_at(&mut chunk[..length], at) else { break };
            if read == 0 {
                break;
            }
            // The look itself must not leave the needle anywhere: compared masked.
            count += chunk[..read]
                .windows(masked.len())
                .filter(|window| window.iter().zip(masked).all(|(byte, masked)| byte ^ MASK == *masked))
                .count();
            // What was read into the buffer is memory too.
            chunk[..read].fill(0);
            at += (read as u64).saturating_sub(if at + (read as u64) < to { 63 } else { 0 }).max(1);
        }
    }
    count
}

fn masked_of(text: &str) -> Vec<Vec<u8>> {
    text.split(' ')
        .map(|hex| {
            (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
        })
        .collect()
}

/// Not a test: what the child runs.
#[test]
fn child_that_locks() {
    let (Ok(dir), Ok(masked)) = (env::var(DIR), env::var(MASKED)) else { return };
    let needles = masked_of(&masked);
    let dir = Path::new(&dir);
    let keystore = SoftwareKeystore::beside(dir);
    let look = |when: &str| {
        let counts: Vec<String> = needles.iter().map(|needle| found(needle).to_string()).collect();
        println!("\n> {when} {}", counts.join(" "));
    };
    let mut vault = unlock(dir, "123456", &keystore).unwrap();
    let (canary, key) = vault
        .read::<_, VaultError>(|tx| Ok((tx.meta("canary")?, tx.log_keys(LogId::from_bytes([1; 32]))?)))
        .unwrap();
    look("open");
    drop((canary, key));
    vault.lock().unwrap();
    look("locked");
}

#[test]
fn row_4_a_locked_vault_leaves_no_key_in_memory() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    let log_key: [u8; 32] = std::array::from_fn(|at| (at as u8).wrapping_mul(37) ^ 0xd2);
    let mut vault = unlock(&dir, "123456", &keystore).unwrap();
    vault
        .write::<_, VaultError>(|tx| {
            tx.set_meta("canary", &CANARY)?;
            tx.prove_log_key(LogId::from_bytes([1; 32]), EpochId::from_bytes([2; 32]), &log_key).map(drop)
        })
        .unwrap();
    vault.lock().unwrap();
    let header = Header::parse(&fs::read(dir.join("header")).unwrap()).unwrap();
    let secret = fs::read_to_string(keystore.path()).unwrap();
    let id = secret.lines().find(|line| line.contains("-0 ")).unwrap().split_once(' ').unwrap().0.to_owned();
    let secret = keystore.get(&id).unwrap().unwrap();
    let opened = header.open(&pin("123456"), Some(&secret)).unwrap();
    let data_key = *opened.contents.key.expose();
    let names = ["data key", "data key as text", "keystore secret", "log key", "a setting"];
    let needles = [
        data_key.to_vec(),
        hex(&data_key).into_bytes(),
        secret.expose().to_vec(),
        log_key.to_vec(),
        CANARY.to_vec(),
    ];
    let masked: Vec<String> = needles
        .iter()
        .map(|needle| hex(&needle.iter().map(|byte| byte ^ MASK).collect::<Vec<_>>()))
        .collect();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "memory::child_that_locks", "--nocapture"])
        .env(DIR, &dir)
        .env(MASKED, masked.join(" "))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(line) = line.strip_prefix("> ") else { continue };
        let mut words = line.split(' ');
        let when = words.next().unwrap().to_owned();
        let counts: Vec<(&str, usize)> =
            names.into_iter().zip(words.map(|word| word.parse().unwrap())).collect();
        seen += 1;
        if when == "open" {
            // The look finds what is there.
            for name in ["data key", "log key", "a setting"] {
                assert!(
                    counts.iter().any(|(found, times)| *found == name && *times > 0),
                    "{name}: {counts:?}"
                );
            }
        } else {
            assert!(counts.iter().all(|(_, times)| *times == 0), "{counts:?}");
        }
    }
    assert_eq!(seen, 2);
    assert!(child.wait().unwrap().success());
}
