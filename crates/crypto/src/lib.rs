//! Keys, labels, envelopes and letters: the only user of the cryptographic libraries.
//!
//! Sans-I/O: randomness is passed in as [`random::Random`], there is no clock. `derive_*` and
//! `from_*` are deterministic, `make` and `seal_*` with a `random` argument are not. Byte formats
//! are those of `docs/PROTOCOL.md`; local formats (key slots, sealed files) are described in their
//! modules. Every version is frozen in `tests/vectors/crypto-v1.json`.

mod aead;
pub mod attachment;
pub mod backlink;
pub mod bucket;
pub mod capsule;
pub mod check_in;
pub mod earlier;
pub mod envelope;
mod error;
mod hpke_suite;
mod kdf;
pub mod kem;
pub mod label;
pub mod log_key;
pub mod names;
pub mod passphrase;
pub mod random;
pub mod recovery;
pub mod recovery_code;
pub mod safety;
pub mod sealed_file;
pub mod secret;
pub mod signing;
pub mod slots;
pub mod sms_key;
pub mod wrap;

pub use error::CryptoError;
pub use kem::{KemPublic, KemSecret};
pub use log_key::LogKey;
pub use random::{Random, SeededRandom, SystemRandom};
pub use secret::{Plaintext, Seed};
pub use signing::{SigningKey, StrictVerifier};
