//! Wire types and error codes that client and relay share, as `docs/PROTOCOL.md` §7 and §8 describe them.
//!
//! No I/O and no keys of its own: signing is a closure, checking an
//! [`amana_domain::signed::Verifier`].

pub mod ack;
mod error;
pub mod frames;
pub mod limits;
pub mod mailbox;
pub mod pow;
mod principal;
pub mod reading;
pub mod request;
pub mod wire;

pub use error::{ErrorBody, ErrorCode};
pub use principal::Principal;
