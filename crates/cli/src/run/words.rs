//! Words that people type, read into the domain's types.

use std::str::FromStr;

use amana_domain::{
    codes::{Country, Language},
    text::Line,
};

use crate::error::{CliError, Code};

fn read<T: FromStr>(text: &Option<String>, code: Code) -> Result<Option<T>, CliError> {
    text.as_deref().map(|text| text.parse().map_err(|_| CliError::bad_value(code, text))).transpose()
}

/// A country.
pub fn country(text: &Option<String>) -> Result<Option<Country>, CliError> {
    read(text, Code::CountryInvalid)
}

/// A language.
pub fn language(text: &Option<String>) -> Result<Option<Language>, CliError> {
    read(text, Code::LanguageInvalid)
}

/// A word of a fixed set, or a date.
pub fn word<T: FromStr>(text: &Option<String>) -> Result<Option<T>, CliError> {
    read(text, Code::CodeUnknown)
}

/// A short text: one line, at most 1 KiB.
pub fn line(text: &Option<String>) -> Result<Option<Line>, CliError> {
    text.as_deref().map(|text| text.parse().map_err(|_| CliError::text_too_long(1))).transpose()
}
