//! Where words begin and end: the rules of Unicode (UAX 29), with a trained model for Thai, Lao, Khmer and Burmese and
//! a dictionary for Chinese and Japanese, which put no spaces between words.

use std::{ops::Range, sync::LazyLock};

use icu_segmenter::{
    GraphemeClusterSegmenter, GraphemeClusterSegmenterBorrowed, WordSegmenter, WordSegmenterBorrowed,
    options::WordBreakInvariantOptions,
};

use crate::fold;

static WORDS: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_auto(WordBreakInvariantOptions::default()));
static CLUSTERS: GraphemeClusterSegmenterBorrowed<'static> = GraphemeClusterSegmenter::new();

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// Its folded form; never empty.
    pub folded: String,
}

/// The words of a text, in their order. Spaces, punctuation and signs are no words.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = 0;
    for end in WORDS.segment_str(text) {
        let at = std::mem::replace(&mut start, end)..end;
        // Whether a segment is a word is looked at here: the segmenter's own answer misses Indic words that end in a sign.
        let Some(word) = text.get(at.clone()).filter(|word| word.contains(char::is_alphanumeric)) else {
            continue;
        };
        // A number is one word whatever stands between its digits; the rules also join "paid.Then" and "a_b".
        if word.chars().all(|c| c.is_numeric() || !c.is_alphanumeric()) {
            push(&mut words, at, word);
            continue;
        }
        let mut from = 0;
        for (offset, c) in
            word.char_indices().filter(|(_, c)| matches!(c, '.' | ':' | '_' | ',' | ';' | '·' | '‿'))
        {
            push(&mut words, at.start + from..at.start + offset, &word[from..offset]);
            from = offset + c.len_utf8();
        }
        push(&mut words, at.start + from..at.end, &word[from..]);
    }
    words
}

fn push(words: &mut Vec<Word>, at: Range<usize>, word: &str) {
    let mut folded = fold(word);
    // The Arabic article is written into the word: "salary" finds "the salary".
    if let Some(bare) = folded.strip_prefix("ال").filter(|bare| bare.chars().count() > 2) {
        folded = bare.to_owned();
    }
    if !folded.is_empty() {
        words.push(Word { at, folded });
    }
}

/// The stretches of a text in scripts that put no spaces between words, as folded letters with their marks.
pub(crate) fn runs(text: &str) -> Vec<Vec<String>> {
    let mut runs = vec![Vec::new()];
    let mut start = 0;
    for end in CLUSTERS.segment_str(text) {
        let cluster = &text[std::mem::replace(&mut start, end)..end];
        let folded = if cluster.starts_with(is_unspaced) { fold(cluster) } else { String::new() };
        match runs.last_mut() {
            Some(run) if !folded.is_empty() => run.push(folded),
            Some(run) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Overlapping pairs of letters in scripts that put no spaces between words, and the last letter of each stretch.
/// Where a word ends depends on what stands around it; pairs do not.
#[must_use]
pub fn parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for run in runs(text) {
        parts.extend(run.windows(2).map(|pair| pair.concat()));
        parts.extend(run.into_iter().next_back());
    }
    parts
}

/// Thai, Lao, Burmese, Khmer, Chinese, Japanese.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{E00}'..='\u{EFF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30FF}'
            | '\u{3400}'..='\u{9FFF}'
            | '\u{A9E0}'..='\u{A9FF}'
            | '\u{AA60}'..='\u{AA7F}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn words_are_found_where_there_are_spaces_and_where_there_are_none() {
        assert_eq!(folded("He kept my passport."), ["he", "kept", "my", "passport"]);
        assert_eq!(
            folded("not paid.Then he_left, 1,200.50 QAR"),
            ["not", "paid", "then", "he", "left", "120050", "qar"]
        );
        assert_eq!(folded("لم يدفعوا الرَّاتِب"), ["لم", "يدفعوا", "راتب"]);
        assert_eq!(folded("मेरा पासपोर्ट"), ["मेरा", "पासपोर्ट"]);
        for (text, word) in [
            ("นายจ้างไม่จ่ายเงินเดือน", "จ่าย"),
            ("ນາຍຈ້າງບໍ່ຈ່າຍເງິນເດືອນ", "ນາຍ"),
            ("និយោជកមិនបើកប្រាក់ខែ", "មិន"),
            ("အလုပ်ရှင်ကလစာမပေးဘူး", "မပေး"),
            ("老板拖欠工资三个月", "工资"),
        ] {
            let found = folded(text);
            assert!(found.len() > 2 && found.contains(&fold(word)), "{text}: {found:?}");
        }
    }

    #[test]
    fn places_of_words_are_those_of_the_text() {
        let text = "«Ｐay» me, José!";
        for word in words(text) {
            assert_eq!(fold(&text[word.at]), word.folded);
        }
    }

    #[test]
    fn pairs_overlap_and_leave_spaced_scripts_alone() {
        assert_eq!(parts("拖欠工资 and 三"), ["拖欠", "欠工", "工资", "资", "三"]);
        assert_eq!(parts("passport"), Vec::<String>::new());
    }
}
