//! Names by their sound: a skeleton of consonants, so that spellings in one script and transliterations from another
//! meet. Deliberately coarse: it offers candidates, below everything that is spelled as asked.
//!
//! A name is romanised letter by letter (`any_ascii`; scripts that leave vowels out stay without), then
//! 1. `sh`, `zh`, `kh` … become one letter, letters that are one sound in transliterations become one: q = c = k,
//!    z = j, w = v, ph = f, ng = n;
//! 2. vowels are dropped but for a first one (always `a`), and y, w between consonants with them;
//! 3. a last h is dropped, and letters in a row are one.
//!
//! Mohammed, Muhammad, Mohamad and محمد are `mhmd`; Sharma and शर्मा are `srm`.

use any_ascii::any_ascii_char;

use crate::{fold, words::is_unspaced};

/// Words that are written, left out or joined at will.
const PARTICLES: [&str; 9] = ["al", "el", "ul", "ال", "bin", "bint", "ibn", "بن", "بنت"];
/// The first half of a name of two words, as often written in one.
const SERVANT: [&str; 5] = ["abd", "abdul", "abdel", "abdal", "عبد"];

/// The names in a text, each as written (two words where they are one name) and how it sounds: one key, or two for a
/// Chinese name without a space (family name and given name).
#[must_use]
pub fn sounds(text: &str) -> Vec<(String, Vec<String>)> {
    let mut names = Vec::new();
    let mut pieces = text.split(|c: char| is_separator(c)).filter(|piece| !piece.is_empty()).peekable();
    while let Some(piece) = pieces.next() {
        let folded = fold(piece);
        let (mut written, mut spoken) = (piece.to_owned(), folded.clone());
        if SERVANT.contains(&folded.as_str())
            && let Some(next) = pieces.next_if(|next| !PARTICLES.contains(&fold(next).as_str()))
        {
            written = format!("{piece} {next}");
            // abd + al-rahman, abdul + rahman
            spoken = format!("{folded}{}", fold(next));
        }
        let keys = if PARTICLES.contains(&spoken.as_str()) { Vec::new() } else { keys(&spoken) };
        names.push((written, keys));
    }
    names
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c) && !is_joiner(c)
}

/// Apostrophes, joiners and tatweel stand inside words.
fn is_joiner(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '`' | '\u{200C}' | '\u{200D}' | '\u{640}')
}

fn keys(folded: &str) -> Vec<String> {
    let is_han = |c: char| is_unspaced(c) && c >= '\u{3400}';
    let mut chars = folded.chars();
    let pieces = match chars.next() {
        Some(family) if is_han(family) && !chars.as_str().is_empty() => {
            vec![family.to_string(), chars.as_str().to_owned()]
        }
        _ => vec![folded.to_owned()],
    };
    pieces.iter().map(|piece| skeleton(piece)).filter(|key| !key.is_empty()).collect()
}

