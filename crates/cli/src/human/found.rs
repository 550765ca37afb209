//! What a search found.

use amana_client::Field;

use super::{case::status, clean, table, table::wrap};
use crate::{json::HitView, lang::Lang};

/// Each case with where it was found, and the piece that was found below it.
pub fn found(lang: Lang, hits: &[HitView]) -> String {
    if hits.is_empty() {
        return lang.text("human.nothing_found") + "\n";
    }
    let rows: Vec<Vec<String>> = hits
        .iter()
        .map(|hit| {
            vec![
                clean(&hit.case.number),
                format!("P{}", hit.case.priority),
                status(lang, &hit.case),
                lang.text(label(hit.field)),
            ]
        })
        .collect();
    let table = table(lang, &["label.number", "label.priority", "label.status", "label.found_in"], &rows);
    let mut text = String::new();
    for (nth, line) in table.lines().enumerate() {
        text += line;
        text.push('\n');
        if let Some(hit) = nth.checked_sub(1).and_then(|nth| hits.get(nth)) {
            for line in wrap(&hit.snippet, super::WIDTH - 6) {
                text += &format!("      {}\n", clean(&line));
            }
        }
    }
    text
}

const fn label(field: Field) -> &'static str {
    match field {
        Field::Number => "label.number",
        Field::Name => "label.name",
        Field::Reference => "label.reference",
        Field::Narrative => "label.text",
        Field::Addition => "label.additions",
        Field::Message => "label.messages",
        Field::Note => "label.notes",
        Field::Task => "label.tasks",
        Field::Record => "label.records",
    }
}
