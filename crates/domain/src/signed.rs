//! Signed structures: one canonical message, one signature, a label that separates the uses of a key.
//!
//! This module knows the form; checking a signature needs a [`Verifier`], which `amana-crypto` provides.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    canonical::{self, CanonicalError},
    ids::{Hash, Signature, VerifyKey, sha256},
};

/// Checks Ed25519 signatures strictly.
pub trait Verifier {
    /// Whether `signature` is `key`'s over exactly `message`.
    fn verify(&self, key: &VerifyKey, message: &[u8], signature: &Signature) -> bool;
}

/// The body of a signed structure.
pub trait Signable: Serialize + DeserializeOwned {
    /// Stands first in the message and keeps one use of a key apart from another.
    const LABEL: &'static str;
}

/// Why a signed structure is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedError {
    /// The bytes are not a canonical structure of this kind.
    #[error("malformed signed structure")]
    Encoding(#[from] CanonicalError),
    /// The label is that of another kind of structure.
    #[error("another kind of structure")]
    Label,
    /// The signature is not the key's.
    #[error("bad signature")]
    Signature,
}

/// A structure with its message bytes and a signature that has been checked or was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    body: T,
    message: Vec<u8>,
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
struct Wire(#[serde(with = "serde_bytes")] Vec<u8>, Signature);

/// The canonical message of a body: `[label, body]`.
pub fn message<T: Signable>(body: &T) -> Result<Vec<u8>, CanonicalError> {
    canonical::to_vec(&(T::LABEL, body))
}

/// A structure that was read but whose signature nobody has checked yet.
#[derive(Clone, Debug)]
pub struct Unverified<T> {
    body: T,
    message: Vec<u8>,
    signature: Signature,
}

impl<T: Signable> Unverified<T> {
    /// Reads the wire form.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignedError> {
        let Wire(message, signature) = canonical::from_slice(bytes)?;
        Self::from_parts(message, signature)
    }

    /// Reads a message that travels apart from its signature.
    pub fn from_parts(message: Vec<u8>, signature: Signature) -> Result<Self, SignedError> {
        let (label, body): (String, ciborium::Value) = canonical::from_slice(&message)?;
        if label != T::LABEL {
            return Err(SignedError::Label);
        }
        let body = body.deserialized().map_err(|_| CanonicalError::Shape)?;
        Ok(Self { body, message, signature })
    }

    /// The claimed content: good for finding out which key should have signed, for nothing else.
    pub fn claimed(&self) -> &T {
        &self.body
    }

    /// Checks the signature against the key that must have made it.
    pub fn verify(self, key: &VerifyKey, verifier: &impl Verifier) -> Result<Signed<T>, SignedError> {
        if verifier.verify(key, &self.message, &self.signature) {
            Ok(Signed { body: self.body, message: self.message, signature: self.signature })
        } else {
            Err(SignedError::Signature)
        }
    }
}

impl<T: Signable> Signed<T> {
    /// Signs a body with the closure that holds the key.
    pub fn make(body: T, sign: impl FnOnce(&[u8]) -> Signature) -> Result<Self, CanonicalError> {
        let message = message(&body)?;
        let signature = sign(&message);
        Ok(Self { body, message, signature })
    }

    /// The content.
    pub fn body(&self) -> &T {
        &self.body
    }
    /// The exact bytes that were signed.
    pub fn message(&self) -> &[u8] {
        &self.message
    }
    /// The signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
    /// SHA-256 of the message: names this structure.
    pub fn hash(&self) -> Hash {
        Hash::from_bytes(sha256(&[&self.message]))
    }
    /// The wire form: canonical `[message, signature]`.
    pub fn to_bytes(&self) -> Vec<u8> {
        wire(&self.message, &self.signature)
    }
}

/// The wire form of a message and its signature.
pub fn wire(message: &[u8], signature: &Signature) -> Vec<u8> {
    // 0x82, a byte string head, the message, a 64-byte string: the canonical form, written directly.
    let mut out = Vec::with_capacity(message.len() + 74);
    out.push(0x82);
    push_head(&mut out, message.len() as u64);
    out.extend_from_slice(message);
    push_head(&mut out, 64);
    out.extend_from_slice(signature.as_bytes());
    out
}

fn push_head(out: &mut Vec<u8>, length: u64) {
    match length {
        0..=23 => out.push(0x40 | length as u8),
        24..=0xff => out.extend_from_slice(&[0x58, length as u8]),
        0x100..=0xffff => {
            out.push(0x59);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0x5a);
            out.extend_from_slice(&(length as u32).to_be_bytes());
        }
        _ => {
            out.push(0x5b);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Accepts;
    impl Verifier for Accepts {
        fn verify(&self, _: &VerifyKey, _: &[u8], _: &Signature) -> bool {
            true
        }
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
    struct Note {
        text: String,
    }
    impl Signable for Note {
        const LABEL: &'static str = "amana/1/test-note";
    }

    #[test]
    fn wire_form_is_canonical_at_every_length() {
        for length in [0, 23, 24, 255, 256, 65_535, 65_536] {
            let message = vec![7; length];
            let signature = Signature::from_bytes([9; 64]);
            let expected = canonical::to_vec(&Wire(message.clone(), signature)).unwrap();
            assert_eq!(wire(&message, &signature), expected);
        }
    }

    #[test]
    fn another_label_is_refused() {
        let message = canonical::to_vec(&("amana/1/other", Note { text: "x".into() })).unwrap();
        let refused = Unverified::<Note>::from_parts(message, Signature::from_bytes([0; 64]));
        assert_eq!(refused.unwrap_err(), SignedError::Label);
    }

    #[test]
    fn round_trip() {
        let made = Signed::make(Note { text: "x".into() }, |_| Signature::from_bytes([1; 64])).unwrap();
        let read = Unverified::<Note>::parse(&made.to_bytes()).unwrap();
        assert_eq!(read.verify(&VerifyKey::from_bytes([0; 32]), &Accepts).unwrap(), made);
    }
}
