//! `/v1/mailboxes/{id}`.

mod delete;
mod read;
mod replace;

pub(super) use delete::delete;
pub(super) use read::read;
pub(super) use replace::replace;
