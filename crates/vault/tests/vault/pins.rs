//! PINs: with a keystore only, changed at one stroke, counted; duress and wipe.

use std::{fs, path::Path};

use amana_crypto::SeededRandom;
use amana_vault::{Keystore, Role, Setup, SoftwareKeystore, Vault, VaultError};

use crate::common::*;

pub const NOW: u64 = 1_790_000_000_000;

pub fn setup() -> Setup<'static> {
    Setup::for_tests()
}

/// A phone's vault that a PIN opens, closed again.
pub fn phone(dir: &Path, text: &str) -> SoftwareKeystore {
    let keystore = SoftwareKeystore::beside(dir);
    let made = Vault::create::<VaultError>(
        dir,
        &pin(text),
        setup().keystore(&keystore),
        Role::Phone,
        &SeededRandom::new(7),
        |tx| tx.set_meta("who", b"real"),
    );
    drop(made.unwrap());
    keystore
}

pub fn unlock(dir: &Path, text: &str, keystore: &dyn Keystore) -> Result<Vault, VaultError> {
    Vault::unlock(dir, &pin(text), Role::Phone, keystore, NOW)
}

/// Whose vault it is that opens: what was written into it first.
pub fn who(opened: Result<Vault, VaultError>) -> String {
    match opened {
        Ok(mut vault) => {
            let who = vault.read::<_, VaultError>(|tx| tx.meta("who")).unwrap().unwrap();
            String::from_utf8(who.to_vec()).unwrap()
        }
        error => kind(&error).to_owned(),
    }
}

pub fn arm(dir: &Path, own: &str, duress: &str, keystore: &dyn Keystore) {
    let mut vault = unlock(dir, own, keystore).unwrap();
    vault.set_duress_pin::<VaultError>(&pin(duress), keystore, |tx| tx.set_meta("who", b"decoy")).unwrap();
    vault.lock().unwrap();
}

#[test]
fn row_2_a_known_pin_without_the_keystore_opens_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
    // The files alone: no keystore, an empty one, another device's.
    let typed = amana_crypto::passphrase::Passphrase::entered("123456").unwrap();
    assert_eq!(kind(&Vault::open(&dir, &typed, Role::Phone)), "wrong key");
    assert_eq!(kind(&Vault::open(&dir, &pin("123456"), Role::Phone)), "pin needs keystore");
    let empty = SoftwareKeystore::at(place.path().join("empty"));
    assert_eq!(kind(&unlock(&dir, "123456", &empty)), "pin needs keystore");
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let copied = elsewhere.join("vault");
    copy(&dir, &copied);
    let other = SoftwareKeystore::beside(&copied);
    // A keystore that has the right ids and other secrets.
    let ids = fs::read_to_string(keystore.path()).unwrap();
    fs::write(
        other.path(),
        ids.lines()
            .map(|line| format!("{} {}\n", &line[..line.len() - 65], "11".repeat(32)))
            .collect::<String>(),
    )
    .unwrap();
    assert_eq!(kind(&unlock(&copied, "123456", &other)), "wrong key");
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
}

#[test]
fn pins_are_for_phones_with_a_keystore() {
    let place = tempfile::tempdir().unwrap();
    let random = SeededRandom::new(7);
    let keystore = SoftwareKeystore::at(place.path().join("keys"));
    let desk = place.path().join("desk");
    for (role, setup) in [(Role::Desk, setup().keystore(&keystore)), (Role::Phone, setup())] {
        let made = Vault::create::<VaultError>(&desk, &pin("123456"), setup, role, &random, |_| Ok(()));
        assert_eq!(kind(&made), "pin needs keystore");
        assert!(!desk.exists());
    }
    let mut vault = create(&desk, Role::Desk).unwrap();
    assert_eq!(kind(&vault.change_secret(&pin("123456"), Some(&keystore))), "pin needs keystore");
    drop(vault);
    assert_eq!(kind(&Vault::unlock(&desk, &pin("123456"), Role::Desk, &keystore, NOW)), "pin needs keystore");
    assert_eq!(kind(&open(&desk)), "ok");
}

