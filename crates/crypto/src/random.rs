//! Where random bytes come from. Passed in, so that tests and simulations replay exactly.

use std::{
    convert::Infallible,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use hpke::rand_core::{TryCryptoRng, TryRng};
use ring::{hmac, rand::SecureRandom};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `out`.
    fn fill(&self, out: &mut [u8]);
}

/// The operating system's source: the only one for real keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// Panics if the operating system has no randomness: no safe answer exists then.
    fn fill(&self, out: &mut [u8]) {
        ring::rand::SystemRandom::new().fill(out).expect("the operating system gives random bytes");
    }
}

/// A deterministic source for tests, simulations and frozen vectors: HMAC-SHA-256 over a counter.
/// **Never for real keys**: who knows the seed knows everything made from it.
pub struct SeededRandom {
    key: hmac::Key,
    counter: AtomicU64,
}

impl SeededRandom {
    /// A source that gives the same bytes for the same seed and the same order of calls.
    pub fn new(seed: u64) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &seed.to_be_bytes()), counter: AtomicU64::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) {
        for block in out.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::Relaxed);
            let bytes = hmac::sign(&self.key, &counter.to_be_bytes());
            block.copy_from_slice(&bytes.as_ref()[..block.len()]);
        }
    }
}

impl fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededRandom(..)")
    }
}

/// Lets `hpke` draw from a [`Random`].
pub(crate) struct Rng<'a>(pub &'a dyn Random);

impl TryRng for Rng<'_> {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Rng<'_> {}

/// A random array.
pub(crate) fn array<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_replays_and_another_differs() {
        let draw = |seed| {
            let random = SeededRandom::new(seed);
            (array::<40>(&random), array::<7>(&random))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1).0, draw(2).0);
        let random = SeededRandom::new(1);
        assert_ne!(array::<32>(&random), array::<32>(&random));
    }

    #[test]
    fn the_system_source_fills_everything() {
        assert_ne!(array::<32>(&SystemRandom), array::<32>(&SystemRandom));
    }
}
