//! Error codes: stable text and HTTP status, in this one place.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal;)*) => {
        /// What went wrong, as the wire spells it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
            /// A code of a newer relay.
            Unknown,
        }

        impl ErrorCode {
            /// All codes that this version knows.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown => "unknown",
                }
            }
            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                    Self::Unknown => 500,
                }
            }
            /// Reads the text; one that is not known becomes [`Self::Unknown`].
            pub fn parse(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)*
                    _ => Self::Unknown,
                }
            }
        }
    };
}

codes! {
    /// The request breaks a rule of its form: method arguments, bounds, structure.
    BadRequest = "bad_request", 400;
    /// The body is not canonical CBOR.
    NotCanonical = "not_canonical", 400;
    /// There is no such call, or no such part.
    NotFound = "not_found", 404;
    /// The body or a list in it is too large.
    TooLarge = "too_large", 413;
    /// No valid signature, or one for another request or relay.
    Unauthorised = "unauthorised", 401;
    /// The request's time is too far off; `time_ms` has the relay's.
    ClockSkew = "clock_skew", 401;
    /// The request's nonce was seen before.
    Replayed = "replayed", 401;
    /// The device is not in the newest roster of its organisation.
    DeviceRemoved = "device_removed", 403;
    /// The device's certificate is over.
    CertificateExpired = "certificate_expired", 403;
    /// There is no such mailbox for this principal.
    NoMailbox = "no_mailbox", 404;
    /// Only an owner may do this.
    NotOwner = "not_owner", 403;
    /// The mailbox was deleted for good.
    MailboxGone = "mailbox_gone", 410;
    /// The list changed in between; `version` has the present one.
    ListConflict = "list_conflict", 409;
    /// The roster does not continue the relay's newest one; `version` has its number.
    RosterConflict = "roster_conflict", 409;
    /// The roster or its part is not valid.
    RosterInvalid = "roster_invalid", 422;
    /// The directory is not valid, or not for this relay.
    DirectoryInvalid = "directory_invalid", 422;
    /// The directory differs from a version that the relay holds; `version` has its newest.
    DirectoryRollback = "directory_rollback", 409;
    /// A fresh relay wants its claim code.
    ClaimRequired = "claim_required", 403;
    /// The claim code is wrong.
    ClaimWrong = "claim_wrong", 403;
    /// No directory, no such organisation in it, or no roster of it has been published.
    NotPublished = "not_published", 404;
    /// An unknown phone has to pay admission by filing; `pow_bits` has the difficulty.
    AdmissionRequired = "admission_required", 402;
    /// The proof of work or the token does not count; `pow_bits` has the difficulty.
    AdmissionInvalid = "admission_invalid", 402;
    /// The envelope is malformed, of the wrong size or type, or addressed to another mailbox.
    BadEnvelope = "bad_envelope", 422;
    /// The join request or its proof is not valid.
    JoinInvalid = "join_invalid", 422;
    /// The invite was used before.
    InviteUsed = "invite_used", 409;
    /// The invite is over.
    InviteExpired = "invite_expired", 403;
    /// The principal or the mailbox is full.
    Quota = "quota", 507;
    /// The relay has too much to do; try again later.
    Busy = "busy", 503;
    /// The relay failed.
    Internal = "internal", 500;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(|text| Self::parse(&text))
    }
}

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub code: ErrorCode,
    /// The relay's time, ms since 1970 (with every 401).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// The present version or number (with conflicts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The proof-of-work difficulty (with admission errors).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pow_bits: Option<u8>,
    /// A hint for developers: fixed words, nothing of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl From<ErrorCode> for ErrorBody {
    fn from(code: ErrorCode) -> Self {
        Self { code, time_ms: None, version: None, pow_bits: None, detail: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_distinct_and_read_back() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), *code);
            assert!((400..=599).contains(&code.status()));
        }
        assert_eq!(ErrorCode::parse("something_new"), ErrorCode::Unknown);
    }
}
