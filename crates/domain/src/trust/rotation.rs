//! When a clearance key has to change: somebody knows its secret who may not read with it any more.

use std::collections::BTreeSet;

use super::{
    chain::RosterChain,
    roster::{RosterDevice, RosterHead},
};
use crate::{ids::DeviceId, role::Clearance};

/// Every clearance.
pub const CLEARANCES: [Clearance; 3] = [Clearance::Open, Clearance::Need, Clearance::Strict];

/// The clearances whose present secret is known to a device that does not hold them in `next`: listed with them while
/// the generation was in force, or the one that made it. `next` is the list of devices to come, or the newest one.
pub fn rotation_due(chain: &RosterChain, next: &[RosterDevice]) -> Vec<Clearance> {
    let Some(newest) = chain.newest().map(|head| head.body()) else { return Vec::new() };
    CLEARANCES
        .into_iter()
        .filter(|clearance| {
            let holders: BTreeSet<DeviceId> = holding(next, *clearance).collect();
            let generation = newest.clearance.get(*clearance).generation;
            in_force(chain, *clearance, generation)
                .flat_map(|head| holding(&head.devices, *clearance))
                .chain(made_by(chain, *clearance, generation))
                .any(|device| !holders.contains(&device))
        })
        .collect()
}

fn holding(devices: &[RosterDevice], clearance: Clearance) -> impl Iterator<Item = DeviceId> + '_ {
    devices.iter().filter(move |entry| entry.role.holds(clearance)).map(|entry| entry.device)
}

/// The rosters with this generation, newest first. Generations never fall, so they lie side by side.
fn in_force(chain: &RosterChain, clearance: Clearance, generation: u64) -> impl Iterator<Item = &RosterHead> {
    let heads = chain.after(0).iter().rev().map(|head| head.body());
    heads.take_while(move |head| head.clearance.get(clearance).generation == generation)
}

fn made_by(chain: &RosterChain, clearance: Clearance, generation: u64) -> Option<DeviceId> {
    in_force(chain, clearance, generation).last().map(|head| DeviceId::from_key(&head.signer))
}
