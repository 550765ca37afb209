//! Safety numbers: what two people compare aloud to know that they see the same keys.
//!
//! Each side has six groups of five digits: bytes 5·i … 5·i + 4 of SHA-256(label ‖ data), big-endian, modulo 100,000.
//! A pair's number is both sides' groups, the smaller ones first, so that both read out the same.
//!
//! Each side is hashed by itself: who stands in between has to find keys with the very 30 digits of an honest side
//! (about 2^99 tries), not any two that fit each other. That is why nothing is iterated, too: it would add some bits to
//! a work that nobody can do, and the groups have to be compared all of them in any case.

use amana_domain::ids::sha256;

use crate::label::Label;

/// Groups of one side.
pub const SIDE_GROUPS: usize = 6;

/// The groups of one side, from the canonical bytes that name it and its keys.
pub fn side(data: &[u8]) -> [u32; SIDE_GROUPS] {
    let hash = sha256(&[Label::Safety.as_bytes(), data]);
    std::array::from_fn(|at| {
        let bytes = &hash[5 * at..5 * at + 5];
        let value = bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        u32::try_from(value % 100_000).unwrap_or_default()
    })
}

/// The groups of two sides, in whichever order they are given.
pub fn pair(one: &[u8], other: &[u8]) -> [u32; 2 * SIDE_GROUPS] {
    let (one, other) = (side(one), side(other));
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    std::array::from_fn(|at| if at < SIDE_GROUPS { first[at] } else { second[at - SIDE_GROUPS] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_frozen() {
        assert_eq!(side(b""), [76071, 45531, 27531, 51977, 3176, 73820]);
        assert_eq!(side(b"amana"), [65519, 31784, 86695, 59587, 23824, 44420]);
    }

    #[test]
    fn a_pair_reads_the_same_from_both_sides_and_changes_with_either() {
        let number = pair(b"one", b"two");
        assert_eq!(number, pair(b"two", b"one"));
        assert_eq!(number, pair(b"one", b"two"));
        assert_ne!(number, pair(b"one", b"twp"));
        assert_ne!(number, pair(b"ond", b"two"));
        assert!(number.iter().all(|group| *group < 100_000));
        let (one, two) = (side(b"one"), side(b"two"));
        assert!(number.starts_with(&one.min(two)) && number.ends_with(&one.max(two)));
    }

    #[test]
    fn digits_are_spread_evenly() {
        let mut counts = [0u32; 10];
        for n in 0..2000u32 {
            for group in side(&n.to_be_bytes()) {
                counts[(group / 10_000) as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (1050..1350).contains(count)), "{counts:?}");
    }
}
