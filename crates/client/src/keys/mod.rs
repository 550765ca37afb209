//! Who holds the key of a log, and when a new one is due.

pub(crate) mod readers;
