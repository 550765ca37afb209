//! Seeded choices, so that a failing round can be played again.

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// The next number of the sequence.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// One of 0 … `limit` − 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit.max(1)
    }
    #[allow(clippy::print_stdout, reason = "shown with a failed test")]
    /// The seed of this run: `AMANA_SEED`, or `fallback`; printed, so that it can be set.
    pub fn from_env(fallback: u64) -> Self {
        let seed = std::env::var("AMANA_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(fallback);
        println!("AMANA_SEED={seed}");
        Self(seed)
    }
    /// The number of rounds: `variable`, or `fallback`.
    pub fn rounds(variable: &str, fallback: u64) -> u64 {
        std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(fallback)
    }
}
