//! What things mean: ids, events, the fold, life cycles, priorities and codes.
//!
//! Pure: no I/O, no clock, no randomness of its own. Times and random bytes are arguments.

pub mod canonical;
pub mod codes;
pub mod ids;
pub mod lifecycle;
pub mod pack;
pub mod priority;
pub mod role;
pub mod signed;
pub mod trust;
pub mod words;
