//! Bit rot and tampering: every read gives the right data or `damaged`; nothing else, and nothing is overwritten.

use std::{
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use amana_domain::ids::{EventId, LogId, sha256};
use amana_vault::{Role, Vault, VaultError};

use crate::common::*;

const PAGE: u64 = 4096;
const ROWS: u32 = 200;

fn content(n: u32) -> Vec<u8> {
    // Some rows fit into a page, some run over several.
    sha256(&[&n.to_be_bytes()]).repeat(if n.is_multiple_of(10) { 400 } else { 8 })
}

fn event_id(n: u32) -> EventId {
    EventId::from_bytes(sha256(&[b"event", &n.to_be_bytes()]))
}

fn log() -> LogId {
    LogId::from_bytes([4; 32])
}

fn filled(dir: &Path) {
    let mut vault = create(dir, Role::Desk).unwrap();
    vault
        .write::<_, VaultError>(|tx| {
            for n in 0..ROWS {
                tx.add_event(event_id(n), log(), &content(n), n.is_multiple_of(2))?;
                tx.set_meta(&format!("row {n}"), &content(n))?;
            }
            Ok(())
        })
        .unwrap();
}

/// Reads everything; checks that what is read is right. Tells whether damage was seen.
fn read_all(vault: &mut Vault, what: &str) -> bool {
    let mut damaged = false;
    for n in 0..ROWS {
        if let Some(value) = true_or_damaged(vault.read(|tx| tx.meta(&format!("row {n}"))), what) {
            assert!(value.expect("kept").as_slice() == content(n), "{what}: row {n} is wrong");
        } else {
            damaged = true;
        }
        if let Some(event) = true_or_damaged(vault.read(|tx| tx.event(event_id(n))), what) {
            let event = event.expect("kept");
            assert!(event.content == content(n), "{what}: event {n} is wrong");
            assert_eq!(event.at_relay, n.is_multiple_of(2), "{what}");
        } else {
            damaged = true;
        }
    }
    if let Some(events) = true_or_damaged(vault.read(|tx| tx.events(log())), what) {
        assert_eq!(events.len(), ROWS as usize, "{what}");
        assert!((0..ROWS).zip(&events).all(|(n, event)| event.content == content(n)), "{what}");
    } else {
        damaged = true;
    }
    damaged
}

/// What was read, unless that is damaged: no other error, and no other content (which the caller checks).
fn true_or_damaged<T>(read: Result<T, VaultError>, what: &str) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(VaultError::Damaged) => None,
        Err(error) => panic!("{what}: {error:?}"),
    }
}

fn spoil(path: &Path, at: u64, change: impl Fn(&mut [u8]), length: usize) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).unwrap();
    change(&mut bytes);
    file.write_all_at(&bytes, at).unwrap();
}

/// Opens a spoiled copy and reads everything. Damage must be noticed by reading or by the check of all pages.
fn must_be_noticed(dir: &Path, what: &str) {
    match open(dir) {
        Err(VaultError::Damaged) => {}
        Err(error) => panic!("{what}: {error:?}"),
        Ok(mut vault) => {
            read_all(&mut vault, what);
            assert!(!vault.check_pages().unwrap(), "{what}: not noticed");
            // Still the same after writing is attempted.
            match vault.write(|tx| tx.set_meta("new", b"value")) {
                Ok(()) | Err(VaultError::Damaged) => {}
                Err(error) => panic!("{what}: {error:?}"),
            }
        }
    }
}

fn copies(place: &Path) -> impl FnMut() -> PathBuf {
    let original = place.join("original");
    filled(&original);
    let place = place.to_owned();
    let mut n = 0;
    move || {
        n += 1;
        let dir = place.join(format!("copy-{n}"));
        copy(&original, &dir);
        dir
    }
}

#[test]
fn an_untouched_vault_reads_back_whole() {
    let place = tempfile::tempdir().unwrap();
    let mut next = copies(place.path());
    let mut vault = open(&next()).unwrap();
    assert!(!read_all(&mut vault, "untouched"));
    assert!(vault.check_pages().unwrap());
}

#[test]
fn a_flipped_bit_in_any_page_is_noticed() {
    let place = tempfile::tempdir().unwrap();
    let mut next = copies(place.path());
    let first = next();
    let pages = fs::metadata(file(&first, ".db")).unwrap().len() / PAGE;
    assert!(pages > 100);
    for page in (0..pages).step_by(7).chain([0, 1, 2, pages - 1]) {
        // In the ciphertext (in page 1: the salt), in the middle, in the IV and in the authentication code.
        for offset in [0, 17, 2000, PAGE - 80, PAGE - 1] {
            let dir = next();
            spoil(&file(&dir, ".db"), page * PAGE + offset, |bytes| bytes[0] ^= 0x10, 1);
            must_be_noticed(&dir, &format!("page {page} offset {offset}"));
            fs::remove_dir_all(dir).unwrap();
        }
    }
}

