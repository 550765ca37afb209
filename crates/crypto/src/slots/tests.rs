use super::*;
use crate::SeededRandom;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::parse(text).unwrap()
}

fn pin(text: &str) -> Passphrase {
    Passphrase::pin(text).unwrap()
}

fn first() -> Passphrase {
    passphrase("one two three four five six")
}

fn made() -> (SeededRandom, Header, Opened) {
    let random = SeededRandom::new(1);
    let (header, opened) = Header::create(&first(), None, Cost::for_tests(), &random).unwrap();
    (random, header, opened)
}

#[test]
fn a_passphrase_opens_its_header_again_and_a_wrong_one_does_not() {
    let (_, header, made) = made();
    let read = Header::parse(&header.to_bytes()).unwrap();
    assert_eq!(read, header);
    let opened = read.open(&first(), None).unwrap();
    assert_eq!((opened.role, opened.contents), (Role::Primary, made.contents));
    let wrong = passphrase("one two three four five seven");
    assert_eq!(read.open(&wrong, None).unwrap_err(), SlotError::WrongKey);
    let short = Passphrase::entered("one").unwrap();
    assert_eq!(read.open(&short, None).unwrap_err(), SlotError::WrongKey);
}

#[test]
fn every_byte_counts_damage_is_not_a_wrong_key() {
    let (_, header, _) = made();
    let good = header.to_bytes();
    for at in 0..HEADER_LEN {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert_eq!(Header::parse(&bytes).unwrap_err(), SlotError::Damaged, "byte {at}");
    }
    for length in [0, 1, 4095, 4097] {
        assert_eq!(Header::parse(&vec![0; length]).unwrap_err(), SlotError::Damaged);
    }
}

/// Changes bytes and mends the checksum, as an attacker would.
fn forged(header: &Header, change: impl FnOnce(&mut [u8])) -> Result<Header, SlotError> {
    let mut bytes = header.to_bytes();
    change(&mut bytes);
    let checksum = sha256(&[&bytes[..CHECKSUM]]);
    bytes[CHECKSUM..].copy_from_slice(&checksum);
    Header::parse(&bytes)
}

#[test]
fn a_newer_version_and_absurd_costs_are_refused() {
    let (_, header, _) = made();
    assert_eq!(forged(&header, |bytes| bytes[9] = 2).unwrap_err(), SlotError::TooNew);
    for (at, value) in [(10, u32::MAX), (10, 0), (14, 0), (14, 17), (18, 0), (18, 5), (10, 512 * 1024 + 1)] {
        let absurd = forged(&header, |bytes| bytes[at..at + 4].copy_from_slice(&u32::to_be_bytes(value)));
        assert_eq!(absurd.unwrap_err(), SlotError::Damaged, "{value} at {at}");
    }
    assert_eq!(forged(&header, |bytes| bytes[25] = 1).unwrap_err(), SlotError::Damaged);
}

#[test]
fn forged_costs_salts_and_swapped_slots_do_not_open() {
    let (_, header, opened) = made();
    type Change = Box<dyn FnOnce(&mut [u8])>;
    let refused: [Change; 4] = [
        Box::new(|bytes| bytes[13] = 65),
        Box::new(|bytes| bytes[17] = 2),
        Box::new(|bytes| bytes[40] ^= 1),
        Box::new(move |bytes| {
            let other = (opened.slot + 1) % SLOTS;
            let slot = bytes[slot_range(opened.slot)].to_vec();
            bytes[slot_range(other)].copy_from_slice(&slot);
            bytes[slot_range(opened.slot)].fill(0);
        }),
    ];
    for change in refused {
        let forged = forged(&header, change).unwrap();
        assert_eq!(forged.open(&first(), None).unwrap_err(), SlotError::WrongKey);
    }
}

#[test]
fn pins_need_the_keystore_that_made_them() {
    let random = SeededRandom::new(1);
    let keystore = KeystoreSecret::make(&random);
    let without = Header::create(&pin("123456"), None, Cost::for_tests(), &random);
    assert_eq!(without.unwrap_err(), SlotError::PinNeedsKeystore);
    let (header, made) = Header::create(&pin("123456"), Some(&keystore), Cost::for_tests(), &random).unwrap();
    assert_eq!(header.open(&pin("123456"), Some(&keystore)).unwrap().contents, made.contents);
    assert_eq!(header.open(&pin("123456"), None).unwrap_err(), SlotError::PinNeedsKeystore);
    // The right PIN on another device, or typed as a passphrase without the device.
    let other = KeystoreSecret::make(&random);
    assert_eq!(header.open(&pin("123456"), Some(&other)).unwrap_err(), SlotError::WrongKey);
    let typed = Passphrase::entered("123456").unwrap();
    assert_eq!(header.open(&typed, None).unwrap_err(), SlotError::WrongKey);
    let weak = Header::create(&typed, Some(&keystore), Cost::for_tests(), &random);
    assert_eq!(weak.unwrap_err(), SlotError::Weak);
}

