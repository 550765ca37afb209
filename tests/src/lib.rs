//! End-to-end tests: simulations in process, and real binaries.

pub mod harness;
pub mod sim;
