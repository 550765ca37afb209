//! What a phone that files has paid: a proof of work or a token.

use amana_domain::ids::{BlobId, Hash};
use amana_protocol::{ErrorCode, limits::MAX_TOKEN, pow, wire::Admission};

/// The outcome of looking at an admission. Only [`settle`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// Nothing is owed.
    Settled,
    /// A token, which the store must know and bind to this blob.
    Token {
        /// SHA-256 of the token.
        hash: Hash,
        /// The blob that it pays for.
        blob: BlobId,
    },
    /// Nothing valid was paid; the store may still accept an exact repeat.
    Missing(ErrorCode),
}

/// Looks at the admission of a filing whose first blob is `blob`.
pub(crate) fn settle(
    required: bool,
    admission: Option<&Admission>,
    blob: Option<&BlobId>,
    bits: u8,
    today: u32,
) -> Payment {
    if !required {
        return Payment::Settled;
    }
    let Some(blob) = blob else { return Payment::Missing(ErrorCode::AdmissionRequired) };
    match admission {
        None => Payment::Missing(ErrorCode::AdmissionRequired),
        Some(Admission::Pow { day, nonce }) => {
            if day.abs_diff(today) <= pow::DAY_WINDOW && pow::check(blob, *day, *nonce, bits) {
                Payment::Settled
            } else {
                Payment::Missing(ErrorCode::AdmissionInvalid)
            }
        }
        Some(Admission::Token(token)) if token.len() <= MAX_TOKEN => {
            Payment::Token { hash: Hash::of(token), blob: *blob }
        }
        Some(Admission::Token(_)) => Payment::Missing(ErrorCode::AdmissionInvalid),
    }
}
