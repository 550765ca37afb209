//! Attachments as bytes: what kind they are ([`sniff`]), a copy that tells nothing about who took them, when,
//! where and with what ([`clean`]), and a small picture for lists ([`preview`]).
//!
//! Everything here is pure: bytes in, bytes out, no files, no clock, no randomness. Every input is hostile: parsers
//! are bounded and answer with an error or `None`, never with a panic.

mod clean;
mod exif;
mod jpeg;
mod png;
mod preview;
mod sniff;
mod webp;

pub use clean::{CleanError, Cleaned, clean};
pub use preview::{PREVIEW_BYTES, PREVIEW_SIDE, preview};
pub use sniff::{MediaType, SNIFF_BYTES, sniff};
