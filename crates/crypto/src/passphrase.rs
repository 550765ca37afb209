//! Passphrases and PINs that open key slots.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Fewest words of a passphrase, unless it is long.
pub const MIN_WORDS: usize = 6;
/// Fewest characters of a passphrase, unless it has enough words.
pub const MIN_CHARS: usize = 24;
/// Most bytes that are taken.
pub const MAX_BYTES: usize = 1024;
/// Fewest digits of a PIN.
pub const MIN_PIN: usize = 6;

/// Why a passphrase cannot protect anything.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Fewer than six words and fewer than 24 characters.
    #[error("needs at least six words or 24 characters")]
    Weak,
    /// Longer than [`MAX_BYTES`].
    #[error("too long")]
    TooLong,
    /// Not six or more digits.
    #[error("a PIN has at least six digits")]
    NotAPin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Zeroize)]
pub(crate) enum Strength {
    Strong,
    /// Only beside a keystore secret, which bounds the number of guesses.
    Pin,
    /// Opens what exists, creates nothing.
    Weak,
}

/// What a person types to open a vault or a sealed file. The bytes count as they are typed: no
/// Unicode normalisation, no trimming. A vault is opened on the device that made it, and its
/// keyboard writes the same bytes again.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase {
    text: String,
    strength: Strength,
}

impl Passphrase {
    /// A passphrase good enough to create something: at least six words or 24 characters.
    pub fn parse(text: &str) -> Result<Self, PassphraseError> {
        let read = Self::entered(text)?;
        if read.strength == Strength::Strong { Ok(read) } else { Err(PassphraseError::Weak) }
    }

    /// A passphrase as entered to open something that exists: a weak one is no error here, it
    /// just does not fit. Creating a slot with it fails with `Weak`.
    pub fn entered(text: &str) -> Result<Self, PassphraseError> {
        if text.len() > MAX_BYTES {
            return Err(PassphraseError::TooLong);
        }
        let strong = text.split_whitespace().count() >= MIN_WORDS || text.chars().count() >= MIN_CHARS;
        let strength = if strong { Strength::Strong } else { Strength::Weak };
        Ok(Self { text: text.to_owned(), strength })
    }

    /// A PIN: at least six ASCII digits. Usable only together with a keystore secret.
    pub fn pin(text: &str) -> Result<Self, PassphraseError> {
        let digits = text.len() >= MIN_PIN && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || text.len() > MAX_BYTES {
            return Err(PassphraseError::NotAPin);
        }
        Ok(Self { text: text.to_owned(), strength: Strength::Pin })
    }

    /// What somebody typed where either may stand: six or more digits that are too short for a
    /// passphrase are a PIN.
    pub fn typed(text: &str) -> Result<Self, PassphraseError> {
        let entered = Self::entered(text)?;
        if entered.strength == Strength::Strong {
            return Ok(entered);
        }
        Ok(Self::pin(text).unwrap_or(entered))
    }

    /// Whether this is a PIN, which works only together with a keystore secret.
    pub fn is_pin(&self) -> bool {
        self.strength == Strength::Pin
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
    pub(crate) const fn strength(&self) -> Strength {
        self.strength
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_words_or_24_characters() {
        for good in ["a b c d e f", "  a  b\tc d e\nf ", &"x".repeat(24), &"ሰ".repeat(24)] {
            assert!(Passphrase::parse(good).is_ok(), "{good}");
        }
        for weak in ["", "a b c d e", &"x".repeat(23), &"ሰ".repeat(23), "123456"] {
            assert_eq!(Passphrase::parse(weak).unwrap_err(), PassphraseError::Weak, "{weak}");
            assert!(Passphrase::entered(weak).is_ok());
        }
        let long = "x".repeat(MAX_BYTES + 1);
        assert_eq!(Passphrase::parse(&long).unwrap_err(), PassphraseError::TooLong);
    }

    #[test]
    fn what_is_typed_is_a_pin_if_it_is_digits_and_no_passphrase() {
        for (text, pin) in
            [("123456", true), ("12345", false), ("a b c d e f", false), ("1 2 3 4 5 6", false)]
        {
            assert_eq!(Passphrase::typed(text).unwrap().is_pin(), pin, "{text}");
        }
        assert!(Passphrase::typed(&"1".repeat(23)).unwrap().is_pin());
        assert!(!Passphrase::typed(&"1".repeat(24)).unwrap().is_pin());
    }

    #[test]
    fn a_pin_is_digits() {
        assert!(Passphrase::pin("123456").is_ok());
        for bad in ["12345", "12345a", "١٢٣٤٥٦", ""] {
            assert_eq!(Passphrase::pin(bad).unwrap_err(), PassphraseError::NotAPin, "{bad}");
        }
    }
}