#[test]
fn a_changed_secret_revokes_the_old_one() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    let mut vault = unlock(&dir, "123456", &keystore).unwrap();
    vault.change_secret(&pin("654321"), Some(&keystore)).unwrap();
    vault.lock().unwrap();
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "wrong key");
    let mut vault = unlock(&dir, "654321", &keystore).unwrap();
    assert!(vault.opened_by_pin());
    assert_eq!(kind(&vault.change_secret(&passphrase("too short"), None)), "weak");
    vault.change_secret(&right(), None).unwrap();
    assert!(!vault.opened_by_pin());
    vault.lock().unwrap();
    assert_eq!(who(unlock(&dir, "654321", &keystore)), "wrong key");
    assert_eq!(who(Vault::open(&dir, &right(), Role::Phone)), "real");
    // A desk's, too.
    let desk = place.path().join("desk");
    let mut vault = create(&desk, Role::Desk).unwrap();
    vault.change_secret(&passphrase("another passphrase of exactly six words"), None).unwrap();
    drop(vault);
    assert_eq!(kind(&open(&desk)), "wrong key");
    let other = passphrase("another passphrase of exactly six words");
    assert_eq!(kind(&Vault::open(&desk, &other, Role::Desk)), "ok");
}

#[test]
fn wrong_pins_wait_and_passphrases_do_not() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    for _ in 0..5 {
        assert_eq!(kind(&unlock(&dir, "111111", &keystore)), "wrong key");
    }
    let Err(VaultError::Wait { seconds }) = unlock(&dir, "123456", &keystore) else { panic!("it waits") };
    assert_eq!(seconds, 60);
    let later = |ms| Vault::unlock(&dir, &pin("123456"), Role::Phone, &keystore, NOW + ms);
    assert_eq!(kind(&later(59_000)), "wait");
    assert_eq!(who(later(60_000)), "real");
    // The right one forgives.
    assert_eq!(kind(&unlock(&dir, "111111", &keystore)), "wrong key");
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
    for _ in 0..20 {
        assert_eq!(kind(&Vault::open(&dir, &right(), Role::Phone)), "wrong key");
    }
}

#[test]
fn after_ten_wrong_ones_nothing_opens_it_where_that_was_wanted() {
    for erase in [false, true] {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("vault");
        let keystore = phone(&dir, "123456");
        arm(&dir, "123456", "222222", &keystore);
        let mut vault = unlock(&dir, "123456", &keystore).unwrap();
        vault.set_erase_after_ten(erase, &keystore).unwrap();
        vault.lock().unwrap();
        let before = fs::read(dir.join("header")).unwrap();
        let mut now = NOW;
        let mut attempt = |text: &str| {
            now += 3_600_000;
            who(Vault::unlock(&dir, &pin(text), Role::Phone, &keystore, now))
        };
        for _ in 0..9 {
            assert_eq!(attempt("111111"), "wrong key");
        }
        assert_eq!(fs::read(dir.join("header")).unwrap(), before);
        assert_eq!(attempt("111111"), "wrong key");
        let expected = if erase { ["wrong key"; 2] } else { ["real", "decoy"] };
        assert_eq!([attempt("123456"), attempt("222222")], expected);
        assert_eq!(fs::read(dir.join("header")).unwrap() == before, !erase);
    }
}

#[test]
fn the_duress_pin_opens_another_vault_that_can_do_the_same() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    arm(&dir, "123456", "222222", &keystore);
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
    let mut decoy = unlock(&dir, "222222", &keystore).unwrap();
    assert!(decoy.check_pages().unwrap());
    decoy.write::<_, VaultError>(|tx| tx.set_meta("note", b"harmless")).unwrap();
    decoy.change_secret(&pin("333333"), Some(&keystore)).unwrap();
    // Somebody who holds it tries PINs: no answer tells that one is another vault's.
    decoy.change_secret(&pin("123456"), Some(&keystore)).unwrap();
    decoy.change_secret(&pin("333333"), Some(&keystore)).unwrap();
    assert_eq!(kind(&decoy.set_wipe_pin(&pin("444444"), &keystore)), "wipe needs duress");
    decoy.lock().unwrap();
    assert_eq!(who(unlock(&dir, "222222", &keystore)), "wrong key");
    assert_eq!(who(unlock(&dir, "333333", &keystore)), "decoy");
    let mut real = unlock(&dir, "123456", &keystore).unwrap();
    assert!(real.check_pages().unwrap());
    assert_eq!(kind(&real.change_secret(&pin("333333"), Some(&keystore))), "pin in use");
    // A new duress PIN keeps what is in the second vault.
    let init = |_: &amana_vault::Tx<'_>| -> Result<(), VaultError> { panic!("it is there") };
    real.set_duress_pin(&pin("555555"), &keystore, init).unwrap();
    real.lock().unwrap();
    assert_eq!(who(unlock(&dir, "333333", &keystore)), "wrong key");
    let mut decoy = unlock(&dir, "555555", &keystore).unwrap();
    let note = decoy.read::<_, VaultError>(|tx| tx.meta("note")).unwrap().unwrap();
    assert_eq!(note.as_slice(), b"harmless");
    drop(decoy);
    // Gone, and back as a fresh one.
    let mut real = unlock(&dir, "123456", &keystore).unwrap();
    real.remove_duress_pin().unwrap();
    real.remove_duress_pin().unwrap();
    drop(real);
    assert_eq!(who(unlock(&dir, "555555", &keystore)), "wrong key");
    arm(&dir, "123456", "555555", &keystore);
    let mut decoy = unlock(&dir, "555555", &keystore).unwrap();
    assert!(decoy.read::<_, VaultError>(|tx| tx.meta("note")).unwrap().is_none());
}

