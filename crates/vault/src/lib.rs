//! The encrypted local store of a phone or desk.
//!
//! A vault is a folder: a fixed-size `header` with key slots (see `amana_crypto::slots`) and one SQLCipher database with a
//! random name; on phones two, alike whether both are used or not, and a count of wrong PINs. [`Vault::open`] takes a
//! passphrase, [`Vault::unlock`] also a PIN with the device's [`Keystore`]. SQL lives only in [`store`].

mod attempts;
mod error;
mod header;
mod keystore;
mod making;
mod migrations;
mod open;
mod secrets;
mod setup;
pub mod store;
mod twin;

pub use error::VaultError;
pub use keystore::{Keystore, KeystoreError, SoftwareKeystore};
pub use open::{Role, Vault};
pub use setup::Setup;
pub use store::Tx;
