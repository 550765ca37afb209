//! Proof of work: the admission of a phone that nobody knows.

use amana_domain::ids::{BlobId, sha256};

/// How many nonces are tried between two looks at the caller's wish to stop.
const STRIDE: u64 = 1024;

/// How far the day of a proof may be off the relay's.
pub const DAY_WINDOW: u32 = 1;

/// Whether the nonce is a proof for this blob and day (whole days since 1970).
pub fn check(blob: &BlobId, day: u32, nonce: u64, bits: u8) -> bool {
    let hash = sha256(&[b"amana/1/pow", blob.as_bytes(), &day.to_be_bytes(), &nonce.to_be_bytes()]);
    leading_zeros(&hash) >= u32::from(bits)
}

/// Searches from `start` on, at most `tries` nonces, until `stop` says so. The expected work is
/// 2^bits hashes; a caller that gets `None` may go on at `start + tries`.
pub fn find(
    blob: &BlobId,
    day: u32,
    bits: u8,
    start: u64,
    tries: u64,
    mut stop: impl FnMut() -> bool,
) -> Option<u64> {
    for offset in 0..tries {
        if offset % STRIDE == 0 && stop() {
            return None;
        }
        let nonce = start.wrapping_add(offset);
        if check(blob, day, nonce, bits) {
            return Some(nonce);
        }
    }
    None
}

fn leading_zeros(hash: &[u8; 32]) -> u32 {
    let mut zeros = 0;
    for byte in hash {
        zeros += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_its_blob_and_day_only() {
        let blob = BlobId::of(b"letter");
        let nonce = find(&blob, 20_000, 10, 0, 1 << 20, || false).unwrap();
        assert!(check(&blob, 20_000, nonce, 10));
        assert!(!check(&BlobId::of(b"other"), 20_000, nonce, 10));
        assert!(!check(&blob, 20_001, nonce, 10));
        assert!(!check(&blob, 20_000, nonce + 1, 10));
        assert!(check(&blob, 20_000, 0, 0));
    }

    #[test]
    fn the_search_is_bounded_and_can_be_stopped() {
        let blob = BlobId::of(b"letter");
        assert_eq!(find(&blob, 1, 200, 0, 3000, || false), None);
        let mut looks = 0;
        let stop = || {
            looks += 1;
            looks == 3
        };
        assert_eq!(find(&blob, 1, 200, 0, u64::MAX, stop), None);
        assert_eq!(looks, 3);
    }

    #[test]
    fn zeros_are_counted_over_bytes() {
        let mut hash = [0; 32];
        assert_eq!(leading_zeros(&hash), 256);
        hash[2] = 0x10;
        assert_eq!(leading_zeros(&hash), 19);
        hash[0] = 0x80;
        assert_eq!(leading_zeros(&hash), 0);
    }
}
