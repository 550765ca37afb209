//! The invite string: what an admin hands to a new colleague, by hand or on paper.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    certificate::Invite,
    link::{LinkError, RelayUrl},
};
use crate::{
    canonical,
    ids::Hash,
    signed::{Signed, Unverified},
};

const PREFIX: &str = "amana-invite-1.";
/// Longest invite string in bytes.
pub const MAX_INVITE_STRING: usize = 4096;

/// The secret half of an invite's single-use key (an Ed25519 seed).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct InviteSecret([u8; 32]);

impl InviteSecret {
    /// Wraps raw bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// The raw seed, for making the signing key.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for InviteSecret {
    fn eq(&self, other: &Self) -> bool {
        // Looks at every byte whatever the first difference is.
        self.0.iter().zip(&other.0).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}
impl Eq for InviteSecret {}

impl fmt::Debug for InviteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteSecret(…)")
    }
}

/// Everything a device needs to join a team without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteString {
    /// Where the relay is.
    pub url: RelayUrl,
    /// SHA-256 of the deployment's first root public key.
    pub fingerprint: Hash,
    /// The signed invite, as bytes. It is checked with [`super::certificate::verify_invite`].
    pub invite: Vec<u8>,
    /// The invite key.
    pub secret: InviteSecret,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    url: RelayUrl,
    fingerprint: Hash,
    #[serde(with = "serde_bytes")]
    invite: Vec<u8>,
    secret: Hash,
}

impl InviteString {
    /// Puts an invite string together.
    pub fn new(url: RelayUrl, fingerprint: Hash, invite: &Signed<Invite>, secret: InviteSecret) -> Self {
        Self { url, fingerprint, invite: invite.to_bytes(), secret }
    }

    /// The invite's claims, unchecked: good for showing, for nothing else.
    pub fn claimed(&self) -> Result<Invite, LinkError> {
        Unverified::<Invite>::parse(&self.invite)
            .map(|invite| invite.claimed().clone())
            .map_err(|_| LinkError::Form)
    }

    /// The text to hand over. It contains the secret: show it once, log it never.
    pub fn to_text(&self) -> Zeroizing<String> {
        let wire = Wire {
            url: self.url.clone(),
            fingerprint: self.fingerprint,
            invite: self.invite.clone(),
            secret: Hash::from_bytes(self.secret.0),
        };
        let bytes = Zeroizing::new(canonical::to_vec(&wire).unwrap_or_default());
        let mut text = Zeroizing::new(PREFIX.to_owned());
        URL_SAFE_NO_PAD.encode_string(&*bytes, &mut text);
        text
    }
}

impl FromStr for InviteString {
    type Err = LinkError;
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX_INVITE_STRING {
            return Err(LinkError::TooLong);
        }
        let encoded = text.strip_prefix(PREFIX).ok_or(LinkError::Form)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| LinkError::Form)?);
        let Wire { url, fingerprint, invite, secret } =
            canonical::from_slice(&bytes).map_err(|_| LinkError::Form)?;
        let parsed = Self { url, fingerprint, invite, secret: InviteSecret::from_bytes(*secret.as_bytes()) };
        parsed.claimed()?;
        Ok(parsed)
    }
}