#[test]
fn all_places_hold_their_own_secret_and_can_be_emptied() {
    let (random, mut header, owner) = made();
    let keystore = KeystoreSecret::make(&random);
    let decoy = Contents::make(&random);
    let real = owner.contents.clone();
    let extras = (0..EXTRA_PLACES as u8).map(Place::Extra);
    let places: Vec<Place> = [Place::Duress, Place::Wipe].into_iter().chain(extras).collect();
    for (n, place) in places.iter().enumerate() {
        let contents = if place.role() == Role::Primary { &real } else { &decoy };
        let secret = pin(&format!("10000{n}"));
        header.add_slot(&owner, *place, contents, &secret, Some(&keystore), &random).unwrap();
    }
    let header = Header::parse(&header.to_bytes()).unwrap();
    assert_eq!(header.open(&first(), None).unwrap().contents, real);
    let mut slots = vec![owner.slot];
    for (n, place) in places.iter().enumerate() {
        let opened = header.open(&pin(&format!("10000{n}")), Some(&keystore)).unwrap();
        assert_eq!(opened.role, place.role());
        assert_eq!(opened.contents == decoy, place.role() != Role::Primary);
        slots.push(opened.slot);
    }
    slots.sort_unstable();
    assert_eq!(slots, (0..SLOTS).collect::<Vec<_>>());

    let mut header = header;
    header.remove_slot(&owner, Place::Duress, &random).unwrap();
    assert_eq!(header.open(&pin("100000"), Some(&keystore)).unwrap_err(), SlotError::WrongKey);
    assert!(header.open(&pin("100001"), Some(&keystore)).is_ok());
}

#[test]
fn a_duress_slot_can_do_what_a_lone_primary_can() {
    let (random, mut header, owner) = made();
    let keystore = KeystoreSecret::make(&random);
    let decoy = Contents::make(&random);
    header.add_slot(&owner, Place::Duress, &decoy, &pin("111111"), Some(&keystore), &random).unwrap();
    let opened = header.open(&pin("111111"), Some(&keystore)).unwrap();
    // Another PIN: its own, without a look at the others.
    header.change_secret(&opened, &pin("222222"), Some(&keystore), Others::Unknown, &random).unwrap();
    assert_eq!(header.open(&pin("222222"), Some(&keystore)).unwrap().contents, decoy);
    assert_eq!(header.open(&pin("111111"), Some(&keystore)).unwrap_err(), SlotError::WrongKey);
    assert_eq!(header.open(&first(), None).unwrap().contents, owner.contents);
    // A duress PIN of its own: granted as to anybody, and what it knew nothing of is gone.
    let third = Contents::make(&random);
    header.arm(&opened, &third, &pin("333333"), Some(&keystore), &random).unwrap();
    assert_eq!(header.open(&pin("222222"), Some(&keystore)).unwrap().contents, decoy);
    let armed = header.open(&pin("333333"), Some(&keystore)).unwrap();
    assert_eq!((armed.role, armed.contents), (Role::Duress, third.clone()));
    assert_eq!(header.open(&first(), None).unwrap_err(), SlotError::WrongKey);
    header.add_slot(&opened, Place::Wipe, &third, &pin("444444"), Some(&keystore), &random).unwrap();
    assert_eq!(header.open(&pin("444444"), Some(&keystore)).unwrap().role, Role::Wipe);
    header.remove_slot(&opened, Place::Duress, &random).unwrap();
    assert_eq!(header.open(&pin("333333"), Some(&keystore)).unwrap_err(), SlotError::WrongKey);
    assert_eq!(header.open(&pin("222222"), Some(&keystore)).unwrap().contents, decoy);
}

#[test]
fn who_may_not_know_of_others_is_not_told_that_a_secret_is_theirs() {
    let (random, mut header, owner) = made();
    let keystore = KeystoreSecret::make(&random);
    let decoy = Contents::make(&random);
    header.change_secret(&owner, &pin("000000"), Some(&keystore), Others::Known, &random).unwrap();
    header.add_slot(&owner, Place::Duress, &decoy, &pin("111111"), Some(&keystore), &random).unwrap();
    let known = header.clone().change_secret(&owner, &pin("111111"), Some(&keystore), Others::Known, &random);
    assert_eq!(known.unwrap_err(), SlotError::InUse);
    let opened = header.open(&pin("111111"), Some(&keystore)).unwrap();
    header.change_secret(&opened, &pin("000000"), Some(&keystore), Others::Unknown, &random).unwrap();
}

