//! Back-links: an earlier clearance secret sealed under the newer one, so that a device that is
//! given only the newest generation reads all earlier letters and wraps too.
//!
//! ChaCha20-Poly1305 under HKDF(newer seed), nonce(12) ‖ ciphertext(32) ‖ tag(16), AAD = label ‖ context.

use zeroize::Zeroizing;

use crate::{CryptoError, KemSecret, Random, aead, kdf, kem, label::Label};

fn key(newer: &KemSecret) -> Zeroizing<[u8; 32]> {
    kdf::derive(newer.seed().expose(), &[], Label::Backlink, &[])
}

/// Seals `earlier` under `newer`. The context names organisation, clearance and the earlier generation.
pub fn seal_backlink(newer: &KemSecret, context: &[u8], earlier: &KemSecret, random: &dyn Random) -> Vec<u8> {
    aead::seal_with_nonce(&key(newer), &Label::Backlink.aad(&[context]), earlier.seed().expose(), random)
}

/// Opens a back-link: the earlier secret.
pub fn open_backlink(newer: &KemSecret, context: &[u8], sealed: &[u8]) -> Result<KemSecret, CryptoError> {
    kem::secret_from(&aead::open_with_nonce(&key(newer), &Label::Backlink.aad(&[context]), sealed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn the_newer_secret_opens_the_earlier_one_and_never_the_other_way_round() {
        let random = SeededRandom::new(1);
        let (earlier, newer) = (KemSecret::make(&random), KemSecret::make(&random));
        let sealed = seal_backlink(&newer, b"open 1", &earlier, &random);
        assert_eq!(open_backlink(&newer, b"open 1", &sealed).unwrap(), earlier);
        assert_eq!(open_backlink(&newer, b"open 2", &sealed), Err(CryptoError::NotAuthentic));
        assert_eq!(open_backlink(&earlier, b"open 1", &sealed), Err(CryptoError::NotAuthentic));
        assert_eq!(open_backlink(&newer, b"open 1", &sealed[..20]), Err(CryptoError::Malformed));
    }
}
