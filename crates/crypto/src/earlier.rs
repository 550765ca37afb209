//! Keys of earlier epochs inside an `epoch` event: who holds the new log key reads what came before (PROTOCOL §3.4).
//!
//! ChaCha20-Poly1305 under HKDF(new log key), nonce(12) ‖ ciphertext(32) ‖ tag(16), AAD = label ‖ context.

use zeroize::Zeroizing;

use crate::{CryptoError, LogKey, Random, aead, kdf, label::Label};

fn key(newer: &LogKey) -> Zeroizing<[u8; 32]> {
    kdf::derive(newer.expose(), &[], Label::Earlier, &[])
}

/// Seals the log key of an earlier epoch under the new one. The context names case, log, the new epoch's nonce and the
/// earlier epoch.
pub fn seal_earlier(newer: &LogKey, context: &[u8], earlier: &LogKey, random: &dyn Random) -> Vec<u8> {
    aead::seal_with_nonce(&key(newer), &Label::Earlier.aad(&[context]), earlier.expose(), random)
}

/// Opens the log key of an earlier epoch. Errors: `Malformed` for a wrong length, `NotAuthentic` for another key,
/// context or bytes.
pub fn open_earlier(newer: &LogKey, context: &[u8], sealed: &[u8]) -> Result<LogKey, CryptoError> {
    let bytes = aead::open_with_nonce(&key(newer), &Label::Earlier.aad(&[context]), sealed)?;
    let bytes: [u8; 32] = bytes[..].try_into().map_err(|_| CryptoError::Malformed)?;
    Ok(LogKey::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn the_new_key_opens_the_earlier_one_and_never_the_other_way_round() {
        let random = SeededRandom::new(3);
        let (earlier, newer) = (LogKey::make(&random), LogKey::make(&random));
        let sealed = seal_earlier(&newer, b"epoch 1", &earlier, &random);
        assert_eq!(open_earlier(&newer, b"epoch 1", &sealed).unwrap().expose(), earlier.expose());
        assert_eq!(open_earlier(&newer, b"epoch 2", &sealed).err(), Some(CryptoError::NotAuthentic));
        assert_eq!(open_earlier(&earlier, b"epoch 1", &sealed).err(), Some(CryptoError::NotAuthentic));
        assert_eq!(open_earlier(&newer, b"epoch 1", &sealed[..40]).err(), Some(CryptoError::NotAuthentic));
        for at in [0, 12, 43, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open_earlier(&newer, b"epoch 1", &changed).err(), Some(CryptoError::NotAuthentic));
        }
    }
}
