//! Names of the desks of this team: sealed in the roster's part, readable for the team.

use std::collections::BTreeMap;

use amana_crypto::{StrictVerifier, names};
use amana_domain::{ids::DeviceId, role::Clearance};

use crate::{Client, ClientError};

impl Client {
    /// Names by device; a device whose name cannot be read is missing.
    pub fn desk_names(&mut self) -> Result<BTreeMap<DeviceId, String>, ClientError> {
        let Some(desk) = self.desk() else { return Ok(BTreeMap::new()) };
        let organisation = desk.organisation;
        let own = (desk.device(), desk.name.clone());
        let number = self.trust.chain(organisation).number();
        let mut found = self.names_in(number)?;
        found.entry(own.0).or_insert(own.1);
        Ok(found)
    }

    /// The same with desks that have left the team since, as far as their rosters are kept here.
    pub fn all_desk_names(&mut self) -> Result<BTreeMap<DeviceId, String>, ClientError> {
        let mut found = self.desk_names()?;
        let Some(organisation) = self.desk().map(|desk| desk.organisation) else { return Ok(found) };
        let chain = self.trust.chain(organisation);
        let heads = chain.after(0);
        let listed: Vec<(u64, Vec<DeviceId>)> = heads
            .iter()
            .map(|head| (head.body().n, head.body().devices.iter().map(|device| device.device).collect()))
            .collect();
        for (number, devices) in listed.iter().rev() {
            if devices.iter().any(|device| !found.contains_key(device)) {
                for (device, name) in self.names_in(*number)? {
                    found.entry(device).or_insert(name);
                }
            }
        }
        Ok(found)
    }

    /// Names in one roster of this team.
    fn names_in(&mut self, number: u64) -> Result<BTreeMap<DeviceId, String>, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let mut found = BTreeMap::new();
        if let Some(part) = self.write(|tx| Ok(tx.roster_part(organisation, number)?))?
            && let Ok(open) = self.trust.chain(organisation).open_part(number, &part, &StrictVerifier)
        {
            let secrets = self.team_secrets()?;
            for (device, listed) in open.devices.iter().zip(&open.part.devices) {
                let name = secrets
                    .iter()
                    .filter(|secret| secret.clearance == Clearance::Open)
                    .find_map(|secret| names::open_name(&secret.key, device.device, &listed.name).ok());
                if let Some(name) = name {
                    found.insert(device.device, name);
                }
            }
        }
        Ok(found)
    }

    /// The device of an exact name, a full id or a unique prefix of it.
    pub fn device_named(&mut self, reference: &str) -> Result<DeviceId, ClientError> {
        let names = self.desk_names()?;
        let exact: Vec<DeviceId> =
            names.iter().filter(|(_, name)| *name == reference).map(|(device, _)| *device).collect();
        match exact.as_slice() {
            [device] => return Ok(*device),
            [] => {}
            _ => return Err(ClientError::Ambiguous(exact.iter().map(ToString::to_string).collect())),
        }
        let devices: Vec<(DeviceId, String)> =
            names.keys().map(|device| (*device, device.to_string())).collect();
        super::reference::unique(reference, &devices)
    }
}
