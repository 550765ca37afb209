//! The life cycle of a referral to another organisation.
//!
//! ```text
//! proposed ─Consent→ consented ─Send→ sent ─Accept→ accepted ─Finish→ done
//!    │                  │              │  └─Reject→ rejected
//!    └─Decline→ revoked └──── Revoke ──┴──── Revoke ──┘ → revoked
//! ```
//!
//! Nothing is sent without the migrant's consent; declining and withdrawing both end in `revoked`.

use super::NotAllowed;
use crate::words::words;

words! {
    /// Where a referral is.
    pub enum ReferralState ("state of a referral") {
        /// A desk suggests it; no keys have moved.
        Proposed = "proposed",
        /// The migrant agrees.
        Consented = "consented",
        /// The other organisation has the keys.
        Sent = "sent",
        /// It takes the case.
        Accepted = "accepted",
        /// It does not.
        Rejected = "rejected",
        /// It has done its part.
        Done = "done",
        /// The migrant declined or withdrew, or the desk took it back.
        Revoked = "revoked",
    }
}

words! {
    /// What happens to a referral.
    pub enum ReferralEvent ("event of a referral") {
        /// The migrant agrees.
        Consent = "consent",
        /// The migrant does not agree.
        Decline = "decline",
        /// An owner desk shares the logs.
        Send = "send",
        /// The other organisation takes it.
        Accept = "accept",
        /// The other organisation does not take it.
        Reject = "reject",
        /// The other organisation has done its part.
        Finish = "finish",
        /// Consent is withdrawn, or the desk takes it back.
        Revoke = "revoke",
    }
}

impl ReferralState {
    /// Whether the other organisation has been given keys and not lost them.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Sent | Self::Accepted | Self::Done)
    }

    /// Whether nothing can follow.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Done | Self::Revoked)
    }
}

/// The state after an event, by the diagram above.
pub fn transition(state: ReferralState, event: &ReferralEvent) -> Result<ReferralState, NotAllowed> {
    use ReferralEvent as E;
    use ReferralState as S;
    match (state, event) {
        (S::Proposed, E::Consent) => Ok(S::Consented),
        (S::Proposed, E::Decline) => Ok(S::Revoked),
        (S::Consented, E::Send) => Ok(S::Sent),
        (S::Sent, E::Accept) => Ok(S::Accepted),
        (S::Sent, E::Reject) => Ok(S::Rejected),
        (S::Accepted, E::Finish) => Ok(S::Done),
        (S::Proposed | S::Consented | S::Sent | S::Accepted, E::Revoke) => Ok(S::Revoked),
        (S::Proposed | S::Consented | S::Sent | S::Accepted, _) | (S::Rejected | S::Done | S::Revoked, _) => {
            Err(NotAllowed { state: state.as_str(), event: event.as_str() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_event() {
        // One column per event, in the order of ReferralEvent::ALL; "-" is refused.
        let table = [
            ("proposed", "consented revoked - - - - revoked"),
            ("consented", "- - sent - - - revoked"),
            ("sent", "- - - accepted rejected - revoked"),
            ("accepted", "- - - - - done revoked"),
            ("rejected", "- - - - - - -"),
            ("done", "- - - - - - -"),
            ("revoked", "- - - - - - -"),
        ];
        assert_eq!(table.len(), ReferralState::ALL.len());
        for (from, row) in table {
            let from: ReferralState = from.parse().unwrap();
            let row: Vec<_> = row.split(' ').collect();
            assert_eq!(row.len(), ReferralEvent::ALL.len());
            for (event, expected) in ReferralEvent::ALL.iter().zip(&row) {
                let result = transition(from, event);
                assert_eq!(result.map_or("-", |state| state.as_str()), *expected, "{from} {event}");
            }
            assert_eq!(from.is_final(), row.iter().all(|cell| *cell == "-"), "{from}");
        }
    }

    #[test]
    fn nothing_is_shared_before_consent() {
        for state in [ReferralState::Proposed, ReferralState::Revoked, ReferralState::Rejected] {
            assert!(!state.is_shared());
            assert!(transition(state, &ReferralEvent::Send).is_err());
        }
    }
}
