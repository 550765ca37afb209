//! `/v1/feed`.

mod list;

pub(super) use list::list;
