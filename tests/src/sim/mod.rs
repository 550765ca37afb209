//! Deterministic simulations: real clients, real relay, real vaults; clocks, randomness and the network are made from
//! a seed, so that a failing seed replays exactly.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "helpers of tests may panic and are read with the tests"
)]

mod device;
mod everything;
mod hostile;
pub mod letter;
pub mod lies;
mod net;
mod oracle;
pub mod raw;
mod reader;
mod rng;
mod run;
pub mod schedule;
mod store;
mod world;

pub use device::{Device, passphrase};
pub use everything::Everything;
pub use hostile::{Forger, relay_key};
pub use net::{Faults, Hook, Net};
pub use oracle::{Oracle, differences, entries};
pub use reader::{Reader, held};
pub use rng::Rng;
pub use run::{Summary, run_seed};
pub use store::RelayStore;
pub use world::{START_MS, World, settle, text};

/// Milliseconds of an hour.
pub const HOUR_MS: u64 = 3_600_000;
/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// Runs a simulation on a runtime of its own whose timers never wait.
pub fn simulate<T>(simulation: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(simulation)
}
