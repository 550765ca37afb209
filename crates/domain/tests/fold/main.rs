//! The fold, attacked from outside: any order, any partition, forged and stale facts, hostile shapes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod convergence;
mod fields;
mod hostile;
mod members;
mod referrals;
mod removals;
mod table;
mod transfer;
mod world;
