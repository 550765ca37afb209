//! Principals: whom a mailbox's list can name.

use std::fmt;

use amana_domain::ids::{IdError, OrganisationId, VerifyKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A phone (by the relay key of one case) or an organisation. Its feed has the same name.
///
/// Bytes: `0x01 ‖ key(32)` or `0x02 ‖ organisation(16)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// A phone's relay key, used for one case and nothing else.
    Phone(VerifyKey),
    /// An organisation; any device of its newest roster speaks for it.
    Organisation(OrganisationId),
}

impl Principal {
    /// The bytes that name it.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Phone(key) => [&[1], &key.as_bytes()[..]].concat(),
            Self::Organisation(id) => [&[2], &id.as_bytes()[..]].concat(),
        }
    }

    /// Reads the bytes that name it.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, IdError> {
        match bytes.split_first() {
            Some((1, key)) => VerifyKey::from_slice(key).map(Self::Phone),
            Some((2, id)) => OrganisationId::from_slice(id).map(Self::Organisation),
            _ => Err(IdError),
        }
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(key) => write!(f, "Phone({key:?})"),
            Self::Organisation(id) => write!(f, "Organisation({id})"),
        }
    }
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = serde_bytes::ByteBuf::deserialize(d)?;
        Self::from_slice(&bytes).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_forms_are_read() {
        let phone = Principal::Phone(VerifyKey::from_bytes([7; 32]));
        let team = Principal::Organisation(OrganisationId::from_root(&VerifyKey::from_bytes([7; 32])));
        for principal in [phone, team] {
            assert_eq!(Principal::from_slice(&principal.to_bytes()), Ok(principal));
        }
        for bytes in [&[][..], &[1; 32], &[1; 34], &[2; 16], &[2; 18], &[3; 33], &[0]] {
            assert!(Principal::from_slice(bytes).is_err());
        }
    }
}
