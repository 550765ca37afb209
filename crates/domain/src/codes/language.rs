//! Languages: BCP 47 (RFC 5646) tags, checked for form and brought to canonical case.

use std::str::FromStr;

use crate::words::text_newtype;

/// Longest tag that is read, in bytes; RFC 5646 §4.4.1 asks for at least 35.
const MAX_TAG: usize = 64;

/// Why a text is not a language tag.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LanguageError {
    /// Longer than 64 bytes.
    #[error("language tag too long")]
    TooLong,
    /// Not of the form of RFC 5646 §2.1, or a variant or singleton repeated.
    #[error("not a language tag (BCP 47)")]
    Malformed,
}

/// A language, such as `ne`, `pa-Guru`, `zh-Hans`, in canonical case. `tl` is read as `fil`.
///
/// Well-formed, not looked up in a registry: people speak languages that software does not list. Grandfathered
/// tags (`i-klingon`) are refused; a private tag (`x-house`) is not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first subtag: the language without script and region.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// Whether the language is written from right to left: by its script, else by the usual script.
    pub fn is_rtl(&self) -> bool {
        let script = self.0.split('-').skip(1).find(|subtag| subtag.len() == 4 && alphabetic(subtag));
        match script {
            Some(script) => matches!(script, "Arab" | "Hebr" | "Syrc" | "Thaa" | "Nkoo" | "Adlm" | "Rohg"),
            None => matches!(
                self.primary(),
                "ar" | "arc"
                    | "ckb"
                    | "dv"
                    | "fa"
                    | "he"
                    | "pnb"
                    | "prs"
                    | "ps"
                    | "rhg"
                    | "sd"
                    | "ug"
                    | "ur"
                    | "yi"
            ),
        }
    }
}

fn alphabetic(subtag: &str) -> bool {
    subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn alphanumeric(subtag: &str) -> bool {
    subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_variant(subtag: &str) -> bool {
    alphanumeric(subtag)
        && (matches!(subtag.len(), 5..=8) || subtag.len() == 4 && subtag.as_bytes()[0].is_ascii_digit())
}

impl FromStr for Language {
    type Err = LanguageError;
    fn from_str(text: &str) -> Result<Self, LanguageError> {
        if text.len() > MAX_TAG {
            return Err(LanguageError::TooLong);
        }
        let lower = text.to_ascii_lowercase();
        let subtags: Vec<&str> = lower.split('-').collect();
        canonical(&subtags).map(Self).ok_or(LanguageError::Malformed)
    }
}
text_newtype!(Language);

/// The canonical tag of lower-case subtags; `None` if they do not have the form of RFC 5646 §2.1.
fn canonical(subtags: &[&str]) -> Option<String> {
    let mut rest = subtags;
    let mut out = String::new();
    if rest.first() != Some(&"x") {
        let (primary, after) = rest.split_first()?;
        if !alphabetic(primary) || !matches!(primary.len(), 2..=8) {
            return None;
        }
        out.push_str(if *primary == "tl" { "fil" } else { primary });
        rest = after;
        if primary.len() <= 3 {
            for _ in 0..3 {
                take(&mut rest, &mut out, |subtag| subtag.len() == 3 && alphabetic(subtag), str::to_owned);
            }
        }
        take(&mut rest, &mut out, |subtag| subtag.len() == 4 && alphabetic(subtag), title);
        let is_region = |subtag: &str| {
            subtag.len() == 2 && alphabetic(subtag)
                || subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_digit())
        };
        take(&mut rest, &mut out, is_region, str::to_ascii_uppercase);
        let mut variants = Vec::new();
        while let Some(variant) = take(&mut rest, &mut out, is_variant, str::to_owned) {
            if variants.contains(&variant) {
                return None;
            }
            variants.push(variant);
        }
        let mut singletons = Vec::new();
        while let Some(singleton) = take(&mut rest, &mut out, |s| s.len() == 1 && s != "x", str::to_owned) {
            if singletons.contains(&singleton) || !alphanumeric(&singleton) {
                return None;
            }
            singletons.push(singleton);
            take_some(&mut rest, &mut out, 2)?;
        }
    }
    if let Some((&"x", after)) = rest.split_first() {
        rest = after;
        if !out.is_empty() {
            out.push('-');
        }
        out.push('x');
        take_some(&mut rest, &mut out, 1)?;
    }
    rest.is_empty().then_some(out)
}

/// Takes the next subtag if it fits and appends it in its canonical case.
fn take<'s>(
    rest: &mut &'s [&'s str],
    out: &mut String,
    fits: impl Fn(&str) -> bool,
    case: impl Fn(&str) -> String,
) -> Option<String> {
    let subtags: &'s [&'s str] = rest;
    let (subtag, after) = subtags.split_first()?;
    if !fits(subtag) {
        return None;
    }
    *rest = after;
    let cased = case(subtag);
    out.push('-');
    out.push_str(&cased);
    Some(cased)
}

/// Takes one or more subtags of `least` to 8 letters or digits.
fn take_some<'s>(rest: &mut &'s [&'s str], out: &mut String, least: usize) -> Option<()> {
    let fits = |subtag: &str| (least..=8).contains(&subtag.len()) && alphanumeric(subtag);
    take(rest, out, fits, str::to_owned)?;
    while take(rest, out, fits, str::to_owned).is_some() {}
    Some(())
}

fn title(subtag: &str) -> String {
    let (first, rest) = subtag.split_at(1);
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_case() {
        for (text, tag) in [
            ("en", "en"),
            ("NE", "ne"),
            ("tl", "fil"),
            ("TL-latn-ph", "fil-Latn-PH"),
            ("zh-hans", "zh-Hans"),
            ("PA-GURU", "pa-Guru"),
            ("pt-br", "pt-BR"),
            ("es-419", "es-419"),
            ("zh-cmn-hans-cn", "zh-cmn-Hans-CN"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"),
            ("de-1901", "de-1901"),
            ("en-US-u-HC-h12-x-A-b", "en-US-u-hc-h12-x-a-b"),
            ("x-House", "x-house"),
        ] {
            assert_eq!(text.parse::<Language>().unwrap().as_str(), tag);
        }
    }

    #[test]
    fn malformed_tags_are_refused() {
        for text in [
            "",
            "e",
            "-",
            "en-",
            "-en",
            "en--US",
            "en_US",
            "i-klingon",
            "123",
            "en-x",
            "en-u",
            "abcdefghi",
            "é",
            "en-abcdefghi",
            "sl-rozaj-rozaj",
            "en-u-hc-u-hc",
            "x",
            "e n",
            "ar\0",
            "en-Latn-Arab-",
        ] {
            assert_eq!(text.parse::<Language>(), Err(LanguageError::Malformed), "{text:?}");
        }
        let long = format!("en-x{}", "-abcdefgh".repeat(10));
        assert_eq!(long.parse::<Language>(), Err(LanguageError::TooLong));
    }

    #[test]
    fn direction() {
        for (tag, rtl) in
            [("ar", true), ("ur-PK", true), ("pa", false), ("pa-Arab", true), ("ar-Latn", false)]
        {
            assert_eq!(tag.parse::<Language>().unwrap().is_rtl(), rtl, "{tag}");
        }
    }
}
