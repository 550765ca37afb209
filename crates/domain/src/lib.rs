//! What things mean: ids, events, the fold, life cycles, priorities and codes.
//!
//! Pure: no I/O, no clock, no randomness of its own. Times and random bytes are arguments.

pub mod calendar;
pub mod canonical;
pub mod case_number;
pub mod clock;
pub mod codes;
pub mod ids;
pub mod lifecycle;
pub mod money;
pub mod pack;
pub mod period;
pub mod place;
pub mod priority;
pub mod role;
pub mod signed;
pub mod text;
pub mod trust;
pub mod words;
