//! The relay: mailboxes, feeds, rosters and the directory. It can read no content.
//!
//! What it keeps is ciphertext, hashes, public signed data and arrival days (`migrations/`). The calls
//! are those of `docs/PROTOCOL.md` §8; [`Relay`] is the whole of it, in process or on a listener.

mod api;
mod auth;
mod claim;
mod clock;
mod config;
mod error;
mod key;
mod relay;
mod serve;
mod state;
mod store;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Admission, Config, ConfigError, Limits, Quotas, Retention, Tls};
pub use key::KeyError;
pub use relay::{OpenError, Relay, RunError, run};
pub use state::TrustDamaged;
pub use store::sqlite::{OpenError as StoreOpenError, SCHEMA_VERSION};
