//! `/v1/mailboxes`.

mod delete;
mod read;
mod read_many;
mod replace;

pub(super) use delete::delete;
pub(super) use read::read;
pub(super) use read_many::read_many;
pub(super) use replace::replace;
