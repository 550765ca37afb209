//! Capsules: an alert sealed in advance that neither the relay nor the desk can read alone.
//!
//! ```text
//! 0x01 0x03 H(R)(32) AEAD_R( HPKE_desk( length u32 ‖ alert ‖ zeros ) )
//! ```
//!
//! The desk holds the capsule, the relay holds R and the deadline. Outer: ChaCha20-Poly1305 under
//! HKDF(R), nonce 0 (R seals once), AAD = label ‖ the 34 header bytes ‖ context. Inner: HPKE with
//! info = label, AAD = context. H(R) = SHA-256(label ‖ R). Sizes are buckets as for envelopes.

use amana_domain::ids::{Hash, sha256};
use zeroize::Zeroizing;

use crate::{
    CryptoError, KemPublic, KemSecret, Plaintext, Random, Seed, aead, bucket,
    check_in::CheckInChain,
    envelope, hpke_suite, kdf,
    label::Label,
    secret::{equal, secret32},
};

const PREFIX: [u8; 2] = [1, 3];
const HEADER: usize = 34;
const OVERHEAD: usize = HEADER + hpke_suite::OVERHEAD + envelope::LENGTH + aead::TAG;

secret32!(
    /// R: what the relay keeps and hands out when the deadline has passed.
    ReleaseSecret
);
secret32!(
    /// Shows that a cancel or duress signal comes from the phone that armed the capsule.
    ControlSecret
);

impl ReleaseSecret {
    /// H(R): names the release in the capsule.
    pub fn hash(&self) -> Hash {
        Hash::from_bytes(sha256(&[Label::CapsuleRelease.as_bytes(), self.expose()]))
    }
    fn key(&self) -> Zeroizing<[u8; 32]> {
        kdf::derive(self.expose(), &[], Label::CapsuleKey, &[])
    }
}

impl ControlSecret {
    /// What the relay keeps to recognise the secret.
    pub fn hash(&self) -> Hash {
        Hash::from_bytes(sha256(&[Label::CapsuleControl.as_bytes(), self.expose()]))
    }
    /// Whether this secret is the one with that hash.
    pub fn matches(&self, hash: &Hash) -> bool {
        equal(self.hash().as_bytes(), hash.as_bytes())
    }
}

/// The phone's controls over one armed capsule, all from one stored seed.
#[derive(Debug, Clone)]
pub struct Controls {
    /// Extends the deadline, one value per check-in.
    pub check_in: CheckInChain,
    /// Ends it.
    pub cancel: ControlSecret,
    /// Releases it at once, while looking like a check-in.
    pub duress: ControlSecret,
}

impl Controls {
    /// Derives the controls; `check_ins` is how many check-ins the chain holds.
    pub fn derive(seed: &Seed, check_ins: u16) -> Self {
        let part = |name: &[u8]| *kdf::derive::<32>(seed.expose(), &[], Label::CapsuleControl, &[name]);
        Self {
            check_in: CheckInChain::from_seed(Seed::from_bytes(part(b"check-in")), check_ins),
            cancel: ControlSecret::from_bytes(part(b"cancel")),
            duress: ControlSecret::from_bytes(part(b"duress")),
        }
    }
}

/// A capsule as armed: the first part goes to the desk, the second to the relay.
#[derive(Clone)]
pub struct Armed {
    /// For the desk.
    pub capsule: Vec<u8>,
    /// For the relay.
    pub release: ReleaseSecret,
}

impl std::fmt::Debug for Armed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Armed(..)")
    }
}

/// Seals an alert. `context` (deployment, case, …) is bound. Fails with `TooLarge`.
pub fn arm(
    desk: &KemPublic,
    context: &[u8],
    alert: &[u8],
    random: &dyn Random,
) -> Result<Armed, CryptoError> {
    let release = ReleaseSecret::make(random);
    let total = bucket::padded(OVERHEAD.checked_add(alert.len()).ok_or(CryptoError::TooLarge)?)?;
    let mut capsule = vec![0; total];
    capsule[..2].copy_from_slice(&PREFIX);
    capsule[2..HEADER].copy_from_slice(release.hash().as_bytes());
    let inner = HEADER..total - aead::TAG;
    envelope::frame(&mut capsule[inner.start + hpke_suite::ENC..inner.end], alert);
    hpke_suite::seal_in_place(desk, Label::CapsuleInner, context, &mut capsule[inner], random);
    let (header, body) = capsule.split_at_mut(HEADER);
    aead::seal_in_place(&release.key(), aead::ONE_TIME, &Label::CapsuleAad.aad(&[header, context]), body);
    Ok(Armed { capsule, release })
}

