//! What somebody sees who copies the files of a phone's vault, before and after, with one PIN or the other.

use std::{collections::BTreeMap, fs, os::unix::fs::FileExt as _, path::Path, time::SystemTime};

use amana_crypto::SeededRandom;
use amana_domain::ids::{EventId, LogId, sha256};
use amana_vault::{Role, Vault, VaultError};

use crate::{common::*, pins::*};

/// Each file with its size and time.
fn files(dir: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            (entry.file_name().into_string().unwrap(), (meta.len(), meta.modified().unwrap()))
        })
        .collect()
}

/// What kinds of files there are, without their random names, with sizes; and that all have one time.
fn shape(dir: &Path) -> Vec<(String, u64)> {
    let files = files(dir);
    let folder = fs::metadata(dir).unwrap().modified().unwrap();
    assert!(files.values().all(|(_, time)| *time == folder), "{files:?}");
    let mut shape: Vec<(String, u64)> = files
        .into_iter()
        .map(|(name, (size, _))| {
            (if name.ends_with(".db") && name.len() == 35 { "*.db".to_owned() } else { name }, size)
        })
        .collect();
    shape.sort();
    shape
}

/// Use of a vault: rows, and a journal that is emptied in between.
fn use_it(vault: &mut Vault, rows: u64) {
    for n in 0..rows {
        vault
            .write::<_, VaultError>(|tx| {
                let id = EventId::from_bytes(sha256(&[&n.to_be_bytes()]));
                tx.add_event(id, LogId::from_bytes([1; 32]), &[7; 2000], false)?;
                tx.set_meta("last", &n.to_be_bytes())
            })
            .unwrap();
    }
}

/// Blocks that stand out: too even or too uneven for random bytes, or seen before.
fn outliers(bytes: &[u8]) -> usize {
    let mut seen = std::collections::HashSet::new();
    let blocks = bytes.chunks_exact(4096).filter(|block| {
        let mut counts = [0_f64; 256];
        block.iter().for_each(|byte| counts[usize::from(*byte)] += 1.0);
        let chi: f64 = counts.iter().map(|count| (count - 16.0).powi(2) / 16.0).sum();
        // 255 degrees of freedom: mean 255, deviation 22.6; seven deviations either way.
        let repeated = block.chunks_exact(16).any(|part| !seen.insert(part.to_vec()));
        !(100.0..415.0).contains(&chi) || repeated
    });
    blocks.count()
}

fn databases(dir: &Path) -> Vec<Vec<u8>> {
    files(dir)
        .keys()
        .filter(|name| name.ends_with(".db"))
        .map(|name| fs::read(dir.join(name)).unwrap())
        .collect()
}

#[test]
fn row_3_after_the_same_use_by_either_pin_the_files_are_alike() {
    let place = tempfile::tempdir().unwrap();
    let mut shapes = Vec::new();
    // By the real PIN, by the duress PIN, and where none was ever set.
    for (at, used) in ["123456", "222222", "123456"].into_iter().enumerate() {
        let dir = place.path().join(format!("vault{at}"));
        let keystore = phone(&dir, "123456");
        let unused = shape(&dir);
        if at < 2 {
            arm(&dir, "123456", "222222", &keystore);
        }
        assert_eq!(shape(&dir), unused, "setting a duress PIN shows");
        let first = files(&dir);
        let mut vault = unlock(&dir, used, &keystore).unwrap();
        use_it(&mut vault, 300);
        vault.lock().unwrap();
        // The same files, all of them touched.
        let second = files(&dir);
        assert!(first.keys().eq(second.keys()));
        assert!(first.values().zip(second.values()).all(|(before, after)| before.1 < after.1));
        let shape = shape(&dir);
        assert_eq!(shape.len(), 4, "{shape:?}");
        assert_eq!((shape[0].0.as_str(), &shape[0]), ("*.db", &shape[1]), "two of one size");
        assert_eq!(shape[0].1 % (256 * 1024), 0);
        assert!(shape[0].1 > 600_000, "it grew: {shape:?}");
        shapes.push(shape);
        for bytes in databases(&dir) {
            assert_eq!(outliers(&bytes), 0);
        }
        // Header: the first 64 bytes are the same kind in all, the rest is noise.
        let header = fs::read(dir.join("header")).unwrap();
        assert_eq!(header[..32], fs::read(place.path().join("vault0/header")).unwrap()[..32]);
        let ones: u32 = header[32..].iter().map(|byte| byte.count_ones()).sum();
        // 32,512 bits: deviation 90.
        assert!((15_700..16_800).contains(&ones), "{ones}");
        // The keystore holds one secret and one count, whatever is set.
        assert_eq!(fs::read_to_string(keystore.path()).unwrap().lines().count(), 2);
        // And it still is what it was.
        assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
        assert_eq!(who(unlock(&dir, "222222", &keystore)), if at < 2 { "decoy" } else { "wrong key" });
    }
    assert_eq!(shapes[0], shapes[1]);
    assert_eq!(shapes[0], shapes[2]);
}

