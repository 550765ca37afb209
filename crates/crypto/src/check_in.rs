//! Check-ins as a hash chain: each one reveals a value that only the phone can know and that the
//! relay checks against the last. A lost check-in can be skipped, a repeated one changes nothing.
//!
//! v(n) = seed, v(i − 1) = SHA-256(label ‖ i u16 ‖ v(i)); the relay starts with v(0).

use amana_domain::ids::{Hash, sha256};

use crate::{Random, Seed, label::Label, secret::equal};

/// The phone's side.
#[derive(Debug, Clone)]
pub struct CheckInChain {
    seed: Seed,
    length: u16,
}

impl CheckInChain {
    /// A chain of `length` check-ins from a random seed.
    pub fn make(length: u16, random: &dyn Random) -> Self {
        Self::from_seed(Seed::make(random), length)
    }
    /// The chain of a stored seed.
    pub const fn from_seed(seed: Seed, length: u16) -> Self {
        Self { seed, length }
    }
    /// Where the relay starts.
    pub fn anchor(&self) -> Anchor {
        Anchor { value: self.value(0), step: 0, length: self.length }
    }
    /// The value of a check-in, from 1; `None` beyond the chain.
    pub fn reveal(&self, step: u16) -> Option<Hash> {
        (1..=self.length).contains(&step).then(|| self.value(step))
    }
    fn value(&self, step: u16) -> Hash {
        back(*self.seed.expose(), self.length, step)
    }
}

/// Goes back from the value of one step to that of an earlier one.
fn back(mut value: [u8; 32], from: u16, to: u16) -> Hash {
    for before in (to..from).rev() {
        value = sha256(&[Label::CheckIn.as_bytes(), &(before + 1).to_be_bytes(), &value]);
    }
    Hash::from_bytes(value)
}

/// The relay's side: the last value that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The value of `step`.
    pub value: Hash,
    /// The newest accepted check-in; 0 at the start.
    pub step: u16,
    /// How many check-ins the chain holds.
    pub length: u16,
}

/// What a presented check-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckIn {
    /// New: the deadline moves.
    Accepted,
    /// Seen before, or older than the newest: nothing changes.
    Repeated,
    /// Not of this chain.
    Refused,
}

impl Anchor {
    /// Takes a check-in. Costs at most `length` hashes.
    pub fn take(&mut self, step: u16, value: &Hash) -> CheckIn {
        if step == 0 || step > self.length {
            return CheckIn::Refused;
        }
        if step <= self.step {
            let known = back(*self.value.as_bytes(), self.step, step);
            let same = equal(known.as_bytes(), value.as_bytes());
            return if same { CheckIn::Repeated } else { CheckIn::Refused };
        }
        if !equal(back(*value.as_bytes(), step, self.step).as_bytes(), self.value.as_bytes()) {
            return CheckIn::Refused;
        }
        self.value = *value;
        self.step = step;
        CheckIn::Accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn skips_are_accepted_repeats_change_nothing_and_forgeries_are_refused() {
        let chain = CheckInChain::make(20, &SeededRandom::new(1));
        let mut anchor = chain.anchor();
        let reveal = |step| chain.reveal(step).unwrap();
        assert_eq!(anchor.take(1, &reveal(1)), CheckIn::Accepted);
        assert_eq!(anchor.take(7, &reveal(7)), CheckIn::Accepted);
        let at_seven = anchor;
        assert_eq!(anchor.take(7, &reveal(7)), CheckIn::Repeated);
        assert_eq!(anchor.take(3, &reveal(3)), CheckIn::Repeated);
        // What a relay can compute itself never counts as a new check-in.
        assert_eq!(anchor.take(8, &reveal(7)), CheckIn::Refused);
        assert_eq!(anchor.take(9, &reveal(8)), CheckIn::Refused);
        assert_eq!(anchor.take(3, &reveal(4)), CheckIn::Refused);
        assert_eq!(anchor.take(0, &chain.anchor().value), CheckIn::Refused);
        assert_eq!(anchor.take(21, &reveal(20)), CheckIn::Refused);
        assert_eq!(anchor, at_seven);
        assert_eq!(anchor.take(20, &reveal(20)), CheckIn::Accepted);
        assert_eq!((chain.reveal(0), chain.reveal(21)), (None, None));
    }

    #[test]
    fn the_longest_chain_works_to_its_end() {
        let chain = CheckInChain::make(u16::MAX, &SeededRandom::new(1));
        let mut anchor = chain.anchor();
        assert_eq!(anchor.take(u16::MAX, &chain.reveal(u16::MAX).unwrap()), CheckIn::Accepted);
    }
}
