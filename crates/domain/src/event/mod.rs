//! Events: signed, append-only facts. Form and meaning of one event; how many combine is [`crate::fold`].

mod body;
mod genesis;
mod header;
mod kind;
mod statement;

pub use body::*;
pub use genesis::{CaseRoot, Genesis, LogRef, Opening};
pub use header::{AuthenticEvent, Draft, Event, EventError, MAX_HEADS, MAX_KIND_LENGTH, RosterRef};
pub use kind::EventKind;
pub use statement::{Consent, Statement, StatementError, Transfer, Withdrawal};