#[test]
fn a_second_vault_asked_for_a_second_vault_makes_one_as_any_other_does() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    arm(&dir, "123456", "222222", &keystore);
    let mut decoy = unlock(&dir, "222222", &keystore).unwrap();
    decoy.set_duress_pin::<VaultError>(&pin("333333"), &keystore, |tx| tx.set_meta("who", b"third")).unwrap();
    decoy.set_wipe_pin(&pin("444444"), &keystore).unwrap();
    decoy.lock().unwrap();
    assert_eq!(who(unlock(&dir, "222222", &keystore)), "decoy");
    assert_eq!(who(unlock(&dir, "333333", &keystore)), "third");
    // It took the place of the first: not damaged, simply no PIN of this vault.
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "wrong key");
    assert_eq!(who(unlock(&dir, "444444", &keystore)), "third");
    assert_eq!(who(unlock(&dir, "222222", &keystore)), "wrong key");
}

#[test]
fn the_wipe_pin_opens_the_second_vault_and_destroys_the_first() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = phone(&dir, "123456");
    let mut real = unlock(&dir, "123456", &keystore).unwrap();
    assert_eq!(kind(&real.set_wipe_pin(&pin("444444"), &keystore)), "wipe needs duress");
    drop(real);
    arm(&dir, "123456", "222222", &keystore);
    let mut real = unlock(&dir, "123456", &keystore).unwrap();
    assert_eq!(kind(&real.set_wipe_pin(&pin("222222"), &keystore)), "pin in use");
    real.set_wipe_pin(&pin("444444"), &keystore).unwrap();
    real.lock().unwrap();
    // Who has copied the files before and the keystore after has nothing.
    let seized = place.path().join("seized");
    copy(&dir, &seized);
    let names = |dir: &Path| {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names(&dir);
    assert_eq!(who(unlock(&dir, "444444", &keystore)), "decoy");
    assert_eq!(names(&dir), before);
    assert_eq!(who(unlock(&dir, "444444", &keystore)), "decoy");
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "wrong key");
    assert_eq!(who(unlock(&dir, "222222", &keystore)), "wrong key");
    assert_eq!(who(unlock(&dir, "444444", &keystore)), "decoy");
    for text in ["123456", "222222", "444444"] {
        assert_eq!(who(unlock(&seized, text, &keystore)), "wrong key", "{text}");
    }
    // What is left can do everything that a vault can.
    assert_eq!(who(unlock(&dir, "444444", &keystore)), "decoy");
    arm(&dir, "444444", "777777", &keystore);
    assert_eq!(who(unlock(&dir, "777777", &keystore)), "decoy");
    assert_eq!(who(unlock(&dir, "444444", &keystore)), "decoy");
}

#[test]
fn duress_and_wipe_stand_on_a_pin() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let keystore = SoftwareKeystore::beside(&dir);
    let mut vault =
        Vault::create::<VaultError>(&dir, &right(), setup(), Role::Phone, &SeededRandom::new(7), |tx| {
            tx.set_meta("who", b"real")
        })
        .unwrap();
    let none = |_: &amana_vault::Tx<'_>| Ok::<(), VaultError>(());
    assert_eq!(kind(&vault.set_duress_pin(&pin("222222"), &keystore, none)), "pin not set");
    assert_eq!(kind(&vault.set_wipe_pin(&pin("222222"), &keystore)), "pin not set");
    assert_eq!(kind(&vault.set_erase_after_ten(true, &keystore)), "pin not set");
    vault.change_secret(&pin("123456"), Some(&keystore)).unwrap();
    assert_eq!(kind(&vault.set_duress_pin(&right(), &keystore, none)), "pin needs keystore");
    vault.set_duress_pin(&pin("222222"), &keystore, none).unwrap();
    drop(vault);
    assert_eq!(who(Vault::open(&dir, &right(), Role::Phone)), "wrong key");
    assert_eq!(who(unlock(&dir, "123456", &keystore)), "real");
}
