//! Texts of people: kept byte for byte, bounded, never shown by `Debug`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Longest case text, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;

/// Longest line, in characters.
pub const MAX_LINE: usize = 200;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextError {
    /// The bytes are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// The text has a NUL character, which databases and other programs would cut it at.
    #[error("the text has a NUL character")]
    HasNul,
    /// Over 64 KiB, or a line over 200 characters.
    #[error("the text is too long")]
    TooLong,
    /// A line is blank or has control characters.
    #[error("not a line of text")]
    NotALine,
}

impl TextError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotUtf8 => "text_not_utf8",
            Self::HasNul => "text_has_nul",
            Self::TooLong => "text_too_long",
            Self::NotALine => "text_not_a_line",
        }
    }
}

/// What somebody wrote: UTF-8, at most 64 KiB, no NUL, otherwise exactly the bytes that were given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseText(String);

impl CaseText {
    /// Takes bytes as they came from a file or a network.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, TextError> {
        if bytes.len() > MAX_TEXT {
            return Err(TextError::TooLong);
        }
        Self::new(String::from_utf8(bytes).map_err(|_| TextError::NotUtf8)?)
    }

    /// Takes a text.
    pub fn new(text: String) -> Result<Self, TextError> {
        if text.len() > MAX_TEXT {
            Err(TextError::TooLong)
        } else if text.contains('\0') {
            Err(TextError::HasNul)
        } else {
            Ok(Self(text))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for CaseText {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        // Checked before it is copied.
        if text.len() > MAX_TEXT { Err(TextError::TooLong) } else { Self::new(text.to_owned()) }
    }
}

/// One line: a name, a number, a title. 1 to 200 characters, no control characters, trimmed at both ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

impl Line {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Line {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.len() > MAX_LINE * 4 || text.chars().count() > MAX_LINE {
            return Err(TextError::TooLong);
        }
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(TextError::NotALine);
        }
        Ok(Self(text.to_owned()))
    }
}

macro_rules! private_text {
    ($name:ident) => {
        /// Shows the length only: logs and panics must not carry what people wrote.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(D::Error::custom)
            }
        }
    };
}
private_text!(CaseText);
private_text!(Line);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canonical;

    #[test]
    fn the_bounds_are_exact() {
        assert!(CaseText::from_bytes(vec![b'a'; MAX_TEXT]).is_ok());
        let too_long = CaseText::from_bytes(vec![b'a'; MAX_TEXT + 1]).unwrap_err();
        assert_eq!(too_long.code(), "text_too_long");
        assert_eq!("a".repeat(MAX_TEXT + 1).parse::<CaseText>(), Err(TextError::TooLong));
        assert_eq!(CaseText::from_bytes(b"a\xff".to_vec()).unwrap_err().code(), "text_not_utf8");
        assert_eq!(CaseText::from_bytes(b"\xed\xa0\x80".to_vec()).unwrap_err().code(), "text_not_utf8");
        assert_eq!(CaseText::from_bytes(b"a\0b".to_vec()).unwrap_err().code(), "text_has_nul");
        assert!(CaseText::from_bytes(Vec::new()).is_ok());
    }

    #[test]
    fn bytes_are_kept() {
        for text in ["\u{feff}a\r\n b \u{301}e\u{301} é ", "\u{202e}مرحبا\t", "काठमाडौं\n\n"]
        {
            let kept = CaseText::from_bytes(text.as_bytes().to_vec()).unwrap();
            assert_eq!(kept.as_str().as_bytes(), text.as_bytes());
            let cbor = canonical::to_vec(&kept).unwrap();
            assert_eq!(canonical::from_slice::<CaseText>(&cbor).unwrap().into_string(), text);
        }
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(format!("{:?}", "secret".parse::<CaseText>().unwrap()), "CaseText(6 bytes)");
        assert_eq!(format!("{:?}", "Maria".parse::<Line>().unwrap()), "Line(5 bytes)");
    }

    #[test]
    fn lines() {
        assert_eq!(" Maria Santos ".parse::<Line>().unwrap().as_str(), "Maria Santos");
        assert!("न".repeat(MAX_LINE).parse::<Line>().is_ok());
        assert_eq!("न".repeat(MAX_LINE + 1).parse::<Line>(), Err(TextError::TooLong));
        for text in ["", " \t", "a\nb", "a\0b", "a\u{1b}[0m"] {
            assert_eq!(text.parse::<Line>(), Err(TextError::NotALine), "{text:?}");
        }
        assert!(serde_json::from_str::<Line>(r#""a\nb""#).is_err());
        assert!(serde_json::from_str::<CaseText>(r#""a\u0000b""#).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_kept_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(text) = CaseText::from_bytes(bytes.clone()) {
                prop_assert_eq!(text.as_str().as_bytes(), &bytes[..]);
            } else {
                prop_assert!(bytes.contains(&0) || std::str::from_utf8(&bytes).is_err());
            }
        }

        #[test]
        fn lines_never_panic(text in any::<String>()) {
            if let Ok(line) = text.parse::<Line>() {
                prop_assert_eq!(line.as_str().parse::<Line>().unwrap(), line.clone());
            }
        }
    }
}
