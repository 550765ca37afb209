//! The team's X25519 key for SMS (DHKEM(X25519, HKDF-SHA256) of RFC 9180): derived from the open clearance seed, so
//! that every desk that may read first contacts has it and nothing more is stored.

use hpke::{
    Serializable,
    kem::{Kem, X25519HkdfSha256},
};

use crate::{KemSecret, kdf, label::Label};

/// The public key that a roster head names: RFC 9180 `DeriveKeyPair` over HKDF(open seed, label `amana/1/sms-key`).
pub fn derive_sms_public(open: &KemSecret) -> [u8; 32] {
    let ikm = kdf::derive::<32>(open.seed().expose(), &[], Label::SmsKey, &[]);
    let (_, public) = X25519HkdfSha256::derive_keypair(&ikm[..]);
    let mut bytes = [0; 32];
    public.write_exact(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn the_key_follows_from_the_open_seed_alone() {
        let key = |byte| derive_sms_public(&KemSecret::from_seed(Seed::from_bytes([byte; 32])));
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
    }
}
