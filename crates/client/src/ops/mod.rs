//! What people do, one verb per file. Every write is durable when the function returns.

mod add;
mod adopt;
mod assign;
mod cases;
mod file;
mod hand_over;
mod join;
mod link;
mod merge;
mod names;
mod note;
pub(crate) mod open_log;
mod person;
mod priority;
mod record;
mod recuse;
mod reference;
pub(crate) mod referral;
mod roster;
mod safeguards;
mod say;
mod show;
mod status;
mod task;
mod verify;
mod withdraw;
mod write;

pub use file::{FileRequest, Filed};
pub use hand_over::HandOver;
pub use join::{join_desk, join_phone};
pub use record::Record;
pub(crate) use reference::unique;
pub use roster::RosterEntry;
pub use verify::{Problem, VerifyReport};
