//! Spellings of one word become one: width and compatibility forms, case, marks that are written or left out at will.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The longest word that is kept, in characters; longer ones are cut, in the index and in queries alike.
const MAX_CHARS: usize = 48;

/// Folds one word: compatibility decomposition, lower case, then
/// - Latin, Greek and Cyrillic without accents (é = e, đ = d, ß = ss), Hebrew without points;
/// - Arabic without tashkeel and tatweel, with one alef (أ إ آ ٱ = ا), one ya (ى ی ئ = ي), one waw (ؤ = و), ta marbuta
///   as ha (ة = ه), Persian and Urdu kaf and ha as the Arabic ones;
/// - Indic without nukta (ज़ = ज);
/// - digits of every script as ASCII.
///
/// Everything but letters, digits and vowel signs is left out, so what comes back has no space, quote or control
/// character. May be empty.
#[must_use]
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfkd().flat_map(char::to_lowercase).nfkd() {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            c if is_left_out(c) => {}
            c => folded.push(plain(c)),
        }
    }
    folded.nfc().take(MAX_CHARS).collect()
}

/// Marks that writers put or leave out, and everything that is no part of a word.
fn is_left_out(c: char) -> bool {
    match c {
        // Accents; Hebrew points; Arabic tashkeel, small signs, tatweel; nukta of nine Indic scripts.
        '\u{300}'..='\u{36F}'
        | '\u{591}'..='\u{5C7}'
        | '\u{610}'..='\u{61A}'
        | '\u{640}'
        | '\u{64B}'..='\u{65F}'
        | '\u{670}'
        | '\u{6D6}'..='\u{6ED}'
        | '\u{93C}'
        | '\u{9BC}'
        | '\u{A3C}'
        | '\u{ABC}'
        | '\u{B3C}'
        | '\u{CBC}'
        | '\u{1133C}' => true,
        c => !c.is_alphanumeric() && !is_combining_mark(c),
    }
}

fn plain(c: char) -> char {
    match c {
        'đ' | 'ð' => 'd',
        'ø' => 'o',
        'ł' => 'l',
        'ħ' => 'h',
        'ı' => 'i',
        'ŧ' => 't',
        'ς' => 'σ',
        'ٱ' => 'ا',
        'ى' | 'ی' | 'ے' => 'ي',
        'ة' | 'ہ' | 'ھ' | 'ە' | 'ۃ' => 'ه',
        'ک' => 'ك',
        c => digit(c).unwrap_or(c),
    }
}

/// Decimal digits stand in tens in Unicode.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 17] = [
        0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
        0xF20, 0x1040, 0x17E0,
    ];
    let value =
        ZEROS.into_iter().find_map(|zero| u32::from(c).checked_sub(zero).filter(|digit| *digit < 10))?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_word_fold_to_one() {
        for (one, other) in [
            ("SALARY", "salary"),
            ("Ｐａｓｓｐｏｒｔ", "passport"),
            ("Nguyễn", "NGUYEN"),
            ("Đặng", "dang"),
            ("José", "jose"),
            ("straße", "STRASSE"),
            ("İstanbul", "istanbul"),
            ("ΟΔΟΣ", "οδός"),
            ("مُحَمَّد", "محمد"),
            ("مـحـمـد", "محمد"),
            ("أحمد", "احمد"),
            ("إقامة", "اقامه"),
            ("على", "علي"),
            ("علی", "علي"),
            ("کفیل", "كفيل"),
            ("مسؤول", "مسوول"),
            ("फ़ोन", "फोन"),
            ("ज़मीन", "जमीन"),
            ("১২৩", "123"),
            ("٣٥٠", "350"),
            ("๑๒", "12"),
            ("o’clock", "oclock"),
            ("می\u{200C}خواهم", "ميخواهم"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
            assert_eq!(fold(&fold(one)), fold(one), "{one} once more");
        }
        // Vowel signs make another word.
        assert_ne!(fold("काम"), fold("कम"));
        assert_ne!(fold("ปา"), fold("ปี"));
    }

    #[test]
    fn what_is_no_letter_or_digit_is_left_out() {
        assert_eq!(fold("\"' \0*-_()^:;\u{202E}\n"), "");
        assert_eq!(fold(&"ab".repeat(1000)).chars().count(), MAX_CHARS);
    }
}
