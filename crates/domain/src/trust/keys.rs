//! Public keys of which this crate knows only the length; `amana-crypto` gives them their meaning.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::ids::IdError;

/// Length of an X-Wing public key in bytes.
pub const KEM_KEY_LENGTH: usize = 1216;

/// An X-Wing public key, 1216 bytes: a device's or a clearance's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KemKey(Box<[u8]>);

impl KemKey {
    /// Takes raw bytes of exactly the right length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, IdError> {
        if bytes.len() == KEM_KEY_LENGTH { Ok(Self(bytes.into())) } else { Err(IdError) }
    }
    /// The raw 1216 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KemKey({}…)", hex::encode(&self.0[..4]))
    }
}

impl Serialize for KemKey {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.serialize_str(&hex::encode(&self.0))
        } else {
            s.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for KemKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = if d.is_human_readable() {
            hex::decode(String::deserialize(d)?).map_err(D::Error::custom)?
        } else {
            serde_bytes::ByteBuf::deserialize(d)?.into_vec()
        };
        Self::from_slice(&bytes).map_err(D::Error::custom)
    }
}

/// An X25519 public key to which an SOS by SMS is sealed, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SmsKey(crate::ids::Hash);

impl SmsKey {
    /// Wraps raw bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(crate::ids::Hash::from_bytes(bytes))
    }
    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmsKey({}…)", hex::encode(&self.as_bytes()[..4]))
    }
}
