//! The passphrase of a vault or deploy folder: from the environment, or asked for on a terminal.

use std::{fmt, io::IsTerminal};

use zeroize::Zeroizing;

use crate::{
    context::Context,
    error::{CliError, Code},
};

/// The variable that holds it for scripts.
pub const VARIABLE: &str = "AMANA_PASSPHRASE";
const LEAST_WORDS: usize = 6;
const LEAST_CHARACTERS: usize = 24;

/// A passphrase; zeroised on drop, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes over `text`.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
    /// The bytes that are stretched into a key.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// At least six words, or 24 characters.
    pub fn is_strong(&self) -> bool {
        self.0.split_whitespace().count() >= LEAST_WORDS || self.0.trim().chars().count() >= LEAST_CHARACTERS
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// The passphrase that opens something that exists.
pub fn open(context: &Context) -> Result<Passphrase, CliError> {
    match from_environment()? {
        Some(passphrase) => Ok(passphrase),
        None => ask(context, "prompt.passphrase"),
    }
}

/// A passphrase for something new: strong enough, and typed twice on a terminal.
pub fn create(context: &Context) -> Result<Passphrase, CliError> {
    let passphrase = match from_environment()? {
        Some(passphrase) => passphrase,
        None => {
            let first = ask(context, "prompt.passphrase_new")?;
            if first.is_strong() && ask(context, "prompt.passphrase_again")? != first {
                return Err(CliError::new(Code::PassphraseMissing));
            }
            first
        }
    };
    if passphrase.is_strong() { Ok(passphrase) } else { Err(CliError::new(Code::PassphraseWeak)) }
}

fn from_environment() -> Result<Option<Passphrase>, CliError> {
    match std::env::var(VARIABLE) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(Passphrase::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(CliError::new(Code::TextNotUtf8)),
    }
}

fn ask(context: &Context, key: &str) -> Result<Passphrase, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::new(Code::PassphraseMissing));
    }
    let text = rpassword::prompt_password(context.lang().text(key))
        .map_err(|error| CliError::new(Code::PassphraseMissing).caused_by(error))?;
    if text.is_empty() { Err(CliError::new(Code::PassphraseMissing)) } else { Ok(Passphrase::new(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_words_or_24_characters_are_strong() {
        for (text, strong) in [
            ("one two three four five six", true),
            ("one two three four five", false),
            ("abcdefghijklmnopqrstuvwx", true),
            ("abcdefghijklmnopqrstuvw", false),
            ("                        ", false),
            ("ایک دو تین چار پانچ چھ", true),
            ("", false),
        ] {
            assert_eq!(Passphrase::new(text.to_owned()).is_strong(), strong, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Passphrase::new("correct horse".to_owned()));
        assert!(!shown.contains("horse"), "{shown}");
    }
}
