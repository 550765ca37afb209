//! End-to-end tests: simulations in process, and real binaries.

pub mod sim;
