//! Sizes of envelopes: a fixed list of buckets, so that a length says little about the content.

use crate::CryptoError;

/// The smallest envelope.
pub const MIN: usize = 2048;
/// The largest envelope.
pub const MAX: usize = 262_144;

/// The bucket of an envelope with `total` bytes before padding: 2, 4 or 8 KiB, then Padmé
/// (at most 12 % more). Fails with `TooLarge` over [`MAX`].
pub const fn padded(total: usize) -> Result<usize, CryptoError> {
    if total <= MIN {
        return Ok(MIN);
    }
    if total <= 8192 {
        return Ok(total.next_power_of_two());
    }
    if total > MAX {
        return Err(CryptoError::TooLarge);
    }
    Ok(padme(total as u64) as usize)
}

/// Whether `size` is a bucket.
pub const fn is_bucket(size: usize) -> bool {
    matches!(padded(size), Ok(bucket) if bucket == size)
}

/// Padmé: keeps only the leading bits of a length, so that lengths up to L fall into
/// O(log log L) classes per power of two. For lengths of at least 2.
pub(crate) const fn padme(length: u64) -> u64 {
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_length_has_the_least_bucket_that_holds_it() {
        let mut buckets = BTreeSet::new();
        let mut last = 0;
        for length in 0..=MAX {
            let bucket = padded(length).unwrap();
            assert!(bucket >= length && bucket >= last, "{length}");
            assert!(is_bucket(bucket), "{bucket}");
            assert!(length <= 8192 || bucket * 100 <= length * 112, "{length} -> {bucket}");
            last = bucket;
            buckets.insert(bucket);
        }
        assert_eq!(buckets.first(), Some(&2048));
        assert_eq!(buckets.last(), Some(&MAX));
        assert!(buckets.contains(&4096) && buckets.contains(&8192));
        // 3 small ones, 16 in each power of two to 64 KiB, 32 in each above.
        assert_eq!(buckets.len(), 3 + 3 * 16 + 2 * 32);
        assert_eq!(padded(MAX + 1), Err(CryptoError::TooLarge));
        assert_eq!(padded(usize::MAX), Err(CryptoError::TooLarge));
    }

    #[test]
    fn sizes_between_buckets_are_none() {
        assert!(!is_bucket(0) && !is_bucket(2047) && !is_bucket(2049) && !is_bucket(MAX + 512));
    }
}
