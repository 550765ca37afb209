//! The encrypted local store of a phone or desk.
