//! Ed25519: signing keys and strict verification, one by one or many at once.

use std::{fmt, num::NonZero, thread};

use amana_domain::{
    ids::{Signature, VerifyKey},
    signed::Verifier,
};
use ed25519_dalek::{Signer as _, VerifyingKey};

use crate::{Random, Seed};

/// An Ed25519 signing key. Zeroised on drop.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Makes a random key.
    pub fn make(random: &dyn Random) -> Self {
        Self::from_seed(&Seed::make(random))
    }
    /// The key of a stored seed.
    pub fn from_seed(seed: &Seed) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed.expose()))
    }
    /// The seed, for a sealed place.
    pub fn seed(&self) -> Seed {
        Seed::from_bytes(self.0.to_bytes())
    }
    /// Signs a message. The caller puts a label in front (`amana_domain::signed::message`).
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }
    /// The public half.
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey::from_bytes(self.0.verifying_key().to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Refuses everything that is not the one valid signature form: small-order or non-canonical keys
/// and points, and scalars out of range. So two readers never disagree about a signature.
#[derive(Debug, Clone, Copy, Default)]
pub struct StrictVerifier;

impl Verifier for StrictVerifier {
    fn verify(&self, key: &VerifyKey, message: &[u8], signature: &Signature) -> bool {
        parse(key).is_some_and(|key| verify_with(&key, message, signature))
    }
}

fn parse(key: &VerifyKey) -> Option<VerifyingKey> {
    let bytes = key.as_bytes();
    // The library reduces y modulo p = 2^255 − 19; a second encoding of a key must not pass.
    let high = bytes[1..31].iter().all(|byte| *byte == 0xff) && bytes[31] & 0x7f == 0x7f;
    if high && bytes[0] >= 0xed {
        return None;
    }
    VerifyingKey::from_bytes(bytes).ok()
}

fn verify_with(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
    key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature.as_bytes())).is_ok()
}

/// One signature to check.
#[derive(Debug, Clone, Copy)]
pub struct SignedItem<'a> {
    /// The key that should have signed.
    pub key: VerifyKey,
    /// The exact message.
    pub message: &'a [u8],
    /// The signature.
    pub signature: Signature,
}

/// Below this, threads cost more than they save (one check takes about 30 µs).
const PER_THREAD: usize = 32;

/// Checks many signatures, each as strictly as [`StrictVerifier`]; big batches use all cores.
/// The answers are in the order of the items.
pub fn verify_all(items: &[SignedItem<'_>]) -> Vec<bool> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    verify_on(items, cores.min(items.len().div_ceil(PER_THREAD)))
}

fn verify_on(items: &[SignedItem<'_>], threads: usize) -> Vec<bool> {
    let mut answers = vec![false; items.len()];
    if threads <= 1 {
        verify_chunk(items, &mut answers);
        return answers;
    }
    let size = items.len().div_ceil(threads);
    thread::scope(|scope| {
        for (items, answers) in items.chunks(size).zip(answers.chunks_mut(size)) {
            scope.spawn(move || verify_chunk(items, answers));
        }
    });
    answers
}

fn verify_chunk(items: &[SignedItem<'_>], answers: &mut [bool]) {
    // Runs of one author are common: decompress the key once.
    let mut last: Option<(VerifyKey, Option<VerifyingKey>)> = None;
    for (item, answer) in items.iter().zip(answers) {
        let key = match &last {
            Some((bytes, key)) if *bytes == item.key => key,
            _ => &last.insert((item.key, parse(&item.key))).1,
        };
        *answer = key.as_ref().is_some_and(|key| verify_with(key, item.message, &item.signature));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn the_identity_point_signs_nothing() {
        // A = R = identity (y = 1) and S = 0 satisfies the cofactorless equation for every message.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let key = VerifyKey::from_bytes(identity);
        let signature = Signature::from_bytes(signature);
        // The library's lenient check accepts it: the attack is real.
        let lenient = VerifyingKey::from_bytes(&identity).unwrap();
        let parsed = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        assert!(ed25519_dalek::Verifier::verify(&lenient, b"anything", &parsed).is_ok());

        assert!(!StrictVerifier.verify(&key, b"anything", &signature));
        assert_eq!(verify_all(&[SignedItem { key, message: b"anything", signature }]), [false]);
    }

    #[test]
    fn a_second_encoding_of_a_key_is_refused() {
        // y = p + 3 and y = 3 are the same point to a decoder that reduces.
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed + 3;
        bytes[31] = 0x7f;
        let mut reduced = [0; 32];
        reduced[0] = 3;
        let lenient = |bytes| VerifyingKey::from_bytes(bytes).unwrap().to_edwards();
        assert_eq!(lenient(&bytes), lenient(&reduced));
        assert!(parse(&VerifyKey::from_bytes(bytes)).is_none());
        assert!(parse(&VerifyKey::from_bytes(reduced)).is_some());
    }

    #[test]
    fn a_batch_answers_like_single_checks_on_any_number_of_threads() {
        let random = SeededRandom::new(3);
        let keys: Vec<_> = (0..3).map(|_| SigningKey::make(&random)).collect();
        let messages: Vec<Vec<u8>> = (0..101u8).map(|n| vec![n; usize::from(n)]).collect();
        let items: Vec<_> = messages
            .iter()
            .enumerate()
            .map(|(n, message)| {
                let signer = &keys[n / 7 % 3];
                let key = if n % 10 == 4 { &keys[(n / 7 + 1) % 3] } else { signer };
                SignedItem { key: key.verify_key(), message, signature: signer.sign(message) }
            })
            .collect();
        let single: Vec<_> =
            items.iter().map(|i| StrictVerifier.verify(&i.key, i.message, &i.signature)).collect();
        assert_eq!(single.iter().filter(|valid| !**valid).count(), 10);
        for threads in [1, 2, 3, 50, 101] {
            assert_eq!(verify_on(&items, threads), single, "{threads} threads");
        }
        assert_eq!(verify_all(&items), single);
        assert_eq!(verify_all(&[]), Vec::<bool>::new());
    }

    #[test]
    fn a_seed_makes_the_same_key_again() {
        let key = SigningKey::make(&SeededRandom::new(1));
        let again = SigningKey::from_seed(&key.seed());
        assert_eq!(again.verify_key(), key.verify_key());
        assert!(StrictVerifier.verify(&key.verify_key(), b"m", &again.sign(b"m")));
        assert!(!StrictVerifier.verify(&key.verify_key(), b"n", &again.sign(b"m")));
    }
}
