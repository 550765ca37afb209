//! The speakable number of a case: Crockford base 32 with a check symbol.
//!
//! Eight symbols carry the first 40 bits of SHA-256("amana/1/case-number" ‖ case id). The ninth is a check symbol
//! over GF(32) = GF(2)\[x\]/(x⁵ + x² + 1): start with c = 0; for each of the eight values v, from the left,
//! c ← 2·(c XOR v), where 2·a is a shift left, XOR 37 if that is 32 or more; the check symbol is c.
//!
//! So the symbols are weighted with 2⁸ … 2¹ and 1, which are all different and not zero in GF(32): every wrong
//! symbol and every exchange of any two symbols is noticed. Crockford's own check (mod 37) needs `*~$=U`, which
//! cannot be dictated over a telephone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::ids::{CaseId, sha256};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of a case, such as `7K3M-Q0ZD-4`. Not unique for sure: a lookup may find several cases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber([u8; 8]);

/// Why a text is not a case number.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaseNumberError {
    /// Not nine symbols beside spaces and hyphens.
    #[error("a case number has nine letters and digits")]
    Length,
    /// A symbol that case numbers do not have.
    #[error("a case number has no {0:?}")]
    Symbol(char),
    /// The check symbol does not fit: something was misheard or mistyped.
    #[error("the case number has a wrong letter or digit")]
    Check,
}

impl CaseNumber {
    /// The number of a case.
    pub fn of(case: &CaseId) -> Self {
        let hash = sha256(&[b"amana/1/case-number", case.as_bytes()]);
        let bits = hash[..5].iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut symbols = [0; 8];
        for (position, symbol) in symbols.iter_mut().enumerate() {
            *symbol = (bits >> (35 - 5 * position) & 31) as u8;
        }
        Self(symbols)
    }

    fn check(self) -> u8 {
        self.0.iter().fold(0, |check, value| double(check ^ value))
    }
}

/// Multiplication by x in GF(32).
const fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted >= 32 { shifted ^ 37 } else { shifted }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(11);
        for (position, value) in self.0.iter().chain([&self.check()]).enumerate() {
            if position == 4 || position == 8 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*value)]));
        }
        f.pad(&text)
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseNumber({self})")
    }
}

/// Reads what people write down: any case, spaces and hyphens anywhere, `O` for 0, `I` and `L` for 1, and the
/// digits of Arabic, Persian, Devanagari, Bengali, Burmese, Khmer, Thai and Lao.
impl FromStr for CaseNumber {
    type Err = CaseNumberError;
    fn from_str(text: &str) -> Result<Self, CaseNumberError> {
        let mut values = [0; 9];
        let mut count = 0;
        for symbol in text.chars().filter(|symbol| !symbol.is_whitespace() && !is_dash(*symbol)) {
            let value = value_of(symbol).ok_or(CaseNumberError::Symbol(symbol))?;
            *values.get_mut(count).ok_or(CaseNumberError::Length)? = value;
            count += 1;
        }
        if count != values.len() {
            return Err(CaseNumberError::Length);
        }
        let [symbols @ .., check] = values;
        let number = Self(symbols);
        if number.check() == check { Ok(number) } else { Err(CaseNumberError::Check) }
    }
}

const fn is_dash(symbol: char) -> bool {
    matches!(symbol, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn value_of(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    if let Some(position) = ALPHABET.iter().position(|known| char::from(*known) == symbol) {
        return u8::try_from(position).ok();
    }
    // The zeros of other decimal scripts; their nine follow.
    [0x0660, 0x06f0, 0x0966, 0x09e6, 0x1040, 0x17e0, 0x0e50, 0x0ed0]
        .into_iter()
        .find_map(|zero| u32::from(symbol).checked_sub(zero).filter(|digit| *digit < 10))
        .and_then(|digit| u8::try_from(digit).ok())
}

impl Serialize for CaseNumber {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseNumber {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(seed: u8) -> CaseNumber {
        CaseNumber::of(&CaseId::from_root_bytes(&[seed]))
    }

    #[test]
    fn frozen() {
        let case = CaseId::from_slice(&[0; 16]).unwrap();
        assert_eq!(CaseNumber::of(&case).to_string(), FROZEN);
        assert_eq!(number(1).to_string().len(), 11);
    }
    /// Computed once with another implementation (Python) from the rule in the module's comment.
    const FROZEN: &str = "GTRW-5HCC-P";

    #[test]
    fn doubling_has_full_order() {
        let mut value = 1;
        for step in 1..=31 {
            value = double(value);
            assert_eq!(value == 1, step == 31, "{step}");
        }
    }

    #[test]
    fn every_wrong_symbol_and_every_exchange_is_noticed() {
        for seed in 0..20 {
            let text: Vec<char> = number(seed).to_string().chars().filter(|symbol| *symbol != '-').collect();
            for place in 0..9 {
                for symbol in ALPHABET.iter().map(|byte| char::from(*byte)) {
                    let mut wrong = text.clone();
                    wrong[place] = symbol;
                    let read = wrong.iter().collect::<String>().parse::<CaseNumber>();
                    assert_eq!(read.is_ok(), symbol == text[place]);
                }
                for other in 0..place {
                    let mut swapped = text.clone();
                    swapped.swap(place, other);
                    let read = swapped.iter().collect::<String>().parse::<CaseNumber>();
                    assert_eq!(read.is_ok(), text[place] == text[other]);
                }
            }
        }
    }

    #[test]
    fn reads_what_people_write() {
        let number = CaseNumber([0, 1, 2, 3, 10, 11, 12, 31]);
        let text = number.to_string();
        let (start, check) = text.split_at(text.len() - 1);
        assert_eq!(start, "0123-ABCZ-");
        for written in ["O123 abcz ", "oL23abcz", "0i23–ABC Z ", "٠١٢٣ ABCZ ", " ०१२३-abcz-"] {
            assert_eq!(format!("{written}{check}").parse::<CaseNumber>(), Ok(number), "{written}");
        }
        assert_eq!("".parse::<CaseNumber>(), Err(CaseNumberError::Length));
        assert_eq!("0123-ABCZ".parse::<CaseNumber>(), Err(CaseNumberError::Length));
        assert_eq!("0123-ABCZ-00".parse::<CaseNumber>(), Err(CaseNumberError::Length));
        assert_eq!("U123-ABCZ-0".parse::<CaseNumber>(), Err(CaseNumberError::Symbol('U')));
    }

    proptest! {
        #[test]
        fn round_trips(id in any::<[u8; 16]>()) {
            let number = CaseNumber::of(&CaseId::from_slice(&id).unwrap());
            prop_assert_eq!(number.to_string().parse::<CaseNumber>(), Ok(number));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<CaseNumber>(&json).unwrap(), number);
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = text.parse::<CaseNumber>();
        }
    }
}
