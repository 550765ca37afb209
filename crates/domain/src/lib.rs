//! What things mean: ids, events, the fold, life cycles, priorities and codes.
//!
//! Pure: no I/O, no clock, no randomness of its own. Times and random bytes are arguments.

pub mod canonical;
pub mod ids;
pub mod role;
pub mod signed;
pub mod trust;
