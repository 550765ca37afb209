//! Who holds the key of a log, when a new one is due, and what a key opens.
//!
//! ```text
//! readers   whose keys a log key is wrapped to
//! epoch     which key to write under; new epochs
//! rekey     new keys for the urgent cases after a removal
//! retry     wraps and letters that a later team key opens
//! exposure  events that somebody who has left can still read
//! ```

mod epoch;
mod exposure;
pub(crate) mod readers;
pub(crate) mod rekey;
mod retry;

pub(crate) use epoch::{Choice, choose, life_member, rekey_case, rotate};
pub use exposure::Exposed;
pub(crate) use exposure::exposed;
