//! Life cycles: what may follow what. Each is one exhaustive `transition(state, event)`.

pub mod case;
pub mod consent;
pub mod emergency;
pub mod referral;

/// A life cycle forbids the event in this state.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error("not allowed: {event} when {state}")]
pub struct NotAllowed {
    /// The state, spelled as in JSON.
    pub state: &'static str,
    /// The event's name.
    pub event: &'static str,
}

impl NotAllowed {
    /// The stable code that messages and translations hang on.
    pub const CODE: &'static str = "not_allowed";
}
