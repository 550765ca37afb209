//! The life cycle of a consent.
//!
//! ```text
//! granted ─Withdraw→ withdrawn
//!    └─Expire→ expired ─Withdraw→ withdrawn
//! ```
//!
//! A withdrawal always counts, also after the date has passed. A new grant is a new consent.

use super::NotAllowed;
use crate::words::words;

words! {
    /// Where a consent is.
    pub enum ConsentState ("state of a consent") {
        /// In force.
        Granted = "granted",
        /// Taken back by the migrant.
        Withdrawn = "withdrawn",
        /// Its date has passed.
        Expired = "expired",
    }
}

words! {
    /// What happens to a consent.
    pub enum ConsentEvent ("event of a consent") {
        /// The migrant takes it back.
        Withdraw = "withdraw",
        /// A device noticed that its date has passed.
        Expire = "expire",
    }
}

/// The state after an event, by the diagram above.
pub fn transition(state: ConsentState, event: &ConsentEvent) -> Result<ConsentState, NotAllowed> {
    use ConsentEvent as E;
    use ConsentState as S;
    match (state, event) {
        (S::Granted | S::Expired, E::Withdraw) => Ok(S::Withdrawn),
        (S::Granted, E::Expire) => Ok(S::Expired),
        (S::Withdrawn, E::Withdraw | E::Expire) | (S::Expired, E::Expire) => {
            Err(NotAllowed { state: state.as_str(), event: event.as_str() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_event() {
        let table = [
            (ConsentState::Granted, ConsentEvent::Withdraw, Some(ConsentState::Withdrawn)),
            (ConsentState::Granted, ConsentEvent::Expire, Some(ConsentState::Expired)),
            (ConsentState::Expired, ConsentEvent::Withdraw, Some(ConsentState::Withdrawn)),
            (ConsentState::Expired, ConsentEvent::Expire, None),
            (ConsentState::Withdrawn, ConsentEvent::Withdraw, None),
            (ConsentState::Withdrawn, ConsentEvent::Expire, None),
        ];
        assert_eq!(table.len(), ConsentState::ALL.len() * ConsentEvent::ALL.len());
        for (state, event, expected) in table {
            assert_eq!(transition(state, &event).ok(), expected, "{state} {event}");
        }
    }
}
