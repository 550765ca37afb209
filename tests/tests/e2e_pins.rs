//! PINs of a phone's vault from the command line: set, changed, forced, wiped; and a desk's passphrase.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_tests::harness::{PASSPHRASE, Team, Vault, World, contains, snapshot};

const REAL: &str = "481516";
const DURESS: &str = "232342";
const WIPE: &str = "108108";

fn setting(world: &World, new_pin: &str) -> World {
    world.with_env("AMANA_NEW_PIN", new_pin)
}

#[test]
fn a_forced_phone_shows_what_she_put_there_and_a_wiped_one_has_nothing_else() {
    let world = World::new();
    let team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let case = phone.file(&team.organisation, "he keeps my passport");
    phone.sync();
    phone.fails(&["pin", "duress"], "pin_not_set");
    phone.fails(&["pin", "change"], "pin_not_set");
    phone.within(&setting(&world, "12345")).fails(&["pin", "set"], "pin_too_short");
    phone.within(&setting(&world, REAL)).ok(&["pin", "set"]);
    phone.fails(&["cases"], "vault_wrong_key");

    let opened = |pin: &str| world.with_env("AMANA_PIN", pin);
    let real = phone.within(&opened(REAL));
    assert_eq!(real.cases().len(), 1);
    real.within(&setting(&opened(REAL), WIPE)).fails(&["pin", "wipe"], "pin_wipe_needs_duress");
    real.within(&setting(&opened(REAL), DURESS)).ok(&["pin", "duress"]);
    real.within(&setting(&opened(REAL), DURESS)).fails(&["pin", "change"], "pin_in_use");
    real.within(&setting(&opened(REAL), WIPE)).ok(&["pin", "wipe"]);
    real.ok(&["pin", "erase-after-ten", "on"]);

    // The second vault is joined to the same deployment and is what its owner makes of it.
    let forced = phone.within(&opened(DURESS));
    assert!(forced.cases().is_empty());
    assert_eq!(forced.sync(), Vec::<String>::new());
    forced.file(&team.organisation, "when is the office open?");
    forced.sync();
    forced.fails(&["show", &case.case], "not_found");
    forced.within(&setting(&opened(DURESS), WIPE)).fails(&["pin", "wipe"], "pin_wipe_needs_duress");
    assert_eq!(real.cases()[0]["text"], "he keeps my passport");
    real.verify();
    forced.verify();

    // Wrong ones wait, whatever they open.
    for _ in 0..5 {
        phone.within(&opened("000000")).fails(&["cases"], "vault_wrong_key");
    }
    for pin in [REAL, DURESS, WIPE] {
        phone.within(&opened(pin)).fails(&["cases"], "vault_wait");
    }
    assert!(!contains(&snapshot(world.dir())[&world.path("phone/header")], PASSPHRASE.as_bytes()));
}

#[test]
fn the_wipe_pin_leaves_the_second_vault_alone() {
    let world = World::new();
    let link = amana_tests::harness::Deploy::init(&world, "deploy", "http://127.0.0.1:9").link();
    let phone = Vault::joined_phone(&world, "phone", &link);
    let opened = |pin: &str| phone.within(&world.with_env("AMANA_PIN", pin));
    phone.within(&setting(&world, REAL)).ok(&["pin", "set"]);
    let real = |new: &str| phone.within(&setting(&world.with_env("AMANA_PIN", REAL), new));
    real(DURESS).ok(&["pin", "duress"]);
    real(WIPE).ok(&["pin", "wipe"]);
    assert!(opened(WIPE).cases().is_empty());
    opened(REAL).fails(&["cases"], "vault_wrong_key");
    opened(DURESS).fails(&["cases"], "vault_wrong_key");
    assert!(opened(WIPE).cases().is_empty());
    // Copied elsewhere without the keystore's file, no PIN opens it.
    std::fs::remove_file(world.path("phone.keystore")).unwrap();
    opened(WIPE).fails(&["cases"], "pin_needs_keystore");
}

#[test]
fn passphrases_are_changed_and_pins_taken_away() {
    let world = World::new();
    let team = Team::start(&world);
    let next = "six quite different words for later";
    let changing = world.with_env("AMANA_NEW_PASSPHRASE", next);
    let then = world.with_passphrase(next);
    team.desk
        .within(&world.with_env("AMANA_NEW_PASSPHRASE", "short"))
        .fails(&["passphrase", "change"], "passphrase_weak");
    team.desk.within(&changing).ok(&["passphrase", "change"]);
    team.desk.fails(&["queue"], "vault_wrong_key");
    assert!(team.desk.within(&then).cases().is_empty());

    let phone = Vault::joined_phone(&world, "phone", &team.link);
    phone.within(&setting(&world, REAL)).ok(&["pin", "set"]);
    phone.within(&changing.with_env("AMANA_PIN", REAL)).ok(&["pin", "remove"]);
    phone.within(&world.with_env("AMANA_PIN", REAL)).fails(&["cases"], "vault_wrong_key");
    assert!(phone.within(&then).cases().is_empty());
    phone.within(&then.with_env("AMANA_NEW_PASSPHRASE", PASSPHRASE)).ok(&["passphrase", "change"]);
    assert!(phone.cases().is_empty());
}
