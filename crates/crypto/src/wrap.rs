//! Wraps: one 32-byte secret to one public key, inside a larger signed structure (PROTOCOL §4).

use crate::{CryptoError, KemPublic, KemSecret, Random, Seed, hpke_suite, label::Label};

/// Bytes of a wrap: enc(1120) ‖ ciphertext(32) ‖ tag(16).
pub const WRAP_LEN: usize = hpke_suite::OVERHEAD + 32;

/// Wraps a secret to `to`. `context` is bound: another one does not open it.
pub fn wrap_secret(to: &KemPublic, context: &[u8], secret: &[u8; 32], random: &dyn Random) -> Vec<u8> {
    hpke_suite::seal(to, Label::Wrap, context, secret, random)
}

/// Opens a wrap. Errors: `Malformed` for a wrong length, `NotAuthentic` for the wrong secret,
/// context or bytes.
pub fn unwrap_secret(secret: &KemSecret, context: &[u8], wrap: &[u8]) -> Result<Seed, CryptoError> {
    if wrap.len() != WRAP_LEN {
        return Err(CryptoError::Malformed);
    }
    Seed::from_slice(&hpke_suite::open(secret, Label::Wrap, context, wrap)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn a_wrap_opens_only_for_its_key_and_context() {
        let random = SeededRandom::new(5);
        let (mine, other) = (KemSecret::make(&random), KemSecret::make(&random));
        let wrap = wrap_secret(&mine.public(), b"context", &[7; 32], &random);
        assert_eq!(wrap.len(), WRAP_LEN);
        assert_eq!(unwrap_secret(&mine, b"context", &wrap).unwrap().expose(), &[7; 32]);
        let not_authentic = Err(CryptoError::NotAuthentic);
        assert_eq!(unwrap_secret(&other, b"context", &wrap), not_authentic);
        assert_eq!(unwrap_secret(&mine, b"contexT", &wrap), not_authentic);
        for at in [0, 1100, 1119, 1120, 1151, 1152, WRAP_LEN - 1] {
            let mut changed = wrap.clone();
            changed[at] ^= 1;
            assert_eq!(unwrap_secret(&mine, b"context", &changed), not_authentic, "byte {at}");
        }
        assert_eq!(unwrap_secret(&mine, b"context", &wrap[1..]), Err(CryptoError::Malformed));
    }
}
