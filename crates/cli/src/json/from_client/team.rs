//! Safety numbers and recoveries in the contract's shape.

use amana_client::ops::{SafetyNumber, SafetyPair};
use amana_client::{RecoveryState, RecoveryUse};

use super::{
    super::{RecoveryUsed, RecoveryView, SafetyView},
    Names, time,
};

impl SafetyView {
    /// The shape of a number, with names where known.
    pub fn of(number: &SafetyNumber, names: &Names) -> Self {
        let (about, with, rosters) = match &number.about {
            SafetyPair::Desks(own, other) => ("desks", vec![names.desk(own), names.desk(other)], Vec::new()),
            SafetyPair::Organisations(own, other) => {
                let name = |id| names.organisation(id).unwrap_or_else(|| id.to_string());
                ("organisations", vec![name(&own.0), name(&other.0)], vec![own.1, other.1])
            }
            SafetyPair::Deployment => ("deployment", Vec::new(), Vec::new()),
        };
        Self { about: about.to_owned(), with, rosters, groups: number.groups.clone() }
    }
}

impl RecoveryView {
    /// What a team has, and what was used.
    pub fn of(state: &RecoveryState, uses: &[RecoveryUse], names: &Names) -> Self {
        let officers = state.officers.as_ref();
        Self {
            code: state.code,
            officers: officers.map(|desks| desks.iter().map(|desk| names.desk(desk)).collect()),
            waiting: state.waiting,
            uses: uses
                .iter()
                .map(|used| RecoveryUsed {
                    n: used.n,
                    device: used.device.to_string(),
                    name: names.desks.get(&used.device).cloned(),
                    at: time(used.issued_ms),
                })
                .collect(),
        }
    }
}
