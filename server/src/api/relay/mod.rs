//! `/v1/relay`: what everybody may know of a relay.

mod show;

pub(super) use show::show;
