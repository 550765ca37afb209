use proptest::prelude::*;

use super::*;
use crate::SeededRandom;

const MAILBOX: MailboxId = MailboxId::from_bytes([3; 16]);
const EVENT_ID: EventId = EventId::from_bytes([5; 32]);

fn log_key(seed: u8) -> LogKey {
    LogKey::from_bytes([seed; 32])
}

fn letter() -> (KemSecret, Vec<u8>) {
    let random = SeededRandom::new(9);
    let secret = KemSecret::make(&random);
    let envelope = seal_letter(&secret.public(), MAILBOX, b"a letter", &random).unwrap();
    (secret, envelope)
}

#[test]
fn sealing_again_gives_the_same_bytes_and_another_event_others() {
    let seal =
        |event| seal_event(&log_key(1), MAILBOX, EventId::from_bytes([event; 32]), b"content").unwrap();
    assert_eq!(seal(5), seal(5));
    assert_ne!(seal(5)[SALT], seal(6)[SALT]);
}

#[test]
fn the_fitting_key_is_found_and_the_salt_checked() {
    let keys = [log_key(1), log_key(2), log_key(3)];
    let envelope = seal_event(&keys[2], MAILBOX, EVENT_ID, b"content").unwrap();
    let opened = open_event(&envelope, MAILBOX, &keys).unwrap();
    assert_eq!((opened.key_index, &*opened.content), (2, &b"content"[..]));
    assert!(opened.fits(&keys[2], EVENT_ID));
    assert!(!opened.fits(&keys[2], EventId::from_bytes([6; 32])));
    assert!(!opened.fits(&keys[1], EVENT_ID));
    assert_eq!(open_event(&envelope, MAILBOX, &keys[..2]).unwrap_err(), CryptoError::NoKey);
}

#[test]
fn another_mailbox_is_refused_outside_and_inside() {
    let other = MailboxId::from_bytes([4; 16]);
    let (secret, letter) = letter();
    let mut event = seal_event(&log_key(1), MAILBOX, EVENT_ID, b"content").unwrap();
    let keys = [log_key(1)];
    assert_eq!(open_event(&event, other, &keys).unwrap_err(), CryptoError::OtherMailbox);
    assert_eq!(open_letter(&letter, other, &[&secret]).unwrap_err(), CryptoError::OtherMailbox);
    // A relay that rewrites the header fails at the AAD.
    event[2..18].copy_from_slice(other.as_bytes());
    assert_eq!(open_event(&event, other, &keys).unwrap_err(), CryptoError::NotAuthentic);
    let mut moved = letter;
    moved[2..18].copy_from_slice(other.as_bytes());
    assert_eq!(open_letter(&moved, other, &[&secret]).unwrap_err(), CryptoError::NoKey);
}

