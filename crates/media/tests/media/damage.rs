//! Files cut anywhere and bytes changed at random: an error, never a panic, and never a canary let through.

use amana_media::{MediaType, clean, preview, sniff};

use crate::dirty;

/// xorshift64: the same mutations in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }
}

#[test]
fn a_file_cut_anywhere_has_no_clean_copy() {
    for dirty in dirty::all() {
        for end in 0..dirty.end {
            let cut = &dirty.bytes[..end];
            assert!(clean(dirty.kind, cut).is_err(), "{:?} {} {end}", dirty.kind, dirty.name);
            let _ = sniff(cut);
        }
        assert!(clean(dirty.kind, &dirty.bytes[..dirty.end]).is_ok());
    }
}

#[test]
fn previews_of_cut_files_do_not_panic() {
    for dirty in dirty::all().into_iter().filter(|dirty| dirty.orientation == 6) {
        for end in (0..dirty.end).step_by(7) {
            let _ = preview(dirty.kind, &dirty.bytes[..end]);
        }
    }
}

#[test]
fn ten_thousand_mutations_do_not_panic() {
    let mut random = Random(0x00A3_A1A4);
    let corpus = dirty::all();
    for round in 0..10_000 {
        let dirty = &corpus[round % corpus.len()];
        let mut bytes = dirty.bytes.clone();
        for _ in 0..=random.below(8) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes[at] = random.next().to_le_bytes()[0],
                1 => bytes[at] ^= 1 << random.below(8),
                2 => bytes[at] = [0, 0xFF, 0x7F, 0x80][random.below(4)],
                3 => drop(bytes.drain(at..(at + random.below(64)).min(bytes.len()))),
                _ => {
                    let piece = bytes[at..(at + random.below(64)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        if let Ok(copy) = clean(dirty.kind, &bytes) {
            assert_eq!(clean(dirty.kind, &copy.bytes).as_ref(), Ok(&copy), "round {round}");
        }
        for kind in [MediaType::Jpeg, MediaType::Png, MediaType::Webp] {
            if kind == dirty.kind {
                let _ = preview(kind, &bytes);
            } else {
                assert!(clean(kind, &bytes).is_err() || sniff(&bytes) == kind);
            }
        }
    }
}
