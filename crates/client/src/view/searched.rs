//! What of a case a search looks at: what is shown of it here, no more.

use amana_domain::ids::sha256;
use amana_search::{Columns, Query, snippet, words};
use amana_vault::{Tx, store::SearchRow};
use serde::Serialize;

use super::CaseView;
use crate::ClientError;

/// Where in a case something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The number of the case.
    Number,
    /// A person's name, in any script.
    Name,
    /// A telephone, the number of a document or licence.
    Reference,
    /// What happened, as filed.
    Narrative,
    /// What was added to it.
    Addition,
    /// The conversation.
    Message,
    /// Internal notes.
    Note,
    /// Internal tasks.
    Task,
    /// What stands in logs of its own: wages, health, migration status, and those who did it.
    Record,
}

impl Field {
    const fn byte(self) -> u8 {
        self as u8
    }
}

/// The texts of a view that a search looks at, the most telling first.
fn texts(view: &CaseView) -> Vec<(Field, &str)> {
    let mut texts = vec![(Field::Number, view.number.as_str())];
    for person in view.persons.iter().map(|entry| &entry.person) {
        let names = [&person.name, &person.native_name];
        texts.extend(names.into_iter().flatten().map(|name| (Field::Name, name.as_str())));
        let numbers = [&person.phone, &person.document];
        texts.extend(numbers.into_iter().flatten().map(|number| (Field::Reference, number.as_str())));
    }
    if view.persons.is_empty() {
        texts.extend(view.name.as_deref().map(|name| (Field::Name, name)));
    }
    texts.extend(view.text.as_deref().map(|text| (Field::Narrative, text)));
    texts.extend(view.additions.iter().map(|entry| (Field::Addition, entry.text.as_str())));
    texts.extend(view.messages.iter().map(|entry| (Field::Message, entry.text.as_str())));
    texts.extend(view.notes.iter().map(|entry| (Field::Note, entry.text.as_str())));
    texts.extend(view.tasks.iter().map(|task| (Field::Task, task.title.as_str())));
    for record in &view.records {
        texts.push((Field::Record, record.entry.text.as_str()));
        for party in record.wage.iter().flat_map(|wage| &wage.parties) {
            let named = [&party.name, &party.address];
            texts.extend(named.into_iter().flatten().map(|line| (Field::Record, line.as_str())));
            let numbers = [&party.licence, &party.phone];
            texts.extend(numbers.into_iter().flatten().map(|number| (Field::Reference, number.as_str())));
        }
    }
    texts.retain(|(_, text)| !text.is_empty());
    texts
}

/// Says of what a case's words in the index are made: another version of the rules or another text, another digest.
pub(crate) fn digest(view: &CaseView) -> [u8; 32] {
    let mut bytes = vec![amana_search::VERSION];
    for (field, text) in texts(view) {
        bytes.push(field.byte());
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    sha256(&[&bytes])
}

/// Brings the index up to date with a view, in the transaction that writes the view.
pub(crate) fn index(tx: &Tx<'_>, view: &CaseView) -> Result<(), ClientError> {
    let digest = digest(view);
    if tx.search_digest(view.case)? == Some(digest) {
        return Ok(());
    }
    let mut columns = Columns::default();
    for (field, text) in texts(view) {
        match field {
            Field::Name => columns.add_name(text),
            Field::Number | Field::Reference => columns.add_number(text),
            _ => columns.add_text(text),
        }
    }
    let Columns { words, names, sounds, parts } = &columns;
    Ok(tx.put_search(view.case, &digest, &SearchRow { words, names, sounds, parts })?)
}

/// The field that has most of what is looked for, and a piece of it.
pub(crate) fn shown(view: &CaseView, query: &Query, by_sound: bool) -> (Field, String) {
    let mut best: Option<(usize, Field, String)> = None;
    for (field, text) in texts(view) {
        let found = words(text);
        let terms = query.terms().iter();
        let matched =
            terms.filter(|term| found.iter().any(|word| Query::is_found(term, &word.folded))).count();
        if best.as_ref().is_some_and(|(most, ..)| *most >= matched.max(1)) {
            continue;
        }
        let by_sound = by_sound && field == Field::Name;
        if let Some(piece) = snippet(text, query, by_sound) {
            best = Some((matched.max(1), field, piece));
        }
    }
    best.map_or_else(|| (Field::Number, view.number.clone()), |(_, field, piece)| (field, piece))
}
