//! Identifiers. UUID newtypes and hash newtypes come from one macro each.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A text is not an identifier of the expected form.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a valid identifier")]
pub struct IdError;

/// SHA-256 of the parts in order.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

macro_rules! bytes_newtype {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Wraps raw bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
            /// Reads raw bytes of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError)
            }
            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}…)"), &hex::encode(&self.0[..4]))
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = hex::decode(text).map_err(|_| IdError)?;
                Self::from_slice(&bytes)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                if s.is_human_readable() { s.collect_str(self) } else { s.serialize_bytes(&self.0) }
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                if d.is_human_readable() {
                    String::deserialize(d)?.parse().map_err(D::Error::custom)
                } else {
                    let bytes = serde_bytes::ByteBuf::deserialize(d)?;
                    Self::from_slice(&bytes).map_err(D::Error::custom)
                }
            }
        }
    };
}

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes the id (UUIDv8) from a hash of what it names.
            pub fn from_hash(hash: &[u8; 32]) -> Self {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&hash[..16]);
                Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
            }
            /// Reads the 16 raw bytes.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, IdError> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| IdError)
            }
            /// The 16 raw bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                if s.is_human_readable() { s.collect_str(self) } else { s.serialize_bytes(self.as_bytes()) }
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                if d.is_human_readable() {
                    String::deserialize(d)?.parse().map_err(D::Error::custom)
                } else {
                    let bytes = serde_bytes::ByteBuf::deserialize(d)?;
                    Self::from_slice(&bytes).map_err(D::Error::custom)
                }
            }
        }
    };
}

uuid_newtype!(
    /// One deployment: a relay, its root key, its organisations.
    DeploymentId
);
uuid_newtype!(
    /// An organisation: NGO, union, consulate, shelter or ministry.
    OrganisationId
);
uuid_newtype!(
    /// A case. Made from the case root, so nobody can mint a case with another's id.
    CaseId
);
bytes_newtype!(
    /// SHA-256 of an event's signed message.
    EventId, 32
);
bytes_newtype!(
    /// A log: the event id of its genesis.
    LogId, 32
);
bytes_newtype!(
    /// One key generation of a log: the id of its `epoch` event; the log id stands for epoch 0.
    EpochId, 32
);
bytes_newtype!(
    /// A device: hash of its Ed25519 public key.
    DeviceId, 32
);
bytes_newtype!(
    /// A mailbox at the relay.
    MailboxId, 16
);
bytes_newtype!(
    /// A number used once: random bytes in a request, or that tell one mailbox of the same owners from another.
    Nonce, 16
);
bytes_newtype!(
    /// One life of a relay's store: random, belongs to its data folder.
    Generation, 16
);
bytes_newtype!(
    /// An envelope as the relay stores it: its SHA-256.
    BlobId, 32
);
bytes_newtype!(
    /// SHA-256 of a signed structure's message, or of public bytes.
    Hash, 32
);
bytes_newtype!(
    /// An Ed25519 public key, not yet checked for being a valid point.
    VerifyKey, 32
);
bytes_newtype!(
    /// An Ed25519 signature.
    Signature, 64
);

impl DeploymentId {
    /// The deployment whose first root key this is.
    pub fn from_root(root: &VerifyKey) -> Self {
        Self::from_fingerprint(&Hash::of(root.as_bytes()))
    }
    /// The deployment whose first root key has this SHA-256: all that a join link tells.
    pub fn from_fingerprint(fingerprint: &Hash) -> Self {
        Self::from_hash(&sha256(&[b"amana/1/deployment", fingerprint.as_bytes()]))
    }
}

impl OrganisationId {
    /// The organisation whose root key this is.
    pub fn from_root(root: &VerifyKey) -> Self {
        Self::from_hash(&sha256(&[b"amana/1/organisation", root.as_bytes()]))
    }
    /// The mailbox in which first-contact letters to this organisation wait.
    pub fn intake(&self) -> MailboxId {
        let hash = sha256(&[b"amana/1/intake", self.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        MailboxId(id)
    }
}

impl CaseId {
    /// The case that a case root's canonical bytes define.
    pub fn from_root_bytes(root: &[u8]) -> Self {
        Self::from_hash(&sha256(&[b"amana/1/case", root]))
    }
}

impl DeviceId {
    /// The device that signs with this key.
    pub fn from_key(key: &VerifyKey) -> Self {
        Self(sha256(&[b"amana/1/device-key", key.as_bytes()]))
    }
}

impl Hash {
    /// SHA-256 of one byte string.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(&[bytes]))
    }
    /// Thirty-two zero bytes: "none seen".
    pub const ZERO: Self = Self([0; 32]);
}

impl BlobId {
    /// The id of an envelope.
    pub fn of(envelope: &[u8]) -> Self {
        Self(sha256(&[envelope]))
    }
}

impl From<EventId> for LogId {
    fn from(id: EventId) -> Self {
        Self(id.0)
    }
}

impl From<LogId> for EpochId {
    fn from(id: LogId) -> Self {
        Self(id.0)
    }
}

impl From<EventId> for EpochId {
    fn from(id: EventId) -> Self {
        Self(id.0)
    }
}
