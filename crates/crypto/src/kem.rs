//! X-Wing key pairs (X25519 and ML-KEM-768): what letters and wraps are sealed to.

use std::fmt;

use amana_domain::ids::Hash;
use hpke::{
    Deserializable as _, Serializable as _,
    kem::{Kem, XWing},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::{Zeroize, Zeroizing};

use crate::{CryptoError, Random, Seed};

/// Bytes of a public key.
pub const PUBLIC_LEN: usize = 1216;

type Private = <XWing as Kem>::PrivateKey;
type Public = <XWing as Kem>::PublicKey;

/// The secret half, kept as its 32-byte seed.
#[derive(Clone, PartialEq, Eq)]
pub struct KemSecret(Seed);

impl KemSecret {
    /// Makes a random key pair.
    pub fn make(random: &dyn Random) -> Self {
        Self(Seed::make(random))
    }
    /// The key pair of a stored seed.
    pub const fn from_seed(seed: Seed) -> Self {
        Self(seed)
    }
    /// The seed, for a sealed place.
    pub const fn seed(&self) -> &Seed {
        &self.0
    }
    /// The public half. Costs a key expansion: keep the result where it is used often.
    pub fn public(&self) -> KemPublic {
        KemPublic::from_inner(XWing::sk_to_pk(&self.private_key()))
    }
    pub(crate) fn private_key(&self) -> Private {
        Private::from_bytes(self.0.expose()).expect("a seed has the private key's length")
    }
}

impl fmt::Debug for KemSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemSecret(..)")
    }
}

/// A checked public key: 1,216 bytes; a byte string in CBOR, lower-case hex in JSON.
#[derive(Clone)]
pub struct KemPublic {
    key: Public,
    bytes: Box<[u8; PUBLIC_LEN]>,
}

impl KemPublic {
    /// Reads and checks a key.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, CryptoError> {
        let key = Public::from_bytes(bytes).map_err(|_| CryptoError::InvalidKey)?;
        let bytes = Box::new(bytes.try_into().map_err(|_| CryptoError::InvalidKey)?);
        Ok(Self { key, bytes })
    }
    fn from_inner(key: Public) -> Self {
        let mut bytes = Box::new([0; PUBLIC_LEN]);
        key.write_exact(&mut bytes[..]);
        Self { key, bytes }
    }
    /// The 1,216 bytes.
    pub const fn as_bytes(&self) -> &[u8; PUBLIC_LEN] {
        &self.bytes
    }
    /// SHA-256 of the bytes: how roots and certificates name the key.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.bytes[..])
    }
    pub(crate) const fn inner(&self) -> &Public {
        &self.key
    }
}

impl PartialEq for KemPublic {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl Eq for KemPublic {}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KemPublic({}…)", hex::encode(&self.bytes[..4]))
    }
}

impl Serialize for KemPublic {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.serialize_str(&hex::encode(&self.bytes[..]))
        } else {
            s.serialize_bytes(&self.bytes[..])
        }
    }
}

impl<'de> Deserialize<'de> for KemPublic {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = if d.is_human_readable() {
            hex::decode(String::deserialize(d)?).map_err(D::Error::custom)?
        } else {
            serde_bytes::ByteBuf::deserialize(d)?.into_vec()
        };
        Self::from_slice(&bytes).map_err(D::Error::custom)
    }
}

/// Copies 32 opened bytes into a seed and wipes the source.
pub(crate) fn secret_from(opened: &[u8]) -> Result<KemSecret, CryptoError> {
    let mut bytes: Zeroizing<[u8; 32]> =
        Zeroizing::new(opened.try_into().map_err(|_| CryptoError::Malformed)?);
    let secret = KemSecret(Seed::from_bytes(*bytes));
    bytes.zeroize();
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn public_keys_travel_as_bytes_and_as_hex() {
        let public = KemSecret::make(&SeededRandom::new(1)).public();
        let mut cbor = Vec::new();
        ciborium::into_writer(&public, &mut cbor).unwrap();
        assert_eq!(cbor.len(), 3 + PUBLIC_LEN);
        assert_eq!(ciborium::from_reader::<KemPublic, _>(&cbor[..]).unwrap(), public);
        let json = serde_json::to_string(&public).unwrap();
        assert_eq!(json.len(), 2 + 2 * PUBLIC_LEN);
        assert_eq!(serde_json::from_str::<KemPublic>(&json).unwrap(), public);
    }

    #[test]
    fn malformed_public_keys_are_refused() {
        let good = KemSecret::make(&SeededRandom::new(1)).public();
        assert_eq!(KemPublic::from_slice(&good.as_bytes()[1..]).unwrap_err(), CryptoError::InvalidKey);
        // Coefficients of ML-KEM above the modulus are not a canonical encoding.
        let mut bytes = *good.as_bytes();
        bytes[..3].fill(0xff);
        assert_eq!(KemPublic::from_slice(&bytes).unwrap_err(), CryptoError::InvalidKey);
    }
}
