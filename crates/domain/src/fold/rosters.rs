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
pub struct RosterBook {
    rosters: BTreeMap<(OrganisationId, u64), RosterFacts>,
    /// Up to which number an organisation's rosters are all here.
    complete: BTreeMap<OrganisationId, u64>,
}

impl RosterBook {
    /// Adds a verified roster; a longer chain that won replaces what it differs from.
    pub fn insert(&mut self, organisation: OrganisationId, n: u64, facts: RosterFacts) {
        self.rosters.insert((organisation, n), facts);
        let complete = self.complete.entry(organisation).or_default();
        while self.rosters.contains_key(&(organisation, complete.saturating_add(1))) {
            *complete += 1;
        }
    }
    /// Roster `n` of an organisation.
    pub fn get(&self, organisation: OrganisationId, n: u64) -> Option<&RosterFacts> {
        self.rosters.get(&(organisation, n))
    }
    /// The newest roster of an organisation and its number.
    pub fn newest(&self, organisation: OrganisationId) -> Option<(u64, &RosterFacts)> {
        self.rosters
            .range((organisation, 0)..=(organisation, u64::MAX))
            .next_back()
            .map(|((_, n), facts)| (*n, facts))
    }
    /// Whether roster `n` and all before it are here: a gap could hide the removal of a device.
    pub(super) fn holds(&self, organisation: OrganisationId, n: u64) -> bool {
        n <= self.complete.get(&organisation).copied().unwrap_or(0)
    }
    /// The first roster in (`after`, `until`] that does not list the device.
    pub(super) fn first_without(
        &self,
        organisation: OrganisationId,
        device: &DeviceId,
        after: u64,
        until: u64,
    ) -> Option<u64> {
        if until <= after {
            return None;
        }
        self.rosters
            .range((organisation, after + 1)..=(organisation, until))
            .find(|(_, facts)| !facts.devices.contains_key(device))
            .map(|((_, n), _)| *n)
    }
}
