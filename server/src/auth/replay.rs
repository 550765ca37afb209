//! The nonces of the last minutes, in bounded memory.

use std::{
    collections::{HashSet, hash_map::RandomState},
    hash::BuildHasher as _,
    sync::{Mutex, PoisonError},
};

use amana_domain::ids::{Nonce, VerifyKey};
use amana_protocol::limits::CLOCK_WINDOW_MS;

/// A request is accepted up to one window before and after its time, so its nonce must be remembered
/// for two. Two sets take turns, so each is remembered for two to four windows.
const TURN_MS: u64 = 2 * CLOCK_WINDOW_MS;
const SHARDS: usize = 16;

/// What became of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is new and remembered now.
    New,
    /// It was used before.
    Before,
    /// There is no room to remember it.
    Full,
}

#[derive(Debug, Default)]
struct Shard {
    turn: u64,
    present: HashSet<u64>,
    past: HashSet<u64>,
}

/// Remembers nonces by a keyed 64-bit hash of (key, nonce).
#[derive(Debug)]
pub(crate) struct Nonces {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
    most: usize,
}

impl Nonces {
    /// At most about `most` nonces in all.
    pub(crate) fn new(most: usize) -> Self {
        Self { hasher: RandomState::new(), shards: Default::default(), most: (most / (2 * SHARDS)).max(1) }
    }

    /// Remembers a nonce of this key at `now_ms`.
    pub(crate) fn remember(&self, key: &VerifyKey, nonce: &Nonce, now_ms: u64) -> Seen {
        let hash = self.hasher.hash_one((key.as_bytes(), nonce.as_bytes()));
        let turn = now_ms / TURN_MS;
        let mut shard = self.shards[hash as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        if shard.turn != turn {
            // A clock that goes back keeps what is there: forgetting would let a replay in.
            if turn == shard.turn + 1 {
                shard.past = std::mem::take(&mut shard.present);
            } else if turn > shard.turn {
                shard.past = HashSet::new();
                shard.present = HashSet::new();
            }
            shard.turn = shard.turn.max(turn);
        }
        if shard.past.contains(&hash) || shard.present.contains(&hash) {
            return Seen::Before;
        }
        if shard.present.len() >= self.most {
            return Seen::Full;
        }
        shard.present.insert(hash);
        Seen::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(n: u32) -> Nonce {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        Nonce::from_bytes(bytes)
    }

    #[test]
    fn a_nonce_is_remembered_as_long_as_its_request_would_be_accepted() {
        let key = VerifyKey::from_bytes([1; 32]);
        for start in [0, 1, TURN_MS - 1, TURN_MS, 3 * TURN_MS + 17] {
            let nonces = Nonces::new(1000);
            assert_eq!(nonces.remember(&key, &nonce(1), start), Seen::New);
            for later in [0, 1, CLOCK_WINDOW_MS, TURN_MS] {
                assert_eq!(nonces.remember(&key, &nonce(1), start + later), Seen::Before, "{start} {later}");
            }
            assert_eq!(nonces.remember(&VerifyKey::from_bytes([2; 32]), &nonce(1), start), Seen::New);
        }
    }

    #[test]
    fn old_ones_are_forgotten_and_memory_is_bounded() {
        let key = VerifyKey::from_bytes([1; 32]);
        let nonces = Nonces::new(320);
        let full = (0..2000).filter(|n| nonces.remember(&key, &nonce(*n), 0) == Seen::Full).count();
        assert!(full >= 2000 - 320, "{full}");
        assert_eq!(nonces.remember(&key, &nonce(0), 10 * TURN_MS), Seen::New);
        assert_eq!(nonces.remember(&key, &nonce(0), 0), Seen::Before, "the clock went back");
    }
}
