//! Attachments as attackers, cameras and messengers send them.
//!
//! The few files in `pictures/` are a gradient of 24 × 16 pixels, written by Pillow: codings that the `image` crate
//! cannot write. Everything else is made here.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod damage;
mod dirty;
mod metadata;
mod previews;