#[test]
fn every_bit_flip_of_an_event_envelope_is_refused() {
    let key = log_key(1);
    let mut envelope = seal_event(&key, MAILBOX, EVENT_ID, &[7; 900]).unwrap();
    assert_eq!(envelope.len(), 2048);
    for bit in 0..envelope.len() * 8 {
        envelope[bit / 8] ^= 1 << (bit % 8);
        assert!(open_event(&envelope, MAILBOX, [&key]).is_err(), "bit {bit}");
        // Even with the mailbox taken from the changed header.
        if let Ok(header) = Header::parse(&envelope) {
            assert!(open_event(&envelope, header.mailbox, [&key]).is_err(), "bit {bit}");
        }
        envelope[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(open_event(&envelope, MAILBOX, [&key]).is_ok());
}

#[test]
fn letters_open_for_their_key_only_and_refuse_changes() {
    let (secret, envelope) = letter();
    let stranger = KemSecret::make(&SeededRandom::new(10));
    let (index, content) = open_letter(&envelope, MAILBOX, &[&stranger, &secret]).unwrap();
    assert_eq!((index, &*content), (1, &b"a letter"[..]));
    assert_eq!(open_letter(&envelope, MAILBOX, &[&stranger]).unwrap_err(), CryptoError::NoKey);
    // Each opening costs a decapsulation: one bit of every 13th byte, all parts are hit.
    for at in (0..envelope.len()).step_by(13) {
        let mut changed = envelope.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(open_letter(&changed, MAILBOX, &[&secret]).is_err(), "byte {at}");
    }
}

#[test]
fn kinds_and_versions_are_not_mixed_up() {
    let (secret, letter) = letter();
    let event = seal_event(&log_key(1), MAILBOX, EVENT_ID, b"").unwrap();
    assert_eq!(open_event(&letter, MAILBOX, [&log_key(1)]).unwrap_err(), CryptoError::Malformed);
    assert_eq!(open_letter(&event, MAILBOX, &[&secret]).unwrap_err(), CryptoError::Malformed);
    let mut newer = event.clone();
    newer[0] = 2;
    assert_eq!(Header::parse(&newer), Err(CryptoError::UnknownVersion));
    let mut unknown = event.clone();
    unknown[1] = 3;
    assert_eq!(Header::parse(&unknown), Err(CryptoError::Malformed));
    assert_eq!(Header::parse(&event), Ok(Header { kind: EnvelopeKind::Event, mailbox: MAILBOX }));
    for length in 0..event.len() {
        assert!(Header::parse(&event[..length]).is_err(), "{length}");
    }
}

#[test]
fn padding_that_is_not_zero_is_refused() {
    // A sealer that hides bytes behind the content would make several envelopes of one event.
    let key = log_key(1);
    let mut envelope = framed(EVENT, MAILBOX, EVENT_HEADER, b"content").unwrap();
    let salt = expected_salt(&key, EVENT_ID);
    let okm = event_keys(&key, &salt);
    envelope[SALT].copy_from_slice(&salt);
    envelope[COMMITMENT].copy_from_slice(&okm[32..]);
    envelope[1500] = 1;
    let (header, body) = envelope.split_at_mut(EVENT_HEADER);
    aead::seal_in_place(halves(&okm).0, aead::ONE_TIME, &event_aad(header), body);
    assert_eq!(open_event(&envelope, MAILBOX, [&key]).unwrap_err(), CryptoError::Malformed);
}

#[test]
fn a_length_beyond_the_plaintext_is_refused() {
    for length in [5u32, 2000, u32::MAX] {
        let mut plaintext = length.to_be_bytes().to_vec();
        plaintext.extend_from_slice(&[0; 4]);
        assert_eq!(unframed(plaintext).unwrap_err(), CryptoError::Malformed);
    }
    assert!(unframed(vec![0; 3]).is_err());
}

#[test]
fn the_largest_content_fits_exactly_and_one_more_does_not() {
    let key = log_key(1);
    let envelope = seal_event(&key, MAILBOX, EVENT_ID, &vec![1; MAX_EVENT_CONTENT]).unwrap();
    assert_eq!(envelope.len(), bucket::MAX);
    assert_eq!(open_event(&envelope, MAILBOX, [&key]).unwrap().content.len(), MAX_EVENT_CONTENT);
    let over = seal_event(&key, MAILBOX, EVENT_ID, &vec![1; MAX_EVENT_CONTENT + 1]);
    assert_eq!(over, Err(CryptoError::TooLarge));
    let random = SeededRandom::new(1);
    let to = KemSecret::make(&random).public();
    assert!(seal_letter(&to, MAILBOX, &vec![1; MAX_LETTER_CONTENT], &random).is_ok());
    let over = seal_letter(&to, MAILBOX, &vec![1; MAX_LETTER_CONTENT + 1], &random);
    assert_eq!(over, Err(CryptoError::TooLarge));
}

proptest! {
    #[test]
    fn any_content_round_trips_in_a_bucket(content in proptest::collection::vec(any::<u8>(), 0..20_000)) {
        let key = log_key(1);
        let envelope = seal_event(&key, MAILBOX, EVENT_ID, &content).unwrap();
        prop_assert!(bucket::is_bucket(envelope.len()));
        let opened = open_event(&envelope, MAILBOX, [&key]).unwrap();
        prop_assert_eq!(&*opened.content, &content[..]);
    }

    #[test]
    fn random_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 2048), kind in 0u8..4) {
        bytes[0] = 1;
        bytes[1] = kind;
        let mailbox = MailboxId::from_slice(&bytes[2..18]).unwrap();
        prop_assert!(open_event(&bytes, mailbox, [&log_key(1)]).is_err());
    }
}
