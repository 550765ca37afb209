//! What the fold needs of rosters: which devices an organisation listed in which generation of its roster.

use std::collections::BTreeMap;

use crate::{
    ids::{DeviceId, Hash, OrganisationId},
    role::Role,
};

/// One roster, reduced to what decides validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterFacts {
    /// Hash of the signed head.
    pub hash: Hash,
    /// Devices and their roles.
    pub devices: BTreeMap<DeviceId, Role>,
}

/// Every verified roster that a replica keeps, by organisation and number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterBook(BTreeMap<(OrganisationId, u64), RosterFacts>);

impl RosterBook {
    /// Adds a verified roster; a longer chain that won replaces what it differs from.
    pub fn insert(&mut self, organisation: OrganisationId, n: u64, facts: RosterFacts) {
        self.0.insert((organisation, n), facts);
    }
    /// Roster `n` of an organisation.
    pub fn get(&self, organisation: OrganisationId, n: u64) -> Option<&RosterFacts> {
        self.0.get(&(organisation, n))
    }
    /// The newest roster of an organisation and its number.
    pub fn newest(&self, organisation: OrganisationId) -> Option<(u64, &RosterFacts)> {
        self.0
            .range((organisation, 0)..=(organisation, u64::MAX))
            .next_back()
            .map(|((_, n), facts)| (*n, facts))
    }
    /// Whether the device is missing from some roster in (`after`, `until`].
    pub(super) fn cut_between(
        &self,
        organisation: OrganisationId,
        device: &DeviceId,
        after: u64,
        until: u64,
    ) -> bool {
        until > after
            && self
                .0
                .range((organisation, after + 1)..=(organisation, until))
                .any(|(_, facts)| !facts.devices.contains_key(device))
    }
}
