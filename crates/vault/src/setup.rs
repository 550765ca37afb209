//! What is chosen when a vault is made.

use amana_crypto::slots::Cost;

use crate::{keystore::Keystore, twin::PAGE};

/// Steps in which a phone's files grow, bytes: 16 MiB.
pub(crate) const STEP: u64 = 16 * 1024 * 1024;
/// Least step: smaller ones would be made of overhead.
const LEAST: u64 = 16 * PAGE;
/// Greatest step.
const MOST: u64 = 1024 * 1024 * 1024;

/// How a vault is made. A [`Cost`] alone stands for that cost and the usual rest; that of tests for [`Setup::for_tests`].
#[derive(Clone, Copy)]
pub struct Setup<'k> {
    pub(crate) cost: Cost,
    pub(crate) step: u64,
    pub(crate) keystore: Option<&'k dyn Keystore>,
}

impl<'k> Setup<'k> {
    /// This cost; a phone's files in steps of 16 MiB; no keystore.
    pub fn new(cost: Cost) -> Self {
        Self { cost, step: STEP, keystore: None }
    }

    /// The cheapest cost and steps of 256 KiB: fast and **unsafe**, for tests and simulations only.
    pub fn for_tests() -> Self {
        Self { cost: Cost::for_tests(), step: 64 * PAGE, keystore: None }
    }

    /// Another step in which a phone's files grow, in bytes (64 KiB to 1 GiB). Smaller steps tell more about how much is in them.
    pub fn step(self, bytes: u64) -> Self {
        Self { step: whole(bytes), ..self }
    }

    /// The device's keystore: needed for a PIN, unused for a passphrase.
    pub fn keystore(self, keystore: &'k dyn Keystore) -> Self {
        Self { keystore: Some(keystore), ..self }
    }
}

impl From<Cost> for Setup<'_> {
    fn from(cost: Cost) -> Self {
        if cost == Cost::for_tests() { Self::for_tests() } else { Self::new(cost) }
    }
}

impl std::fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("cost", &self.cost).field("step", &self.step).finish_non_exhaustive()
    }
}

/// A step within its bounds, in whole pages.
pub(crate) fn whole(step: u64) -> u64 {
    step.clamp(LEAST, MOST).next_multiple_of(PAGE)
}
