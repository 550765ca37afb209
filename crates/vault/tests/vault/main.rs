//! The vault as its callers see it: opening, damage, canaries, power cuts, a full disk.

#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod canaries;
mod common;
mod damage;
mod durability;
mod forensic;
mod kill_pins;
mod lifecycle;
mod pins;
mod search;
mod store;