#[test]
fn the_other_file_grows_along_and_its_vault_takes_the_room() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    arm(&dir, "123456", "222222", &keystore);
    for round in 0..3 {
        for text in ["123456", "222222"] {
            let mut vault = unlock(&dir, text, &keystore).unwrap();
            use_it(&mut vault, 150 * (round + 1));
            // Also while it is open.
            let sizes: Vec<u64> = databases(&dir).iter().map(|bytes| bytes.len() as u64).collect();
            assert_eq!(sizes[0], sizes[1]);
            assert!(vault.check_pages().unwrap(), "{text} in round {round}");
            drop(vault);
            assert_eq!(shape(&dir)[0], shape(&dir)[1]);
        }
    }
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
    assert_eq!(who(unlock(&dir, "222222", &keystore)), "decoy");
}

#[test]
fn a_vault_with_one_file_becomes_one_with_two_wherever_that_is_cut_short() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    drop(create_with(&dir, Role::Phone, |tx| tx.set_meta("who", b"real")).unwrap());
    let good = shape(&dir);
    let other = |dir: &Path| {
        let own = vault_file(dir);
        files(dir).into_keys().find(|name| name.ends_with(".db") && *name != own).unwrap()
    };
    let spoil: [&dyn Fn(&Path); 5] = [
        // As the version before left it.
        &|dir| {
            fs::remove_file(dir.join(other(dir))).unwrap();
            fs::remove_file(dir.join("attempts")).unwrap();
        },
        // Killed while the second file was filled.
        &|dir| fs::rename(dir.join(other(dir)), dir.join("making.db")).unwrap(),
        // Killed between the two sizes, either way.
        &|dir| fs::OpenOptions::new().write(true).open(dir.join(other(dir))).unwrap().set_len(5000).unwrap(),
        &|dir| {
            let file = fs::OpenOptions::new().write(true).open(dir.join(other(dir))).unwrap();
            file.write_all_at(&[9; 100], 256 * 1024 * 3 - 100).unwrap();
        },
        // Killed while a header was written, and with an unfinished count.
        &|dir| {
            fs::write(dir.join("header.new"), b"half").unwrap();
            fs::write(dir.join("attempts"), b"AMANA").unwrap();
        },
    ];
    for (at, spoil) in spoil.into_iter().enumerate() {
        spoil(&dir);
        let mut vault = Vault::open(&dir, &right(), Role::Phone).unwrap();
        assert!(vault.check_pages().unwrap(), "{at}");
        vault.lock().unwrap();
        let now = shape(&dir);
        assert_eq!(now.len(), 4, "{at}: {now:?}");
        assert_eq!(now[0], now[1], "{at}");
        assert!(now[0].1 >= good[0].1);
        assert_eq!(who(Vault::open(&dir, &right(), Role::Phone)), "real", "{at}");
    }
}

/// The name of the file that the passphrase opens.
fn vault_file(dir: &Path) -> String {
    let header = amana_crypto::slots::Header::parse(&fs::read(dir.join("header")).unwrap()).unwrap();
    let label = header.open(&right(), None).unwrap().contents.label;
    label.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + ".db"
}

#[test]
fn a_tail_that_is_not_its_own_does_not_disturb_a_database() {
    // The other session lengthens this file by random bytes: first of all that must open.
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    drop(create_with(&dir, Role::Phone, |tx| tx.set_meta("who", b"real")).unwrap());
    let own = dir.join(vault_file(&dir));
    let mut bytes = fs::read(&own).unwrap();
    let random = SeededRandom::new(3);
    let mut tail = vec![0; 100 * 4096];
    amana_crypto::Random::fill(&random, &mut tail);
    bytes.extend(tail);
    fs::write(&own, &bytes).unwrap();
    let mut vault = Vault::open(&dir, &right(), Role::Phone).unwrap();
    assert!(vault.check_pages().unwrap());
    use_it(&mut vault, 400);
    assert!(vault.check_pages().unwrap());
    drop(vault);
    assert_eq!(shape(&dir)[0], shape(&dir)[1]);
    assert!(databases(&dir).iter().all(|bytes| outliers(bytes) == 0));
}
