//! The only writer of standard output: one JSON document, or text for people.

use std::io::{self, Write};

use serde::Serialize;

use crate::{context::Context, error::CliError, lang::Lang};

/// Something a verb answers with: JSON by its serde form, text by [`View::render`].
pub trait View: Serialize {
    /// Text for people in `lang`, ending with a line break. User text must go through [`crate::human::clean`].
    fn render(&self, lang: Lang) -> String;
}

/// A verb's finished answer.
#[derive(Debug)]
pub struct Output {
    content: Option<Content>,
    status: u8,
}

#[derive(Debug)]
enum Content {
    Json(serde_json::Value),
    Text(String),
}

impl Output {
    /// The answer `view`, in the form that the caller asked for.
    pub fn new<V: View + ?Sized>(context: &Context, view: &V) -> Self {
        let content = if context.json() {
            // The views are plain structs with text keys; serialising them cannot fail.
            Content::Json(serde_json::to_value(view).unwrap_or_default())
        } else {
            Content::Text(view.render(context.lang()))
        };
        Self { content: Some(content), status: 0 }
    }
    /// Nothing to say (any more): the verb already emitted its answer.
    pub fn done() -> Self {
        Self { content: None, status: 0 }
    }
    /// The same answer with exit status 1, for verbs whose answer is a finding (`verify`).
    pub fn failed(mut self) -> Self {
        self.status = 1;
        self
    }
    /// The exit status that goes with it.
    pub fn status(&self) -> u8 {
        self.status
    }
    /// What will be written to standard output.
    pub fn to_text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Json(value)) => format!("{value}\n"),
            Some(Content::Text(text)) => text.clone(),
        }
    }
}

/// Writes and flushes. A reader that went away (`| head`) is no error.
pub fn write(_json: bool, output: Output) -> io::Result<()> {
    let text = output.to_text();
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line for a person to standard error; nothing can be done when that fails.
pub fn write_note(line: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{line}").and_then(|()| stderr.flush());
}

/// Writes an error to standard error; nothing can be done when that fails.
pub fn write_error(json: bool, lang: Lang, error: &CliError) {
    let text = if json {
        let body =
            serde_json::json!({"error": {"code": error.code().as_str(), "message": error.message(lang)}});
        format!("{body}\n")
    } else {
        error.render(lang)
    };
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
