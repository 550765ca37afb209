//! A search as the index takes it. What people type is data: every word of it is folded to letters and digits and
//! stands in quotes, so that nothing of it can be an operator.

use crate::{
    sounds, words,
    words::{is_unspaced, runs},
};

/// What stands behind this many bytes of a search is not looked at.
pub const MAX_QUERY_BYTES: usize = 1024;
/// Words of a search behind this many are not looked for.
pub const MAX_TERMS: usize = 16;
/// Shorter words are looked for as they are, longer ones also as beginnings of words: "wage" finds "wages".
const MIN_PREFIX_CHARS: usize = 3;

/// A search: every word has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    exact: String,
    similar: Option<String>,
    terms: Vec<String>,
}

impl Query {
    /// Reads what somebody typed; `None` if it has no word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = &text[..text.floor_char_boundary(MAX_QUERY_BYTES)];
        let mut terms: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
        terms.truncate(MAX_TERMS);
        if terms.is_empty() {
            return None;
        }
        let exact = spelled(text)?;
        // Names are few words; more is a sentence.
        let names = sounds(text);
        let similar: Vec<String> = names
            .iter()
            .map(|(written, keys)| {
                let sounds = keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(" AND ");
                match (spelled(written), keys.is_empty()) {
                    (Some(spelled), false) => format!("({spelled} OR (sounds : ({sounds})))"),
                    (Some(spelled), true) => spelled,
                    (None, false) => format!("(sounds : ({sounds}))"),
                    (None, true) => String::new(),
                }
            })
            .filter(|part| !part.is_empty())
            .collect();
        let has_sound = names.iter().any(|(_, keys)| !keys.is_empty());
        let similar = (names.len() <= 4 && has_sound).then(|| similar.join(" AND "));
        Some(Self { exact, similar, terms })
    }

    /// What is spelled so, as an expression of FTS5 over the columns of [`crate::Columns`].
    #[must_use]
    pub fn exact(&self) -> &str {
        &self.exact
    }

    /// The same and what sounds so.
    #[must_use]
    pub fn similar(&self) -> Option<&str> {
        self.similar.as_deref()
    }

    /// The folded words that are looked for.
    #[must_use]
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether a folded word of a text is one of those looked for.
    #[must_use]
    pub fn matches(&self, word: &str) -> bool {
        self.terms.iter().any(|term| Self::is_found(term, word))
    }

    /// Whether one of the terms is found in a folded word.
    #[must_use]
    pub fn is_found(term: &str, word: &str) -> bool {
        if is_prefix(term) { word.starts_with(term) } else { word == term }
    }
}

fn spelled(text: &str) -> Option<String> {
    let (mut spaced, mut unspaced) = (Vec::new(), Vec::new());
    for word in words(text).into_iter().take(MAX_TERMS).map(|word| word.folded) {
        if word.starts_with(is_unspaced) {
            unspaced.push(format!("({{words names}} : {})", quoted(&word)));
        } else {
            let star = if is_prefix(&word) { " *" } else { "" };
            spaced.push(format!("({{words names}} : {}{star})", quoted(&word)));
        }
    }
    if !unspaced.is_empty() {
        // Cut into words as here, or the same letters in a row however they were cut there.
        let runs: Vec<String> = runs(text).iter().take(MAX_TERMS).map(|run| in_a_row(run)).collect();
        spaced.push(format!("(({}) OR ({}))", unspaced.join(" AND "), runs.join(" AND ")));
    }
    (!spaced.is_empty()).then(|| spaced.join(" AND "))
}

fn in_a_row(run: &[String]) -> String {
    match run {
        [only] => format!("(parts : {} *)", quoted(only)),
        run => {
            let pairs: Vec<String> = run.windows(2).map(|pair| pair.concat()).collect();
            format!("(parts : {})", quoted(&pairs.join(" ")))
        }
    }
}

fn is_prefix(word: &str) -> bool {
    word.chars().nth(MIN_PREFIX_CHARS - 1).is_some() && !word.starts_with(is_unspaced)
}

/// Folded words have no quotes; doubled all the same, so that this does not hang on it.
fn quoted(words: &str) -> String {
    format!("\"{}\"", words.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_and_everything_else_is_gone() {
        let query = Query::parse("wage AND \"theft\" NEAR(x, 2) words:y -z * ^a \0 OR").unwrap();
        let operators = ["AND", "OR", "NOT"];
        for piece in query.exact().split_whitespace() {
            let piece = piece.trim_matches(['(', ')', '{', '}']);
            let known = operators.contains(&piece) || ["words", "names", ":", "*"].contains(&piece);
            assert!(known || (piece.starts_with('"') && piece.ends_with('"')), "{piece}");
        }
        assert_eq!(query.terms(), ["wage", "and", "theft", "near", "x", "2", "words", "y", "z", "a", "or"]);
    }

    #[test]
    fn nothing_to_look_for_is_no_query() {
        for text in ["", "  ", "\"", "*", "-- ()", "\0\0", "😀"] {
            assert_eq!(Query::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_searches_are_cut() {
        let query = Query::parse(&"ü word ".repeat(200_000)).unwrap();
        assert_eq!(query.terms().len(), MAX_TERMS);
        assert!(query.exact().len() < 2000);
        let query = Query::parse(&"老".repeat(400_000)).unwrap();
        assert!(query.exact().len() < 10_000);
    }

    #[test]
    fn longer_words_are_beginnings() {
        let query = Query::parse("wage is").unwrap();
        assert!(
            query.matches("wages")
                && query.matches("is")
                && !query.matches("island")
                && !query.matches("wag")
        );
    }
}
