//! Signed requests: who asks for exactly what, of which relay, when.

use amana_domain::{
    canonical::CanonicalError,
    ids::{Hash, Nonce, OrganisationId, Signature, VerifyKey},
    signed::{Signable, Signed, SignedError, Unverified},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{Principal, limits::MAX_AUTHORIZATION};

/// The scheme that stands first in the `Authorization` header.
pub const SCHEME: &str = "Amana ";

/// What a request's signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The HTTP method in capitals.
    pub method: String,
    /// The path with its query, as sent.
    pub path: String,
    /// SHA-256 of the body.
    pub body: Hash,
    /// The key of the relay it is meant for.
    pub relay: VerifyKey,
    /// The client's time plus the offset it knows, ms since 1970.
    pub time_ms: u64,
    /// Random.
    pub nonce: Nonce,
    /// The key that signs: a phone's relay key or a device key.
    pub key: VerifyKey,
    /// The organisation for which a device speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
}

impl Signable for Request {
    const LABEL: &'static str = "amana/1/request";
}

/// Why an `Authorization` header cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// Missing, too long, or not of this scheme.
    #[error("not an Amana authorization")]
    Scheme,
    /// Not a signed request.
    #[error("malformed authorization")]
    Signed(#[from] SignedError),
}

impl Request {
    /// The principal that this request claims to come from.
    pub fn principal(&self) -> Principal {
        match self.organisation {
            Some(organisation) => Principal::Organisation(organisation),
            None => Principal::Phone(self.key),
        }
    }

    /// Signs and writes the `Authorization` header.
    pub fn sign(self, sign: impl FnOnce(&[u8]) -> Signature) -> Result<String, CanonicalError> {
        let signed = Signed::make(self, sign)?;
        let mut header = SCHEME.to_owned();
        URL_SAFE_NO_PAD.encode_string(signed.to_bytes(), &mut header);
        Ok(header)
    }
}

/// Reads an `Authorization` header. The signature is not checked yet.
pub fn parse(header: &str) -> Result<Unverified<Request>, RequestError> {
    if header.len() > MAX_AUTHORIZATION {
        return Err(RequestError::Scheme);
    }
    let encoded = header.strip_prefix(SCHEME).ok_or(RequestError::Scheme)?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| RequestError::Scheme)?;
    Ok(Unverified::parse(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_round_trip() {
        let request = Request {
            method: "GET".into(),
            path: "/v1/feed?after=0".into(),
            body: Hash::of(b""),
            relay: VerifyKey::from_bytes([1; 32]),
            time_ms: 5,
            nonce: Nonce::from_bytes([2; 16]),
            key: VerifyKey::from_bytes([3; 32]),
            organisation: None,
        };
        let header = request.clone().sign(|_| Signature::from_bytes([4; 64])).unwrap();
        assert_eq!(*parse(&header).unwrap().claimed(), request);
        assert_eq!(request.principal(), Principal::Phone(request.key));
    }

    #[test]
    fn other_headers_are_refused() {
        for header in ["", "Bearer x", "Amana", "Amana !", "amana AA", "Amana AA=="] {
            assert!(parse(header).is_err(), "{header}");
        }
        assert_eq!(parse(&format!("Amana {}", "A".repeat(5000))).unwrap_err(), RequestError::Scheme);
    }
}
