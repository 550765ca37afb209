//! The piece of a text that shows why it was found.

use crate::{Query, sounds, words, words::Word};

/// How much of the text stands before the first word that was found, and in all, in characters.
const BEFORE: usize = 40;
const LENGTH: usize = 160;

/// A piece of `text` around the first words that the query looks for, on one line, with an ellipsis where it was cut;
/// `None` if none of them is in it. Names that only sound alike count where `by_sound` is set.
#[must_use]
pub fn snippet(text: &str, query: &Query, by_sound: bool) -> Option<String> {
    let found = words(text);
    let first = found.iter().find(|word| query.matches(&word.folded)).map(|word| word.at.start);
    let first = first.or_else(|| in_a_row(text, &found, query)).or_else(|| {
        let keys = |text: &str| sounds(text).into_iter().flat_map(|(_, keys)| keys).collect::<Vec<_>>();
        let wanted = keys(&query.terms().join(" "));
        (by_sound && keys(text).iter().any(|key| wanted.contains(key))).then_some(0)
    })?;
    Some(cut(text, &found, first))
}

/// What was cut into other words than the query: where their letters stand in a row.
fn in_a_row(text: &str, found: &[Word], query: &Query) -> Option<usize> {
    let all: String = found.iter().map(|word| word.folded.as_str()).collect();
    let at = all.find(&query.terms().concat())?;
    let mut end = 0;
    let word = found.iter().find(|word| {
        end += word.folded.len();
        end > at
    })?;
    text.is_char_boundary(word.at.start).then_some(word.at.start)
}

fn cut(text: &str, found: &[Word], first: usize) -> String {
    let back = text[..first].char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
    // Whole words where there are any.
    let start = if back == 0 {
        0
    } else {
        found.iter().map(|word| word.at.start).find(|at| *at >= back).unwrap_or(first)
    };
    let end = text[start..].char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| start + at);
    let end = if end == text.len() {
        end
    } else {
        found.iter().map(|word| word.at.end).filter(|at| *at <= end && *at > first).max().unwrap_or(end)
    };
    let piece = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}{piece}{}", if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, search: &str) -> Option<String> {
        snippet(text, &Query::parse(search).unwrap(), true)
    }

    #[test]
    fn a_piece_shows_what_was_found() {
        assert_eq!(shown("He kept my\npassport.", "PASSPORT").unwrap(), "He kept my passport.");
        assert_eq!(shown("nothing here", "passport"), None);
        let long = format!("{} the passport is gone {}", "before ".repeat(50), "after ".repeat(50));
        let piece = shown(&long, "passport").unwrap();
        assert!(
            piece.starts_with('…') && piece.ends_with('…') && piece.contains("the passport is gone"),
            "{piece}"
        );
        assert!(piece.chars().count() < LENGTH + 10);
        assert!(shown("老板拖欠工资三个月", "欠工资").is_some());
        assert_eq!(shown("محمد علي", "Mohammed").unwrap(), "محمد علي");
        assert_eq!(shown("لم يدفعوا الرَّاتِب", "الراتب").unwrap(), "لم يدفعوا الرَّاتِب");
    }
}
