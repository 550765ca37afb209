//! `/v1/file`: the atomic first contact.

mod create;

pub(super) use create::{create, lists_fit};