#[test]
fn after_the_wipe_pin_one_slot_is_left_under_another_keystore_secret() {
    let (random, mut header, owner) = made();
    let (old, new) = (KeystoreSecret::make(&random), KeystoreSecret::make(&random));
    let decoy = Contents::make(&random);
    let real = owner.contents.clone();
    header.change_secret(&owner, &pin("000000"), Some(&old), Others::Known, &random).unwrap();
    header.add_slot(&owner, Place::Duress, &decoy, &pin("111111"), Some(&old), &random).unwrap();
    header.add_slot(&owner, Place::Wipe, &decoy, &pin("222222"), Some(&old), &random).unwrap();
    header.add_slot(&owner, Place::Extra(0), &real, &first(), None, &random).unwrap();
    let attempt = header.attempt(&pin("222222")).unwrap();
    let opened = header.try_open(&attempt, Some(&old)).unwrap();
    assert_eq!(opened.role, Role::Wipe);
    let (wiped, now) = header.wiped(&attempt, &opened, &new, &random).unwrap();
    let wiped = Header::parse(&wiped.to_bytes()).unwrap();
    assert_eq!((now.role, &now.contents), (Role::Primary, &decoy));
    assert_eq!((wiped.id(), wiped.cost()), (header.id(), header.cost()));
    for secret in ["000000", "111111", "222222"] {
        assert_eq!(wiped.open(&pin(secret), Some(&old)).unwrap_err(), SlotError::WrongKey, "{secret}");
    }
    assert_eq!(wiped.open(&first(), None).unwrap_err(), SlotError::WrongKey);
    let again = wiped.open(&pin("222222"), Some(&new)).unwrap();
    assert_eq!((again.role, again.contents, again.slot), (Role::Primary, decoy, now.slot));
    // Nothing of the old slots is there, bit for bit.
    for slot in 0..SLOTS {
        assert_ne!(wiped.bytes[slot_range(slot)], header.bytes[slot_range(slot)]);
    }
    let erased = Header::parse(&header.erased(&random).to_bytes()).unwrap();
    for secret in ["000000", "111111", "222222"] {
        assert_eq!(erased.open(&pin(secret), Some(&old)).unwrap_err(), SlotError::WrongKey);
    }
}

#[test]
fn one_passphrase_opens_one_slot_only() {
    let (random, mut header, owner) = made();
    let decoy = Contents::make(&random);
    let added = header.add_slot(&owner, Place::Duress, &decoy, &first(), None, &random);
    assert_eq!(added.unwrap_err(), SlotError::InUse);
    // Replacing the own slot with the same passphrase is fine.
    header.add_slot(&owner, Place::First, &owner.contents, &first(), None, &random).unwrap();
    assert_eq!(header.open(&first(), None).unwrap().contents, owner.contents);
}

#[test]
fn what_was_opened_elsewhere_owns_nothing_here() {
    let (random, mut header, _) = made();
    let (_, stranger) = Header::create(&first(), None, Cost::for_tests(), &random).unwrap();
    let removed = header.remove_slot(&stranger, Place::First, &random);
    assert_eq!(removed.unwrap_err(), SlotError::NotOwner);
    let changed = header.change_secret(&stranger, &first(), None, Others::Known, &random);
    assert_eq!(changed.unwrap_err(), SlotError::NotOwner);
    let own = header.open(&first(), None).unwrap();
    let beyond = Place::Extra(EXTRA_PLACES as u8);
    assert_eq!(header.remove_slot(&own, beyond, &random).unwrap_err(), SlotError::NotOwner);
}

#[test]
fn used_and_unused_slots_look_alike() {
    // Over many headers, bytes of used and of unused slots have the same mean: no fixed bytes.
    let random = SeededRandom::new(8);
    let (mut used, mut unused, mut count) = (vec![0u64; SLOT_LEN], vec![0u64; SLOT_LEN], [0u64; SLOTS]);
    for _ in 0..400 {
        let (header, opened) = Header::create(&first(), None, Cost::for_tests(), &random).unwrap();
        count[opened.slot] += 1;
        for at in 0..SLOT_LEN {
            used[at] += u64::from(header.bytes[slot_range(opened.slot)][at]);
            unused[at] += u64::from(header.bytes[slot_range((opened.slot + 1) % SLOTS)][at]);
        }
    }
    // Mean 127.5, standard deviation of a mean of 400: 3.7; six deviations are never seen by chance.
    for at in 0..SLOT_LEN {
        for sum in [used[at], unused[at]] {
            assert!((105..150).contains(&(sum / 400)), "byte {at}");
        }
    }
    assert!(count.iter().all(|times| *times > 15), "the primary can lie anywhere: {count:?}");
}

#[test]
fn the_default_cost_is_the_documented_one() {
    assert_eq!(Cost::default(), Cost::new(65_536, 3, 1).unwrap());
    assert_eq!(Cost::for_tests(), Cost::new(64, 1, 1).unwrap());
}
