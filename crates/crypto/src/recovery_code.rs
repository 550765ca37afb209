//! The printed recovery code: 26 random symbols (130 bits) and two check symbols of Crockford's base
//! 32, as `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`.
//!
//! The check symbols are those of a Reed–Solomon code over GF(32) with distance 3: every one or two
//! wrong symbols, so every swap of two, are noticed before any key is tried.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Random, random::array};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA: usize = 26;
const ALL: usize = DATA + 2;

/// Why a typed code is not a recovery code.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecoveryCodeError {
    /// Not 28 symbols.
    #[error("a recovery code has 28 letters and digits")]
    Length,
    /// A character that no code contains.
    #[error("a character that no recovery code contains")]
    Character,
    /// The check symbols do not fit: a symbol is mistyped.
    #[error("mistyped")]
    Mistyped,
}

/// A recovery code. Zeroised on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; DATA]);

impl RecoveryCode {
    /// Makes a random code.
    pub fn make(random: &dyn Random) -> Self {
        Self(array::<DATA>(random).map(|byte| byte & 31))
    }

    /// Reads a typed code: case, spaces, dashes and dots do not matter, O is 0, I and L are 1.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let mut symbols = Zeroizing::new(Vec::with_capacity(ALL));
        for character in text.chars() {
            if character.is_whitespace() || matches!(character, '-' | '‐' | '–' | '—' | '.' | '_') {
                continue;
            }
            if symbols.len() == ALL {
                return Err(RecoveryCodeError::Length);
            }
            symbols.push(symbol(character).ok_or(RecoveryCodeError::Character)?);
        }
        let (data, check) = symbols.split_first_chunk::<DATA>().ok_or(RecoveryCodeError::Length)?;
        if check.len() != ALL - DATA {
            return Err(RecoveryCodeError::Length);
        }
        if check != checks(data) {
            return Err(RecoveryCodeError::Mistyped);
        }
        Ok(Self(*data))
    }

    /// The code as it is printed.
    pub fn printed(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(ALL + ALL / 4));
        for (at, symbol) in self.0.iter().copied().chain(checks(&self.0)).enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(symbol)]));
        }
        text
    }

    /// The 26 symbols, one per byte: the key material.
    pub(crate) const fn symbols(&self) -> &[u8; DATA] {
        &self.0
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

fn symbol(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|known| char::from(*known) == upper).map(|at| at as u8)
}

/// Multiplies by x in GF(32) = GF(2)[x] / (x⁵ + x² + 1).
const fn times_x(a: u8) -> u8 {
    let shifted = a << 1;
    if shifted & 32 != 0 { shifted ^ 0b10_0101 } else { shifted }
}

const fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a = times_x(a);
        b >>= 1;
    }
    product
}

/// 1 / (1 + x).
const INVERSE: u8 = {
    let mut candidate = 1;
    while times(candidate, 0b11) != 1 {
        candidate += 1;
    }
    candidate
};

/// The two symbols c, d with c + d + Σ s(i) = 0 and c + d·x + Σ s(i)·x^(i+2) = 0.
fn checks(data: &[u8; DATA]) -> [u8; 2] {
    let sum = data.iter().fold(0, |sum, symbol| sum ^ symbol);
    let weighted = data.iter().rev().fold(0, |sum, symbol| times_x(sum) ^ symbol);
    let weighted = times_x(times_x(weighted));
    let second = times(sum ^ weighted, INVERSE);
    [sum ^ second, second]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    fn code() -> (RecoveryCode, String) {
        let code = RecoveryCode::make(&SeededRandom::new(1));
        let printed = code.printed().to_string();
        (code, printed)
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let (code, printed) = code();
        assert_eq!(printed.len(), 34);
        let same = |text: &str| RecoveryCode::parse(text).unwrap().0 == code.0;
        assert!(same(&printed));
        assert!(same(&printed.to_lowercase()));
        assert!(same(&printed.replace('-', "")));
        assert!(same(&format!("  {}\n", printed.replace('-', " – "))));
        assert!(same(&printed.replace('0', "O").replace('1', "l")));
        assert!(same(&printed.replace('0', "o").replace('1', "I")));
    }

    #[test]
    fn every_one_or_two_wrong_symbols_and_every_swap_are_noticed() {
        let (code, _) = code();
        let whole: Vec<u8> = code.0.iter().copied().chain(checks(&code.0)).collect();
        let text = |symbols: &[u8]| -> String {
            symbols.iter().map(|symbol| char::from(ALPHABET[usize::from(*symbol)])).collect()
        };
        let mistyped = |symbols: &[u8]| {
            assert_eq!(RecoveryCode::parse(&text(symbols)).unwrap_err(), RecoveryCodeError::Mistyped);
        };
        for a in 0..ALL {
            for first in 1..32 {
                let mut one = whole.clone();
                one[a] ^= first;
                mistyped(&one);
                for b in a + 1..ALL {
                    let mut two = one.clone();
                    two[b] ^= (first * 7) & 31 | 1;
                    mistyped(&two);
                }
            }
            for b in a + 1..ALL {
                if whole[a] != whole[b] {
                    let mut swapped = whole.clone();
                    swapped.swap(a, b);
                    mistyped(&swapped);
                }
            }
        }
    }

    #[test]
    fn wrong_forms_are_refused_without_a_panic() {
        let (_, printed) = code();
        assert_eq!(RecoveryCode::parse("").unwrap_err(), RecoveryCodeError::Length);
        assert_eq!(RecoveryCode::parse(&printed[..33]).unwrap_err(), RecoveryCodeError::Length);
        assert_eq!(RecoveryCode::parse(&format!("{printed}0")).unwrap_err(), RecoveryCodeError::Length);
        let wrong = printed.replacen(|c: char| c.is_ascii_alphanumeric(), "U", 1);
        assert_eq!(RecoveryCode::parse(&wrong).unwrap_err(), RecoveryCodeError::Character);
        assert_eq!(RecoveryCode::parse("ሰላም").unwrap_err(), RecoveryCodeError::Character);
    }
}
