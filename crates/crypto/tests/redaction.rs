//! No `Debug` of anything secret shows a byte of it, and secrets are wiped on drop.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

use amana_crypto::{
    KemSecret, LogKey, Plaintext, Random, Seed, SeededRandom, SigningKey,
    attachment::{Chunks, FileKey},
    capsule::{Armed, ControlSecret, Controls, ReleaseSecret, arm},
    check_in::CheckInChain,
    envelope::{open_event, seal_event},
    passphrase::Passphrase,
    recovery_code::RecoveryCode,
    sealed_file::SealedFile,
    slots::{Cost, DataKey, Header, KeystoreSecret},
};
use amana_domain::ids::{EventId, MailboxId};
use zeroize::ZeroizeOnDrop;

/// Fills everything with one byte that is easy to find again.
struct Constant;
impl Random for Constant {
    fn fill(&self, out: &mut [u8]) {
        out.fill(0xa7);
    }
}

#[track_caller]
fn redacted(value: &dyn std::fmt::Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        for trace in ["167", "a7a7", "A7A7", "0xa7", "typed secret", "777777"] {
            assert!(!shown.contains(trace), "{trace} in {shown}");
        }
        assert!(shown.contains("..") || shown.contains('…'), "{shown}");
    }
}

#[test]
fn debug_shows_nothing() {
    let seed = Seed::make(&Constant);
    redacted(&seed);
    redacted(&KemSecret::make(&Constant));
    redacted(&LogKey::make(&Constant));
    redacted(&SigningKey::make(&Constant));
    redacted(&DataKey::make(&Constant));
    redacted(&KeystoreSecret::make(&Constant));
    redacted(&FileKey::make(&Constant));
    redacted(&Chunks::new(&FileKey::make(&Constant), 10).unwrap());
    redacted(&ReleaseSecret::make(&Constant));
    redacted(&ControlSecret::make(&Constant));
    redacted(&Controls::derive(&seed, 5));
    redacted(&CheckInChain::make(5, &Constant));
    redacted(&Passphrase::parse("a typed secret of six words").unwrap());
    redacted(&Passphrase::pin("777777").unwrap());
    redacted(&RecoveryCode::make(&Constant));
    redacted(&SeededRandom::new(167));
}

#[test]
fn debug_of_what_holds_secrets_shows_nothing() {
    let passphrase = Passphrase::parse("a typed secret of six words").unwrap();
    let (header, opened) = Header::create(&passphrase, None, Cost::for_tests(), &Constant).unwrap();
    redacted(&header);
    redacted(&opened);
    redacted(&opened.contents);
    let file = SealedFile::create(&passphrase, b"purpose", Cost::for_tests(), &Constant).unwrap();
    let bytes = file.seal(b"a typed secret", &Constant);
    let (_, content) = SealedFile::open(&bytes, &passphrase, None, b"purpose").unwrap();
    redacted(&content);
    redacted(&file);
    let key = LogKey::make(&Constant);
    let mailbox = MailboxId::from_bytes([1; 16]);
    let envelope = seal_event(&key, mailbox, EventId::from_bytes([2; 32]), &[0xa7; 40]).unwrap();
    redacted(&open_event(&envelope, mailbox, [&key]).unwrap());
    let armed: Armed = arm(&KemSecret::make(&Constant).public(), b"", b"x", &Constant).unwrap();
    redacted(&armed);
}

#[test]
fn secrets_are_wiped_on_drop_and_compared_by_value() {
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<Seed>();
    wiped::<LogKey>();
    wiped::<DataKey>();
    wiped::<KeystoreSecret>();
    wiped::<FileKey>();
    wiped::<ReleaseSecret>();
    wiped::<ControlSecret>();
    wiped::<Passphrase>();
    wiped::<RecoveryCode>();
    wiped::<Plaintext>();
    assert_eq!(LogKey::from_bytes([1; 32]), LogKey::from_bytes([1; 32]));
    for at in 0..32 {
        let mut other = [1; 32];
        other[at] = 2;
        assert_ne!(LogKey::from_bytes([1; 32]), LogKey::from_bytes(other));
    }
}
