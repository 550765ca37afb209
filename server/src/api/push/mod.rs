//! `/v1/push`: appending.

mod create;

pub(super) use create::create;
