//! The life cycle of an emergency request (SOS).
//!
//! ```text
//! armed ─Raise→ raised ─Deliver→ delivered ─Acknowledge→ acknowledged ─Respond→ responding
//!   │             │  └─Acknowledge | Respond─↗        └────Respond────↗            │
//!   │             └─Cancel→ false-alarm                                            │
//!   └─Disarm→ disarmed ─Raise→ raised                                              │
//! acknowledged | responding ─Close(safe | false-alarm | handed-over)→ that state ←─┘
//! safe | false-alarm | handed-over ─Raise→ raised
//! ```
//!
//! Once delivered, a cancel from the phone changes nothing here: whoever holds the phone may be the reason for
//! the alarm, so a person at a desk closes it. It takes an acknowledgement before anything can be closed.

use super::NotAllowed;
use crate::words::words;

words! {
    /// Where an emergency request is.
    pub enum EmergencyState ("state of an emergency") {
        /// Sealed in advance; released when a check-in is missed.
        Armed = "armed",
        /// Taken down before it was released.
        Disarmed = "disarmed",
        /// The person asked for help.
        Raised = "raised",
        /// At a desk's alarm.
        Delivered = "delivered",
        /// A person has seen it.
        Acknowledged = "acknowledged",
        /// A person acts.
        Responding = "responding",
        /// She is safe.
        Safe = "safe",
        /// There was no danger.
        FalseAlarm = "false-alarm",
        /// Another service has taken over.
        HandedOver = "handed-over",
    }
}

impl EmergencyState {
    /// Whether somebody still has to act.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Raised | Self::Delivered | Self::Acknowledged | Self::Responding)
    }
}

words! {
    /// How an emergency ends.
    pub enum Outcome ("outcome of an emergency") {
        /// She is safe.
        Safe = "safe",
        /// There was no danger.
        FalseAlarm = "false-alarm",
        /// Another service has taken over.
        HandedOver = "handed-over",
    }
}

impl From<Outcome> for EmergencyState {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Safe => Self::Safe,
            Outcome::FalseAlarm => Self::FalseAlarm,
            Outcome::HandedOver => Self::HandedOver,
        }
    }
}

/// What happens to an emergency request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmergencyEvent {
    /// The person asks for help, a missed check-in releases it, or she asks again after it was closed.
    Raise,
    /// The person checks in for good.
    Disarm,
    /// It reached a desk.
    Deliver,
    /// A person at a desk has seen it; may overtake the notice of delivery.
    Acknowledge,
    /// A person acts; says by itself that she has seen it.
    Respond,
    /// The phone takes it back before it was delivered.
    Cancel,
    /// A person at a desk ends it.
    Close(Outcome),
}

impl EmergencyEvent {
    /// The event's name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raise => "raise",
            Self::Disarm => "disarm",
            Self::Deliver => "deliver",
            Self::Acknowledge => "acknowledge",
            Self::Respond => "respond",
            Self::Cancel => "cancel",
            Self::Close(_) => "close",
        }
    }
}

/// The state after an event, by the diagram above.
pub fn transition(state: EmergencyState, event: &EmergencyEvent) -> Result<EmergencyState, NotAllowed> {
    use EmergencyEvent as E;
    use EmergencyState as S;
    match (state, event) {
        (S::Armed | S::Disarmed | S::Safe | S::FalseAlarm | S::HandedOver, E::Raise) => Ok(S::Raised),
        (S::Armed, E::Disarm) => Ok(S::Disarmed),
        (S::Raised, E::Deliver) => Ok(S::Delivered),
        (S::Raised | S::Delivered, E::Acknowledge) => Ok(S::Acknowledged),
        (S::Raised | S::Delivered | S::Acknowledged, E::Respond) => Ok(S::Responding),
        (S::Raised, E::Cancel) => Ok(S::FalseAlarm),
        (S::Acknowledged | S::Responding, E::Close(outcome)) => Ok((*outcome).into()),
        (S::Armed | S::Disarmed | S::Raised | S::Delivered | S::Acknowledged, _)
        | (S::Responding | S::Safe | S::FalseAlarm | S::HandedOver, _) => {
            Err(NotAllowed { state: state.as_str(), event: event.name() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [EmergencyEvent; 9] = [
        EmergencyEvent::Raise,
        EmergencyEvent::Disarm,
        EmergencyEvent::Deliver,
        EmergencyEvent::Acknowledge,
        EmergencyEvent::Respond,
        EmergencyEvent::Cancel,
        EmergencyEvent::Close(Outcome::Safe),
        EmergencyEvent::Close(Outcome::FalseAlarm),
        EmergencyEvent::Close(Outcome::HandedOver),
    ];

    #[test]
    fn every_pair_of_state_and_event() {
        // One column per event, in the order of EVENTS; "-" is refused.
        let table = [
            ("armed", "raised disarmed - - - - - - -"),
            ("disarmed", "raised - - - - - - - -"),
            ("raised", "- - delivered acknowledged responding false-alarm - - -"),
            ("delivered", "- - - acknowledged responding - - - -"),
            ("acknowledged", "- - - - responding - safe false-alarm handed-over"),
            ("responding", "- - - - - - safe false-alarm handed-over"),
            ("safe", "raised - - - - - - - -"),
            ("false-alarm", "raised - - - - - - - -"),
            ("handed-over", "raised - - - - - - - -"),
        ];
        assert_eq!(table.len(), EmergencyState::ALL.len());
        for (from, row) in table {
            let from: EmergencyState = from.parse().unwrap();
            let row: Vec<_> = row.split(' ').collect();
            assert_eq!(row.len(), EVENTS.len());
            for (event, expected) in EVENTS.iter().zip(row) {
                let result = transition(from, event);
                assert_eq!(result.map_or("-", |state| state.as_str()), expected, "{from} {event:?}");
            }
        }
    }

    #[test]
    fn whoever_holds_the_phone_cannot_silence_a_delivered_alarm() {
        for state in [EmergencyState::Delivered, EmergencyState::Acknowledged, EmergencyState::Responding] {
            let refused = transition(state, &EmergencyEvent::Cancel).unwrap_err();
            assert_eq!(refused, NotAllowed { state: state.as_str(), event: "cancel" });
            assert!(state.is_open());
        }
    }
}
