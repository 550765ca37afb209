//! Creating, opening, and everything that stands in the way.

use std::fs;

use amana_crypto::{SeededRandom, slots::Cost};
use amana_vault::{Role, Vault, VaultError};

use crate::common::*;

#[test]
fn what_was_written_is_there_after_opening_again() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("new/parents/vault");
    let mut vault = create_with(&dir, Role::Desk, |tx| tx.set_meta("first", b"one")).unwrap();
    vault.write(|tx| tx.set_meta("second", b"two")).unwrap();
    assert_eq!(vault.dir(), dir);
    assert!(vault.check_pages().unwrap());
    drop(vault);
    let mut vault = open(&dir).unwrap();
    let both: [_; 2] = vault
        .read::<_, VaultError>(|tx| Ok([tx.meta("first")?.unwrap(), tx.meta("second")?.unwrap()]))
        .unwrap();
    assert_eq!((both[0].as_slice(), both[1].as_slice()), (b"one".as_slice(), b"two".as_slice()));
    // Nothing else lies there: a header, the database and no open journal.
    drop(vault);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    assert_eq!(fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    create(&dir, Role::Desk).unwrap();
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn an_empty_folder_is_free_and_anything_else_is_not() {
    let place = tempfile::tempdir().unwrap();
    let empty = place.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(kind(&open(&empty)), "missing");
    create(&empty, Role::Desk).unwrap();
    assert_eq!(kind(&create(&empty, Role::Desk)), "exists");

    let full = place.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("diary.txt"), b"hers").unwrap();
    assert_eq!(kind(&create(&full, Role::Desk)), "exists");
    assert_eq!(fs::read(full.join("diary.txt")).unwrap(), b"hers");
    let file = place.path().join("file");
    fs::write(&file, b"hers").unwrap();
    assert_eq!(kind(&create(&file, Role::Desk)), "exists");
    assert_eq!(kind(&open(&file)), "damaged");
    assert_eq!(fs::read(&file).unwrap(), b"hers");
    // No leftovers of the attempts.
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 3);
}

#[test]
fn opening_what_is_not_there_creates_nothing() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(kind(&open(&place.path().join("vault"))), "missing");
    assert_eq!(kind(&open(&place.path().join("a/b/c"))), "missing");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn another_passphrase_and_another_role_do_not_open() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    create(&dir, Role::Desk).unwrap();
    for wrong in ["short", "the wrong passphrase of six words", "The right passphrase of six words"] {
        assert_eq!(kind(&Vault::open(&dir, &passphrase(wrong), Role::Desk)), "wrong key");
    }
    assert_eq!(kind(&Vault::open(&dir, &right(), Role::Phone)), "other role");
    assert_eq!(kind(&open(&dir)), "ok");
}

#[test]
fn a_vault_that_is_open_is_busy() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let vault = create(&dir, Role::Desk).unwrap();
    assert_eq!(kind(&open(&dir)), "busy");
    drop(vault);
    assert_eq!(kind(&open(&dir)), "ok");
}

#[test]
fn a_failing_first_write_leaves_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let made = create_with(&dir, Role::Desk, |tx| {
        tx.set_meta("half", b"done")?;
        Err(VaultError::Row)
    });
    assert_eq!(kind(&made), "row");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    assert_eq!(kind(&create(&dir, Role::Desk)), "ok");
}

#[test]
fn leftovers_of_a_creation_that_was_cut_short_are_no_vault_and_in_nobodys_way() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    // As after a power cut before the header was written: the folder being made, with a database in it.
    let made = place.path().join("made");
    create(&made, Role::Desk).unwrap();
    let leftover = place.path().join("vault.making-0011223344556677");
    fs::rename(&made, &leftover).unwrap();
    fs::remove_file(leftover.join("header")).unwrap();
    assert_eq!(kind(&open(&dir)), "missing");
    assert_eq!(kind(&open(&leftover)), "damaged");
    assert_eq!(kind(&create(&dir, Role::Desk)), "ok");
    assert_eq!(kind(&open(&dir)), "ok");
}

#[test]
fn two_creations_at_one_place_make_one_vault() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    // The second one is begun and finished while the first is being made.
    let first = Vault::create::<VaultError>(
        &dir,
        &right(),
        Cost::for_tests(),
        Role::Desk,
        &SeededRandom::new(1),
        |tx| {
            tx.set_meta("who", b"first")?;
            Vault::create::<VaultError>(
                &dir,
                &right(),
                Cost::for_tests(),
                Role::Desk,
                &SeededRandom::new(2),
                |tx| tx.set_meta("who", b"second"),
            )
            .map(drop)
        },
    );
    assert_eq!(kind(&first), "exists");
    let mut vault = open(&dir).unwrap();
    let who = vault.read(|tx| tx.meta("who")).unwrap().unwrap();
    assert_eq!(who.as_slice(), b"second");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn an_error_in_a_write_undoes_all_of_it() {
    let place = tempfile::tempdir().unwrap();
    let mut vault = create(&place.path().join("vault"), Role::Desk).unwrap();
    vault.write(|tx| tx.set_meta("name", b"before")).unwrap();
    let failed: Result<(), VaultError> = vault.write(|tx| {
        tx.set_meta("name", b"after")?;
        tx.set_meta("other", b"new")?;
        Err(VaultError::Row)
    });
    assert_eq!(kind(&failed), "row");
    let (name, other) = vault.read::<_, VaultError>(|tx| Ok((tx.meta("name")?, tx.meta("other")?))).unwrap();
    assert_eq!(name.unwrap().as_slice(), b"before");
    assert!(other.is_none());
    // The same after a panic in the middle.
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: Result<(), VaultError> = vault.write(|tx| {
            tx.set_meta("name", b"after")?;
            panic!("in the middle")
        });
    }));
    assert!(caught.is_err());
    let name = vault.read(|tx| tx.meta("name")).unwrap();
    assert_eq!(name.unwrap().as_slice(), b"before");
    vault.write(|tx| tx.set_meta("name", b"later")).unwrap();
}

#[test]
fn nothing_secret_shows_in_debug_output() {
    let place = tempfile::tempdir().unwrap();
    let vault = create(&place.path().join("secret-name"), Role::Desk).unwrap();
    assert_eq!(format!("{vault:?}"), "Vault(..)");
}
