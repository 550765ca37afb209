//! `/v1/joins/{org}`: devices that ask to be admitted.

mod create;
mod list;

pub(super) use create::create;
pub(super) use list::list;
