//! The encrypted local store of a phone or desk.
//!
//! A vault is a folder: a fixed-size `header` with key slots (see `amana_crypto::slots`) and one SQLCipher database with a
//! random name. There is one way to open it ([`Vault::open`]) and SQL lives only in [`store`].

mod error;
mod making;
mod migrations;
mod open;
pub mod store;

pub use error::VaultError;
pub use open::{Role, Vault};
pub use store::Tx;
