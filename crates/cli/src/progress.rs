//! Progress of long work on a terminal.

use std::io::{self, Write};

/// A line that is redrawn in place on standard error, or nothing at all.
#[derive(Debug)]
pub struct Progress {
    label: Option<String>,
    drawn: bool,
}

impl Progress {
    /// Shown or silent.
    pub fn new(shown: bool, label: String) -> Self {
        Self { label: shown.then_some(label), drawn: false }
    }
    /// `done` of `total` steps; a `total` of 0 means unknown.
    pub fn step(&mut self, done: u64, total: u64) {
        let Some(label) = &self.label else { return };
        let line = if total == 0 { format!("{label} {done}") } else { format!("{label} {done}/{total}") };
        self.drawn = true;
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\u{1b}[K{line}").and_then(|()| stderr.flush());
    }
    /// Takes the line away, before something else is written there.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "\r\u{1b}[K").and_then(|()| stderr.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
