//! The join link: `<relay url>/#amana=<fingerprint of the first root key>`.

use std::{fmt, str::FromStr};

use super::crockford;
use crate::ids::{Hash, VerifyKey};

/// Longest relay address in bytes.
pub const MAX_URL: usize = 512;
const FRAGMENT: &str = "/#amana=";

/// Why a link or an invite string is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// Not of this form at all.
    #[error("not an Amana link")]
    Form,
    /// The relay address is no `http` or `https` address of at most 512 bytes.
    #[error("not a relay address")]
    Url,
    /// The fingerprint is not 52 symbols of Crockford base 32.
    #[error("not a fingerprint")]
    Fingerprint,
    /// Longer than any honest one.
    #[error("too long")]
    TooLong,
}

/// A relay's address: `http` or `https`, without a slash at the end, query, fragment or user name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelayUrl(String);

impl RelayUrl {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RelayUrl {
    type Err = LinkError;
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let rest =
            text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(LinkError::Url)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&b);
        let honest = text.len() <= MAX_URL
            && rest.bytes().all(plain)
            && rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'[')
            && !text.ends_with('/');
        if honest { Ok(Self(text.to_owned())) } else { Err(LinkError::Url) }
    }
}

impl TryFrom<String> for RelayUrl {
    type Error = LinkError;
    fn try_from(text: String) -> Result<Self, LinkError> {
        text.parse()
    }
}

impl From<RelayUrl> for String {
    fn from(url: RelayUrl) -> Self {
        url.0
    }
}

impl fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person needs to join a deployment, even without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinLink {
    /// Where the relay is.
    pub url: RelayUrl,
    /// SHA-256 of the deployment's first root public key.
    pub fingerprint: Hash,
}

/// The fingerprint that a join link carries for this root key.
pub fn fingerprint_of(root: &VerifyKey) -> Hash {
    Hash::of(root.as_bytes())
}

/// A fingerprint as 52 symbols of Crockford base 32.
pub fn fingerprint_text(fingerprint: &Hash) -> String {
    crockford::encode(fingerprint.as_bytes())
}

/// Reads a fingerprint as people may type it.
pub fn parse_fingerprint(text: &str) -> Result<Hash, LinkError> {
    crockford::decode(text).map(Hash::from_bytes).ok_or(LinkError::Fingerprint)
}

impl fmt::Display for JoinLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{FRAGMENT}{}", self.url, fingerprint_text(&self.fingerprint))
    }
}

impl FromStr for JoinLink {
    type Err = LinkError;
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX_URL + FRAGMENT.len() + crockford::LENGTH {
            return Err(LinkError::TooLong);
        }
        let (url, fingerprint) = text.split_once(FRAGMENT).ok_or(LinkError::Form)?;
        Ok(Self { url: url.parse()?, fingerprint: parse_fingerprint(fingerprint)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for url in ["http://127.0.0.1:7400", "https://relay.example.org/amana", "http://[::1]:80"] {
            let link = JoinLink { url: url.parse().unwrap(), fingerprint: Hash::of(b"root") };
            assert_eq!(link.to_string().parse::<JoinLink>(), Ok(link.clone()));
            assert_eq!(format!(" {link}\n").parse::<JoinLink>(), Ok(link));
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for url in [
            "ftp://a",
            "http://",
            "http://a/",
            "http://a b",
            "http://u@a",
            "http://a?q",
            "http://a#f",
            "http://é",
            "http:///a",
            "javascript:x",
        ] {
            assert_eq!(url.parse::<RelayUrl>(), Err(LinkError::Url), "{url}");
        }
        assert!(format!("http://{}", "a".repeat(MAX_URL)).parse::<RelayUrl>().is_err());
    }

    #[test]
    fn other_links_are_refused() {
        let good = JoinLink { url: "http://a".parse().unwrap(), fingerprint: Hash::of(b"x") }.to_string();
        assert_eq!("http://a".parse::<JoinLink>(), Err(LinkError::Form));
        assert_eq!(good[..good.len() - 1].parse::<JoinLink>(), Err(LinkError::Fingerprint));
        assert_eq!("x".repeat(5000).parse::<JoinLink>(), Err(LinkError::TooLong));
    }
}
