//! `roster`: who is in the team.

use amana_domain::{ids::DeviceId, role::Role};

use crate::{Client, ClientError, team::What};

/// One desk of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// Its device.
    pub device: DeviceId,
    /// Its name, if readable.
    pub name: Option<String>,
    /// Its role.
    pub role: Role,
    /// Last day of its certificate, whole days since 1970.
    pub not_after_day: u32,
    /// This admin has decided to remove it; no roster says so yet.
    pub leaving: bool,
    /// Number of the roster by which it came in to recover the team, if it did.
    pub recovered: Option<u64>,
    /// The role that this admin has decided on and no roster lists yet.
    pub becomes: Option<Role>,
}

impl RosterEntry {
    /// The role once everything decided here is published.
    pub fn role_to_be(&self) -> Role {
        self.becomes.unwrap_or(self.role)
    }
}

impl Client {
    /// The newest roster's number and its desks.
    pub fn team(&mut self) -> Result<(u64, Vec<RosterEntry>), ClientError> {
        let organisation = self.require_desk()?.organisation;
        let names = self.desk_names()?;
        let wishes = self.wishes()?;
        let wished = |device: DeviceId| wishes.iter().filter(move |wish| wish.device == device);
        let Some(roster) = self.trust.roster(organisation) else { return Ok((0, Vec::new())) };
        let recoveries = self.recoveries()?;
        let entries = roster
            .body()
            .devices
            .iter()
            .map(|device| RosterEntry {
                device: device.device,
                name: names.get(&device.device).cloned(),
                role: device.role,
                not_after_day: device.not_after_day,
                recovered: recoveries.iter().find(|use_| use_.device == device.device).map(|use_| use_.n),
                leaving: wished(device.device).any(|wish| wish.what == What::Remove),
                becomes: wished(device.device).find_map(|wish| match wish.what {
                    What::Role(role) => Some(role),
                    _ => None,
                }),
            })
            .collect();
        Ok((roster.body().n, entries))
    }
}
