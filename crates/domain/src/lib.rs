//! What things mean: ids, events, the fold, life cycles, priorities and codes.
//!
//! Pure: no I/O, no clock, no randomness of its own. Times and random bytes are arguments.

// Lets unit tests share the helpers of the integration tests.
#[cfg(test)]
extern crate self as amana_domain;

pub mod calendar;
pub mod canonical;
pub mod case_number;
pub mod clock;
pub mod codes;
pub mod emergency;
pub mod event;
pub mod fold;
pub mod gbv;
pub mod grievance;
pub mod ids;
pub mod indicators;
pub mod interpreter;
pub mod lifecycle;
pub mod money;
pub mod pack;
pub mod period;
pub mod person;
pub mod place;
pub mod priority;
pub mod role;
pub mod safe_contact;
pub mod signed;
pub mod task;
pub mod text;
pub mod trust;
pub mod words;