#[test]
fn pages_that_were_zeroed_swapped_or_cut_off_are_noticed() {
    let place = tempfile::tempdir().unwrap();
    let mut next = copies(place.path());
    let pages = fs::metadata(file(&next(), ".db")).unwrap().len() / PAGE;
    for page in (0..pages).step_by(5) {
        let dir = next();
        spoil(&file(&dir, ".db"), page * PAGE, |bytes| bytes.fill(0), PAGE as usize);
        must_be_noticed(&dir, &format!("zeroed page {page}"));
        fs::remove_dir_all(dir).unwrap();
    }
    // A page that is authentic, but not in this place.
    let dir = next();
    spoil(&file(&dir, ".db"), 10 * PAGE, |bytes| bytes.rotate_left(PAGE as usize), 2 * PAGE as usize);
    must_be_noticed(&dir, "swapped");
    for length in [pages * PAGE - PAGE, pages * PAGE / 2, PAGE, 1000, 0] {
        let dir = next();
        fs::OpenOptions::new().write(true).open(file(&dir, ".db")).unwrap().set_len(length).unwrap();
        must_be_noticed(&dir, &format!("cut to {length}"));
        // Nothing was written in place of what was lost.
        assert!(fs::metadata(file(&dir, ".db")).unwrap().len() <= length.max(2 * PAGE), "{length}");
    }
}

#[test]
fn a_damaged_or_lost_header_is_not_a_wrong_passphrase() {
    let place = tempfile::tempdir().unwrap();
    let mut next = copies(place.path());
    for at in [0, 9, 12, 20, 25, 40, 64, 500, 800, 3000, 4063, 4064, 4095] {
        let dir = next();
        spoil(&dir.join("header"), at, |bytes| bytes[0] ^= 1, 1);
        let before = fs::read(dir.join("header")).unwrap();
        assert_eq!(kind(&open(&dir)), "damaged", "{at}");
        assert_eq!(kind(&create(&dir, Role::Desk)), "exists");
        assert_eq!(fs::read(dir.join("header")).unwrap(), before);
    }
    for length in [0, 100, 4095, 4097] {
        let dir = next();
        let mut bytes = fs::read(dir.join("header")).unwrap();
        bytes.resize(length, 0);
        fs::write(dir.join("header"), bytes).unwrap();
        assert_eq!(kind(&open(&dir)), "damaged", "{length}");
    }
    let dir = next();
    fs::remove_file(dir.join("header")).unwrap();
    assert_eq!(kind(&open(&dir)), "damaged");
    let dir = next();
    fs::remove_file(dir.join("header")).unwrap();
    fs::create_dir(dir.join("header")).unwrap();
    assert_eq!(kind(&open(&dir)), "damaged");
}

#[test]
fn a_header_of_a_newer_version_says_so() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    create(&dir, Role::Desk).unwrap();
    let mut bytes = fs::read(dir.join("header")).unwrap();
    bytes[9] = 2;
    let checksum = sha256(&[&bytes[..4064]]);
    bytes[4064..].copy_from_slice(&checksum);
    fs::write(dir.join("header"), bytes).unwrap();
    assert_eq!(kind(&open(&dir)), "too new");
}

#[test]
fn a_database_that_is_gone_is_not_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let mut next = copies(place.path());
    let dir = next();
    fs::remove_file(file(&dir, ".db")).unwrap();
    assert_eq!(kind(&open(&dir)), "damaged");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    // Another vault's database under this one's name.
    let dir = next();
    let stranger = place.path().join("stranger");
    Vault::create::<VaultError>(
        &stranger,
        &right(),
        amana_crypto::slots::Cost::for_tests(),
        Role::Desk,
        &amana_crypto::SeededRandom::new(8),
        |_| Ok(()),
    )
    .unwrap();
    let database = file(&dir, ".db");
    fs::copy(file(&stranger, ".db"), &database).unwrap();
    let before = fs::read(&database).unwrap();
    assert_eq!(kind(&open(&dir)), "damaged");
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn a_damaged_journal_loses_whole_transactions_from_the_end_or_says_damaged() {
    let place = tempfile::tempdir().unwrap();
    let original = place.path().join("original");
    let mut vault = create(&original, Role::Desk).unwrap();
    for n in 0..30_u32 {
        vault
            .write::<_, VaultError>(|tx| {
                tx.set_meta("a", &n.to_be_bytes())?;
                tx.add_event(event_id(n), log(), &content(n), false)?;
                tx.set_meta("b", &n.to_be_bytes())
            })
            .unwrap();
    }
    // As after a power cut: the journal is still there.
    let cut = place.path().join("cut");
    copy(&original, &cut);
    drop(vault);
    let length = fs::metadata(file(&cut, ".db-wal")).unwrap().len();
    for step in 0..40 {
        let at = length * step / 40;
        let dir = place.path().join(format!("copy-{step}"));
        copy(&cut, &dir);
        spoil(&file(&dir, ".db-wal"), at, |bytes| bytes[0] ^= 0x40, 1);
        match open(&dir) {
            Err(VaultError::Damaged) => {}
            Err(error) => panic!("{error:?}"),
            Ok(mut vault) => vault
                .read::<_, VaultError>(|tx| {
                    let (a, b) = (tx.meta("a")?, tx.meta("b")?);
                    assert_eq!(a, b);
                    let rows = a.map_or(0, |n| u32::from_be_bytes(n.as_slice().try_into().unwrap()) + 1);
                    let events = tx.events(log())?;
                    assert_eq!(events.len(), rows as usize);
                    assert!((0..).zip(&events).all(|(n, event)| event.content == content(n)));
                    Ok(())
                })
                .unwrap(),
        }
    }
}
