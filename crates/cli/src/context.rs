//! What every verb is given: how to speak, and in which language.

use std::io::IsTerminal;

use crate::{
    error::CliError,
    lang::Lang,
    output::{self, Output},
    progress::Progress,
};

/// How this run speaks. Made once in `main`, passed to every verb.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    json: bool,
    lang: Lang,
}

impl Context {
    /// A context that answers in JSON or in `lang`.
    pub fn new(json: bool, lang: Lang) -> Self {
        Self { json, lang }
    }
    /// Whether `--json` was given.
    pub fn json(&self) -> bool {
        self.json
    }
    /// The language of people's messages.
    pub fn lang(&self) -> Lang {
        self.lang
    }
    /// Progress of long work: shown on a terminal, silent when piped or under `--json`.
    pub fn progress(&self, label_key: &str) -> Progress {
        let shown = !self.json && std::io::stderr().is_terminal();
        Progress::new(shown, self.lang.text(label_key))
    }
    /// Writes `output` to standard output now and flushes; for verbs that keep running after they answered
    /// (relay, `--follow`, serve). Such a verb returns [`Output::done`] at its end.
    pub fn emit(&self, output: Output) -> Result<(), CliError> {
        output::write(self.json, output).map_err(|error| CliError::internal("stdout", error))
    }
    /// Tells a person what happens meanwhile, on standard error; silent under `--json`.
    pub fn tell(&self, line: &str) {
        if !self.json {
            output::write_note(line);
        }
    }
    /// Writes the result of a verb; the exit status.
    pub fn finish(&self, output: Output) -> u8 {
        let status = output.status();
        match output::write(self.json, output) {
            Ok(()) => status,
            Err(error) => self.fail(&CliError::internal("stdout", error)),
        }
    }
    /// Writes an error to standard error; the exit status.
    pub fn fail(&self, error: &CliError) -> u8 {
        output::write_error(self.json, self.lang, error);
        error.status()
    }
}
