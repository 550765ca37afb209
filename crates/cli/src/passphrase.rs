//! The passphrase of a vault or deploy folder: from the environment, or asked for on a terminal.

use std::{fmt, io::IsTerminal};

use zeroize::Zeroizing;

use crate::{
    context::Context,
    error::{CliError, Code},
};

/// The variable that holds it for scripts.
pub const VARIABLE: &str = "AMANA_PASSPHRASE";
/// The variable that holds a PIN; it goes before the passphrase.
const PIN: &str = "AMANA_PIN";
/// The variable that holds a PIN to be set.
const NEW_PIN: &str = "AMANA_NEW_PIN";
/// The variable that holds a passphrase to be set.
const NEW_PASSPHRASE: &str = "AMANA_NEW_PASSPHRASE";
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
    match from(VARIABLE)? {
        Some(passphrase) => Ok(passphrase),
        None => ask(context, "prompt.passphrase"),
    }
}

/// The PIN for something that exists, from the environment. On a terminal it is typed as a passphrase is.
pub fn pin() -> Result<Option<Passphrase>, CliError> {
    from(PIN)
}

/// A PIN to be set.
pub fn new_pin(context: &Context) -> Result<Passphrase, CliError> {
    match from(NEW_PIN)? {
        Some(pin) => Ok(pin),
        None => twice(context, "prompt.pin_new", "prompt.pin_again"),
    }
}

/// A passphrase to be set in place of another one: strong enough.
pub fn new_passphrase(context: &Context) -> Result<Passphrase, CliError> {
    let passphrase = match from(NEW_PASSPHRASE)? {
        Some(passphrase) => passphrase,
        None => twice(context, "prompt.passphrase_new", "prompt.passphrase_again")?,
    };
    if passphrase.is_strong() { Ok(passphrase) } else { Err(CliError::new(Code::PassphraseWeak)) }
}

fn twice(context: &Context, prompt: &str, again: &str) -> Result<Passphrase, CliError> {
    let first = ask(context, prompt)?;
    if ask(context, again)? == first { Ok(first) } else { Err(CliError::new(Code::PassphraseMissing)) }
}

/// A passphrase for something new: strong enough, and typed twice on a terminal.
pub fn create(context: &Context) -> Result<Passphrase, CliError> {
    let passphrase = match from(VARIABLE)? {
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

fn from(variable: &str) -> Result<Option<Passphrase>, CliError> {
    match std::env::var(variable) {
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
