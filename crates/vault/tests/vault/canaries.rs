//! Nothing that goes into a vault can be found in its files: a thousand canaries through every method that writes.

use std::{fs, path::Path};

use amana_domain::{
    event::LogRef,
    ids::{BlobId, CaseId, EpochId, EventId, LogId, MailboxId, OrganisationId, sha256},
    role::{Clearance, LogKind},
};
use amana_vault::{
    Role, Tx, VaultError,
    store::{CaseKeys, CaseRow, ItemKind, Letter, Mailbox},
};
use zeroize::Zeroizing;

use crate::common::*;

const CANARIES: u32 = 1_000;

/// Sixteen bytes that occur nowhere by chance. Text canaries are their hex.
fn canary(n: u32) -> [u8; 16] {
    let hash = sha256(&[b"canary", &n.to_be_bytes()]);
    hash[..16].try_into().unwrap()
}

fn wide(n: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&canary(n));
    bytes[16..].copy_from_slice(&canary(n));
    bytes
}

fn text(n: u32) -> String {
    canary(n).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts one canary into every place that a method offers; which method depends on the number.
fn plant(tx: &Tx<'_>, n: u32) -> Result<(), VaultError> {
    let case = CaseId::from_slice(&canary(n)).unwrap();
    let mailbox = MailboxId::from_bytes(canary(n));
    let bytes = wide(n);
    let organisation = OrganisationId::from_slice(&canary(n)).unwrap();
    match n % 16 {
        0 => tx.set_meta(&text(n), &bytes),
        1 => tx
            .add_event(EventId::from_bytes(bytes), LogId::from_bytes(bytes), &bytes.repeat(200), false)
            .map(drop),
        2 => tx.add_unopened(mailbox, u64::from(n), &bytes),
        3 => tx.enqueue(ItemKind::Filing, Some(case), &bytes),
        4 => tx.add_letter(&Letter {
            blob: BlobId::from_bytes(bytes),
            mailbox,
            case: Some(case),
            envelope: bytes.into(),
        }),
        5 => tx.put_case_row(&CaseRow {
            case,
            open: true,
            priority: 1,
            due_ms: 5,
            number: text(n),
            summary: text(n).into_bytes(),
        }),
        6 => {
            let seed = || Zeroizing::new(bytes);
            tx.add_case(case, &bytes, &bytes, Some(&CaseKeys { sign: seed(), kem: seed(), relay: seed() }))
        }
        7 => {
            tx.add_log(case, &LogRef { kind: LogKind::Medical, n: 0, log: LogId::from_bytes(bytes), mailbox })
        }
        8 => tx.prove_log_key(LogId::from_bytes(bytes), EpochId::from_bytes(bytes), &bytes).map(drop),
        9 => tx.put_mailbox(&Mailbox {
            mailbox,
            principal: bytes.to_vec(),
            cursor: 0,
            chain: bytes,
            head: 1,
            gone: false,
            joined: 0,
        }),
        10 => tx.set_feed(&bytes, 1, &bytes),
        11 => tx.add_directory(u64::from(n), &bytes),
        12 => {
            tx.add_roster(organisation, 1, &bytes)?;
            tx.set_roster_part(organisation, 1, &bytes)
        }
        13 => tx.add_clearance_secret(Clearance::Strict, u64::from(n), &bytes),
        14 => {
            tx.enqueue(ItemKind::Event, None, &bytes)?;
            let item =
                tx.pending()?.into_iter().find(|item| item.reference == bytes).expect("just put there");
            tx.refused(item.item, &text(n))
        }
        _ => {
            tx.add_event(EventId::from_bytes(bytes), LogId::from_bytes([0; 32]), b"x", false)?;
            tx.set_verdict(EventId::from_bytes(bytes), &text(n))
        }
    }
}

/// Every canary that a file contains, as bytes or as text.
fn found_in(dir: &Path) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // Every window of four bytes is looked up before the whole canary is compared.
        let mut heads: std::collections::HashMap<[u8; 4], Vec<(u32, Vec<u8>)>> = Default::default();
        for n in 0..CANARIES {
            for needle in [canary(n).to_vec(), text(n).into_bytes()] {
                heads.entry(needle[..4].try_into().unwrap()).or_default().push((n, needle));
            }
        }
        for at in 0..bytes.len().saturating_sub(3) {
            let head: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
            for (n, needle) in heads.get(&head).into_iter().flatten() {
                if bytes[at..].starts_with(needle) {
                    found.push((path.display().to_string(), *n));
                }
            }
        }
    }
    found
}

#[test]
fn a_thousand_canaries_leave_no_trace_in_any_file() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let mut vault = create(&dir, Role::Desk).unwrap();
    let mut files = std::collections::BTreeSet::new();
    for round in 0..10 {
        vault
            .write::<_, VaultError>(|tx| {
                (0..CANARIES).filter(|n| n % 10 == round).try_for_each(|n| plant(tx, n))
            })
            .unwrap();
        for entry in fs::read_dir(&dir).unwrap() {
            files.insert(entry.unwrap().file_name().into_string().unwrap());
        }
    }
    // While it is open, as somebody who seizes the machine would find it: database, journal, header.
    assert_eq!(files.len(), 3, "{files:?}");
    let seized = place.path().join("seized");
    copy(&dir, &seized);
    assert!(fs::metadata(file(&seized, ".db-wal")).unwrap().len() > 100_000);
    assert_eq!(found_in(&seized), []);
    // The names of the files say nothing either.
    assert!((0..CANARIES).all(|n| files.iter().all(|name| !name.contains(&text(n)))));
    drop(vault);
    assert_eq!(found_in(&dir), []);
    // The needles are really there, and a search that looked at plain bytes would find them.
    let mut vault = open(&dir).unwrap();
    let plain = place.path().join("plain");
    fs::create_dir(&plain).unwrap();
    let canary_bytes = vault.read(|tx| tx.meta(&text(0))).unwrap().unwrap();
    fs::write(plain.join("file"), [b"xyz", canary_bytes.as_slice()].concat()).unwrap();
    assert_eq!(found_in(&plain).len(), 2);
}

#[test]
fn the_files_look_random() {
    // No structure of SQLite is left in the open: not its magic, and bytes are spread evenly.
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let mut vault = create(&dir, Role::Desk).unwrap();
    vault.write::<_, VaultError>(|tx| (0..300).try_for_each(|n| tx.set_meta(&text(n), &[0; 2000]))).unwrap();
    drop(vault);
    let bytes = fs::read(file(&dir, ".db")).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"SQLite"));
    let mut counts = [0_f64; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1.0);
    let expected = bytes.len() as f64 / 256.0;
    let chi_square: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    assert!(chi_square < 400.0, "{chi_square}");
}
