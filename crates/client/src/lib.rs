//! The facade that phone and desk applications use: operations and sync.
//!
//! ```text
//! ops/<verb>  what people do: durable in the vault when the call returns, no network needed
//! sync/       what this device and the relay owe each other
//! transport/  how requests travel (the only user of reqwest)
//! deploy      the operator's folder: root keys, organisations, invites
//! ```

mod case;
mod client;
mod clock;
pub mod deploy;
mod error;
mod keys;
mod letter;
pub mod ops;
mod session;
mod sync;
mod team;
pub mod transport;
mod trust;
mod view;

pub use amana_vault::{Keystore, KeystoreError, Role as VaultRole, Setup, SoftwareKeystore, VaultError};
pub use client::{Client, Desk, Identity};
pub use clock::{Clock, Env, SystemClock};
pub use error::ClientError;
pub use keys::Exposed;
pub use session::{AUTO_LOCK_MS, Session};
pub use sync::{Observer, Progress, Report, Stage, Warning};
pub use team::{RecoveryState, RecoveryUse};
pub use trust::Trust;
pub use view::{
    Brief, CaseView, ClockEntry, ConflictValue, ConsentEntry, ContactWarning, Delivery, Entry, Field,
    InterpreterEntry, LastContact, MergedEntry, PersonEntry, RecordEntry, ReferralEntry, RefusedEntry,
    TaskEntry,
};
