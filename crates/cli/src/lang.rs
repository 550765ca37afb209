//! The language of messages for people. JSON keys and codes never change with it.

use std::borrow::Cow;

/// The languages that `locales/` has, English first.
pub const LANGUAGES: [&str; 9] = ["en", "ar", "fr", "es", "hi", "ne", "bn", "fil", "id"];

/// A supported language; English where the one asked for is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lang(&'static str);

impl Lang {
    /// English.
    pub const ENGLISH: Self = Self(LANGUAGES[0]);

    /// Reads a BCP 47 tag or a POSIX locale (`ar_SA.UTF-8`); `None` if it is not supported.
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.split(['.', '@']).next().unwrap_or_default();
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let primary = match primary.as_str() {
            "tl" => "fil",
            "in" => "id",
            other => other,
        };
        LANGUAGES.iter().find(|known| **known == primary).map(|known| Self(known))
    }
    /// The first that is set of `--lang`, `AMANA_LANG`, `LANG`.
    pub fn choose(flag: Option<&str>, amana_lang: Option<&str>, lang: Option<&str>) -> Self {
        let named = [flag, amana_lang, lang].into_iter().flatten().find(|tag| !tag.is_empty());
        named.and_then(Self::parse).unwrap_or(Self::ENGLISH)
    }
    /// [`Lang::choose`] with the variables of this process.
    pub fn from_environment(flag: Option<&str>) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        Self::choose(flag, variable("AMANA_LANG").as_deref(), variable("LANG").as_deref())
    }
    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.0
    }
    /// Whether it is written from right to left.
    pub fn is_right_to_left(self) -> bool {
        self.0 == "ar"
    }
    /// The text of a key that has no placeholders.
    pub fn text(self, key: &str) -> String {
        self.get(key).into_owned()
    }
    /// The text of a key with its `%{name}` placeholders filled in. Values from people must be clean already.
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let texts: Vec<String> = values.iter().map(|(_, value)| (*value).to_owned()).collect();
        rust_i18n::replace_patterns(&self.get(key), &names, &texts)
    }
    /// The text of a key, or `None` where no language has it: for codes that this version does not know.
    pub fn find(self, key: &str) -> Option<String> {
        let text = self.get(key);
        (text != key).then(|| text.into_owned())
    }
    fn get(self, key: &str) -> Cow<'_, str> {
        // The only `t!` of the crate: a process-wide locale would leak between requests.
        rust_i18n::t!(key, locale = self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_posix_locales_are_read() {
        for (tag, lang) in [
            ("en", Some("en")),
            ("ar_SA.UTF-8", Some("ar")),
            ("fr-CA", Some("fr")),
            ("tl", Some("fil")),
            ("TL-PH", Some("fil")),
            ("ne_NP@x", Some("ne")),
            ("C.UTF-8", None),
            ("xx", None),
            ("", None),
        ] {
            assert_eq!(Lang::parse(tag).map(Lang::tag), lang, "{tag}");
        }
    }

    #[test]
    fn the_flag_wins_over_the_variables() {
        assert_eq!(Lang::choose(Some("fr"), Some("ar"), Some("es")).tag(), "fr");
        assert_eq!(Lang::choose(None, Some("ar"), Some("es")).tag(), "ar");
        assert_eq!(Lang::choose(None, Some(""), Some("es_MX")).tag(), "es");
        assert_eq!(Lang::choose(Some("xx"), Some("ar"), None).tag(), "en");
        assert_eq!(Lang::choose(None, None, None).tag(), "en");
    }

    #[test]
    fn placeholders_are_filled() {
        let text = Lang::ENGLISH.fill("error.file_unreadable", &[("path", "a.txt")]);
        assert!(text.contains("a.txt") && !text.contains("%{"), "{text}");
        assert_eq!(Lang::ENGLISH.find("grievance.NO.SUCH"), None);
    }
}
