//! What a full-text index needs to know about languages: where words begin and end ([`words`]), which spellings are
//! the same word ([`fold`]), which names sound alike ([`sounds`]), and how a search is put to the index without ever
//! being taken for its syntax ([`Query`]).
//!
//! Pure: text in, text out. The index itself is the vault's affair; it only has to split columns at spaces.

mod fold;
mod query;
mod snippet;
mod sounds;
mod words;

pub use fold::fold;
pub use query::{MAX_QUERY_BYTES, MAX_TERMS, Query};
pub use snippet::snippet;
pub use sounds::sounds;
pub use words::{parts, words};

/// Changes whenever the same text would give other columns: what was indexed before is then indexed anew.
pub const VERSION: u8 = 1;

/// What the index holds of a text, as columns of words with spaces between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Folded words of free text.
    pub words: String,
    /// Folded words of names.
    pub names: String,
    /// How the names sound.
    pub sounds: String,
    /// Overlapping pairs of letters of scripts without spaces, from both: finds what was cut into other words.
    pub parts: String,
}

impl Columns {
    /// Adds free text.
    pub fn add_text(&mut self, text: &str) {
        append(&mut self.words, words(text).into_iter().map(|word| word.folded));
        append(&mut self.parts, parts(text));
    }

    /// Adds a person's name.
    pub fn add_name(&mut self, name: &str) {
        append(&mut self.names, words(name).into_iter().map(|word| word.folded));
        append(&mut self.parts, parts(name));
        append(&mut self.sounds, sounds(name).into_iter().flat_map(|(_, keys)| keys));
    }

    /// Adds a number that people write with other separators each time (telephone, passport, case): its words, all of
    /// it in one, and its last eight digits, as telephone numbers are told without the country.
    pub fn add_number(&mut self, number: &str) {
        self.add_text(number);
        let joined = fold(number);
        let last: Vec<char> = joined.chars().rev().take(8).collect();
        let is_long = joined.chars().count() > 8 && last.iter().all(char::is_ascii_digit);
        let last = is_long.then(|| last.into_iter().rev().collect::<String>());
        append(&mut self.words, std::iter::once(joined).chain(last).filter(|word| !word.is_empty()));
    }
}

fn append(column: &mut String, words: impl IntoIterator<Item = String>) {
    for word in words {
        if !column.is_empty() {
            column.push(' ');
        }
        column.push_str(&word);
    }
}
