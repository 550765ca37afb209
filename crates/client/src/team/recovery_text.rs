//! What officers and a recovering desk hand to each other outside of the relay, as one line of text each.

use amana_domain::canonical;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{ClientError, sync::canonical_bytes};

/// Longest text that is looked at.
const MAX_TEXT: usize = 16 << 10;

/// One kind of text: its prefix names it and its version.
pub(super) trait Text: Serialize + DeserializeOwned {
    const PREFIX: &'static str;

    fn to_text(&self) -> Result<String, ClientError> {
        Ok(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(canonical_bytes(self)?)))
    }

    /// Reads it; spaces and line breaks around it do not matter.
    fn from_text(text: &str) -> Result<Self, ClientError> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(ClientError::RecoveryInvalid);
        }
        let body = text.strip_prefix(Self::PREFIX).ok_or(ClientError::RecoveryInvalid)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| ClientError::RecoveryInvalid)?;
        canonical::from_slice(&bytes).map_err(|_| ClientError::RecoveryInvalid)
    }
}

/// Who wants to recover: the proofs of a fresh desk.
#[derive(Serialize, Deserialize)]
pub(super) struct RequestText {
    #[serde(with = "serde_bytes")]
    pub invite: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub certificate: Vec<u8>,
}

/// What the first officer opened: still sealed to the second.
#[derive(Serialize, Deserialize)]
pub(super) struct HalfText {
    /// Number that the recovery was set up at: which one it is.
    pub n: u64,
    #[serde(with = "serde_bytes")]
    pub half: Vec<u8>,
}

/// The recovery's secret, sealed to the fresh desk.
#[derive(Serialize, Deserialize)]
pub(super) struct ShareText {
    #[serde(with = "serde_bytes")]
    pub wrap: Vec<u8>,
}

impl Text for RequestText {
    const PREFIX: &'static str = "amana-recovery-request-1.";
}
impl Text for HalfText {
    const PREFIX: &'static str = "amana-recovery-half-1.";
}
impl Text for ShareText {
    const PREFIX: &'static str = "amana-recovery-share-1.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_back_and_every_other_is_refused() {
        let text = HalfText { n: 7, half: vec![1, 2, 3] }.to_text().unwrap();
        let read = HalfText::from_text(&format!("\n {text} ")).unwrap();
        assert_eq!((read.n, read.half), (7, vec![1, 2, 3]));
        assert!(ShareText::from_text(&text).is_err() && RequestText::from_text(&text).is_err());
        for at in 0..text.len() {
            assert!(matches!(HalfText::from_text(&text[..at]), Err(ClientError::RecoveryInvalid)), "{at}");
        }
        assert!(HalfText::from_text(&"x".repeat(MAX_TEXT + 1)).is_err());
    }
}