fn skeleton(name: &str) -> String {
    let is_latin = name.is_ascii();
    // The article is part of the word in Arabic script.
    let name = name.strip_prefix("ال").filter(|rest| rest.chars().count() > 2).unwrap_or(name);
    let mut roman = String::new();
    for c in name.chars() {
        // What two letters of another script are together is not what these Latin letters are together.
        if !is_latin {
            roman.push('|');
        }
        match c {
            // Heard as a vowel, as those who write Latin letters do.
            'ا' | 'ع' | 'ء' => roman.push('a'),
            // A nasal before any consonant.
            '\u{902}' | '\u{982}' | '\u{981}' | '\u{901}' | '\u{A02}' | '\u{A70}' | '\u{A82}' => {
                roman.push('n')
            }
            c => roman.push_str(any_ascii_char(c)),
        }
    }
    let letters: Vec<u8> = roman
        .to_ascii_lowercase()
        .bytes()
        .filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'|')
        .collect();
    let mut key = String::new();
    let mut rest = letters.as_slice();
    while let [first, tail @ ..] = rest {
        let (sound, used): (&str, usize) = match rest {
            [b's', b'h', ..] => ("s", 2),
            [b'z', b'h', ..] | [b'j', b'h', ..] => ("j", 2),
            [b'c', b'h', b'h', ..] => ("c", 3),
            [b'c', b'h', ..] => ("c", 2),
            [b'k', b'h', ..] | [b'c', b'k', ..] => ("k", 2),
            [b'n', b'g', b'h', ..] => ("n", 3),
            [b'n', b'g', ..] => ("n", 2),
            [b'n', b'|', b'g', ..] => ("n", 3),
            [b'|', ..] => ("", 1),
            [b'g', b'h', ..] => ("g", 2),
            [b't', b'h', ..] => ("t", 2),
            [b'd', b'h', ..] => ("d", 2),
            [b'b', b'h', ..] => ("b", 2),
            [b'p', b'h', ..] => ("f", 2),
            [b'r', b'h', ..] => ("r", 2),
            [b'c', b'e' | b'i' | b'y', ..] if is_latin => ("s", 1),
            [b'c', ..] if is_latin => ("k", 1),
            [b'q', ..] => ("k", 1),
            [b'z', ..] => ("j", 1),
            [b'x', ..] if key.is_empty() => ("s", 1),
            [b'x', ..] => ("ks", 1),
            [b'a' | b'e' | b'i' | b'o' | b'u', ..] => (if key.is_empty() { "a" } else { "" }, 1),
            [b'w', ..] => (if key.is_empty() { "v" } else { "" }, 1),
            [b'y', ..] if !key.is_empty() => ("", 1),
            [b'h'] if key.len() > 1 => ("", 1),
            _ => (std::str::from_utf8(std::slice::from_ref(first)).unwrap_or_default(), 1),
        };
        for c in sound.chars() {
            if !key.ends_with(c) {
                key.push(c);
            }
        }
        rest = tail.get(used - 1..).unwrap_or_default();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> String {
        sounds(name).into_iter().flat_map(|(_, keys)| keys).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn spellings_and_transliterations_of_a_name_sound_alike() {
        for group in [
            &["Mohammed", "Muhammad", "Mohamad", "MOHAMED", "محمد", "مُحَمَّد", "মোহাম্মদ", "मोहम्मद"][..],
            &["Sharma", "शर्मा", "Sarma"],
            &["Hussein", "Husain", "Hussain", "حسين"],
            &["Fatima", "Fatimah", "Fatema", "فاطمة", "ফাতেমা"],
            &["Yusuf", "Yousef", "Youssef", "يوسف"],
            &["Ahmed", "Ahmad", "أحمد", "আহমেদ"],
            &["Omar", "Umar", "عمر"],
            &["Ali", "علي", "Aly"],
            &["Hassan", "Hasan", "حسن", "হাসান"],
            &["Rahman", "Rehman", "রহমান"],
            &["Abdullah", "Abdallah", "عبد الله", "عبدالله"],
            &["Abdulrahman", "Abdul Rahman", "عبد الرحمن"],
            &["Al-Masri", "Masri", "المصري"],
            &["Chowdhury", "Chaudhary", "চৌধুরী", "चौधरी"],
            &["Kumar", "कुमार", "குமார்"],
            &["Thapa", "थापा"],
            &["Begum", "বেগম"],
            &["Walid", "Waleed", "وليد"],
            &["Nguyễn", "Nguyen"],
            &["Cruz", "Kruz"],
            &["Wang Xiaoming", "王小明"],
            &["Somchai", "สมชาย"],
            &["Selam", "ሰላም"],
            &["Ivan Petrov", "Иван Петров"],
        ] {
            for name in group {
                assert_eq!(key(name), key(group[0]), "{name} and {}", group[0]);
            }
        }
        assert_eq!(key("Mohammed"), "mhmd");
        assert_eq!(key("शर्मा"), "srm");
    }

    #[test]
    fn other_names_sound_otherwise() {
        let names =
            ["Mohammed", "Maria", "Ahmed", "Hamid", "Sharma", "Fatima", "Kumar", "Cruz", "Rahman", "Santos"];
        for (at, one) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                assert_ne!(key(one), key(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn anything_has_keys_of_letters_and_digits_only() {
        for text in ["", " - ", "\"*", "\0", "😀", "ab\u{301}c", "ع", "ال", "王", "123", "h", "ngh"] {
            for key in sounds(text).into_iter().flat_map(|(_, keys)| keys) {
                assert!(
                    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                    "{text} {key}"
                );
            }
        }
    }
}
