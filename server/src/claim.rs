//! The claim code: whoever runs a fresh relay reads it there, and so proves to be its operator.

use amana_crypto::Random;

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 16;

/// A random code of 80 bits: `XXXX-XXXX-XXXX-XXXX`. Too many to guess, so tries are not counted.
pub(crate) fn make(random: &dyn Random) -> String {
    let mut bytes = [0; LENGTH];
    random.fill(&mut bytes);
    let symbols: Vec<char> = bytes.iter().map(|byte| SYMBOLS[usize::from(byte % 32)].into()).collect();
    symbols.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Whether the offered code is the one; hyphens, spaces and case do not matter. Takes the same time
/// whatever differs.
pub(crate) fn matches(code: &str, offered: &str) -> bool {
    let (code, offered) = (plain(code), plain(offered));
    code.len() == offered.len()
        && code.iter().zip(&offered).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}

fn plain(text: &str) -> Vec<u8> {
    let symbols = text.bytes().filter(|b| !matches!(b, b'-' | b' '));
    symbols.map(|b| b.to_ascii_uppercase()).take(LENGTH + 1).collect()
}

#[cfg(test)]
mod tests {
    use amana_crypto::SeededRandom;

    use super::*;

    #[test]
    fn spelling_does_not_matter_and_content_does() {
        let code = make(&SeededRandom::new(1));
        assert_eq!(code.len(), 19);
        assert!(matches(&code, &code));
        assert!(matches(&code, &code.to_lowercase().replace('-', " ")));
        assert_ne!(code, make(&SeededRandom::new(2)));
        for wrong in ["", &code[..18], &format!("{code}0"), &make(&SeededRandom::new(2))] {
            assert!(!matches(&code, wrong), "{wrong}");
        }
    }
}
