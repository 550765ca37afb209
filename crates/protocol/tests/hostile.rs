//! Malformed input: the properties of the fuzz targets, over the corpus in the repository and seeded mutations of it.
//!
//! `cargo xtask fuzz` searches for hours; this keeps what it knows in every run of the tests.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{fs, path::PathBuf};

#[path = "../../../fuzz/src/lib.rs"]
mod properties;

/// Mutations of each file of the corpus.
const MUTATIONS: u64 = 40;
/// A few KB for each target: the corpus is for reading, what a long search finds is kept elsewhere.
const MAX_CORPUS: u64 = 64 << 10;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

/// SplitMix64: small, seeded, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % (bound.max(1) as u64)).unwrap()
    }
}

fn mutate(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(out.len());
        match dice.below(7) {
            _ if out.is_empty() => out.push(dice.roll() as u8),
            0 => out[at] ^= 1 << dice.below(8),
            1 => out[at] = [0x00, 0x1f, 0x5b, 0x7f, 0x80, 0x9b, 0xbf, 0xff][dice.below(8)],
            2 => out.truncate(at),
            3 => out.insert(at, dice.roll() as u8),
            4 => {
                let piece = out[at..(at + dice.below(64)).min(out.len())].to_vec();
                let to = dice.below(out.len());
                out.splice(to..to, piece);
            }
            5 => drop(out.drain(at..(at + dice.below(32)).min(out.len()))),
            _ => {
                let word = dice.roll().to_be_bytes();
                let end = (at + 8).min(out.len());
                out[at..end].copy_from_slice(&word[..end - at]);
            }
        }
    }
    out
}

#[test]
fn malformed_input_of_every_parser_is_refused_without_a_panic() {
    for (target, property) in properties::PROPERTIES {
        let corpus = corpus(target);
        assert!(!corpus.is_empty(), "{target} has no seeds");
        let size: usize = corpus.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(size as u64 <= MAX_CORPUS, "{target}: {size} bytes of seeds");
        for (at, (file, bytes)) in corpus.iter().enumerate() {
            for round in 0..=MUTATIONS {
                let mut dice = Dice((at as u64) << 32 | round);
                let input = if round == 0 { bytes.clone() } else { mutate(bytes, &mut dice) };
                let outcome = std::panic::catch_unwind(|| properties::check(target, &input));
                assert!(outcome.is_ok(), "{target}: {} round {round}", file.display());
                property(&[]);
            }
        }
    }
}