/// The hash of the release secret that a capsule waits for.
pub fn awaits(capsule: &[u8]) -> Result<Hash, CryptoError> {
    let (header, _) = capsule.split_first_chunk::<HEADER>().ok_or(CryptoError::Malformed)?;
    if header[0] != PREFIX[0] {
        return Err(CryptoError::UnknownVersion);
    }
    if header[1] != PREFIX[1] || !bucket::is_bucket(capsule.len()) {
        return Err(CryptoError::Malformed);
    }
    Hash::from_slice(&header[2..]).map_err(|_| CryptoError::Malformed)
}

/// Opens a released capsule with whichever desk secret fits: (its index, alert). Errors: `NoKey` if
/// the release or every secret is another's, `NotAuthentic` if the bytes or the context differ.
pub fn open(
    capsule: &[u8],
    context: &[u8],
    release: &ReleaseSecret,
    secrets: &[&KemSecret],
) -> Result<(usize, Plaintext), CryptoError> {
    if !equal(awaits(capsule)?.as_bytes(), release.hash().as_bytes()) {
        return Err(CryptoError::NoKey);
    }
    let (header, body) = capsule.split_at(HEADER);
    let aad = Label::CapsuleAad.aad(&[header, context]);
    let inner = aead::open(&release.key(), aead::ONE_TIME, &aad, body)?;
    for (index, secret) in secrets.iter().enumerate() {
        match hpke_suite::open(secret, Label::CapsuleInner, context, &inner) {
            Ok(plaintext) => return Ok((index, envelope::unframed(plaintext.into_bytes())?)),
            Err(CryptoError::NotAuthentic) => {}
            Err(other) => return Err(other),
        }
    }
    Err(CryptoError::NoKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn both_halves_are_needed() {
        let random = SeededRandom::new(1);
        let (desk, stranger) = (KemSecret::make(&random), KemSecret::make(&random));
        let armed = arm(&desk.public(), b"case", b"help at the harbour", &random).unwrap();
        assert_eq!(armed.capsule.len(), 2048);
        assert_eq!(awaits(&armed.capsule), Ok(armed.release.hash()));
        let open = |capsule: &[u8], context: &[u8], release: &ReleaseSecret, secret: &KemSecret| {
            open(capsule, context, release, &[secret]).map(|(_, alert)| alert.to_vec())
        };
        let opened = open(&armed.capsule, b"case", &armed.release, &desk);
        assert_eq!(opened.unwrap(), b"help at the harbour");
        // The desk without the relay, the relay without the desk, another case.
        let guessed = ReleaseSecret::make(&random);
        assert_eq!(open(&armed.capsule, b"case", &guessed, &desk), Err(CryptoError::NoKey));
        assert_eq!(open(&armed.capsule, b"case", &armed.release, &stranger), Err(CryptoError::NoKey));
        let elsewhere = open(&armed.capsule, b"other", &armed.release, &desk);
        assert_eq!(elsewhere, Err(CryptoError::NotAuthentic));
        for at in (0..armed.capsule.len()).step_by(7) {
            let mut changed = armed.capsule.clone();
            changed[at] ^= 0x10;
            assert!(open(&changed, b"case", &armed.release, &desk).is_err(), "byte {at}");
        }
        for length in 0..HEADER + 2 {
            assert!(open(&armed.capsule[..length], b"case", &armed.release, &desk).is_err());
        }
    }

    #[test]
    fn controls_are_distinct_and_recognised() {
        let controls = Controls::derive(&Seed::from_bytes([1; 32]), 10);
        assert!(controls.cancel.matches(&controls.cancel.hash()));
        assert!(!controls.duress.matches(&controls.cancel.hash()));
        let again = Controls::derive(&Seed::from_bytes([1; 32]), 10);
        assert_eq!(again.duress, controls.duress);
        assert_eq!(again.check_in.anchor(), controls.check_in.anchor());
    }
}
