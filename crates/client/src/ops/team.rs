//! `remove`, `role`, `renew`: what an admin decides about a colleague's desk. Durable at once; the next sync publishes
//! the roster that says so.

use amana_domain::{ids::DeviceId, role::Role};

use crate::{
    Client, ClientError,
    team::{What, Wish},
};

impl Client {
    /// Takes a desk out of the team, by its name, its device id or a unique prefix of it. At the next sync a roster
    /// without it is published and the relay cuts it off; from then on new keys shut it out of what comes.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks; `last_admin` if nobody could admit afterwards; `not_found`, `ambiguous`.
    pub fn remove_desk(&mut self, name: &str) -> Result<DeviceId, ClientError> {
        let device = self.colleague(name)?;
        self.others_lead(device)?;
        self.wish(Wish { device, what: What::Remove })?;
        Ok(device)
    }

    /// Lists a desk in another role from the next sync on: a lower one than its invite gave, or that one again.
    ///
    /// # Errors
    /// `not_allowed` above the role of its invite; else as [`Client::remove_desk`].
    pub fn set_desk_role(&mut self, name: &str, role: Role) -> Result<DeviceId, ClientError> {
        let device = self.colleague(name)?;
        if role != Role::Admin {
            self.others_lead(device)?;
        }
        if !self.certified_role(device)?.at_least(role) {
            return Err(ClientError::NotAllowed);
        }
        self.wish(Wish { device, what: What::Role(role) })?;
        Ok(device)
    }

    /// Lets a desk come back whose certificate has ended. It needs no word as long as its days last.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks; `not_found`, `ambiguous`.
    pub fn renew_desk(&mut self, name: &str) -> Result<DeviceId, ClientError> {
        let device = self.colleague(name)?;
        let organisation = self.require_desk()?.organisation;
        let listed =
            self.trust.roster(organisation).and_then(|roster| roster.body().device(&device).copied());
        let ended = listed.ok_or(ClientError::NotFound)?.not_after_day;
        self.wish(Wish { device, what: What::Renew(ended) })?;
        Ok(device)
    }

    /// A device of the newest roster, for an admin.
    pub(crate) fn colleague(&mut self, name: &str) -> Result<DeviceId, ClientError> {
        self.require_desk()?;
        if self.role() != Some(Role::Admin) {
            return Err(ClientError::Forbidden);
        }
        let (_, team) = self.team()?;
        let exact: Vec<DeviceId> = team
            .iter()
            .filter(|entry| entry.name.as_deref() == Some(name))
            .map(|entry| entry.device)
            .collect();
        match exact.as_slice() {
            [device] => Ok(*device),
            [] => {
                let ids: Vec<_> = team.iter().map(|entry| (entry.device, entry.device.to_string())).collect();
                super::reference::unique(name, &ids)
            }
            _ => Err(ClientError::Ambiguous(exact.iter().map(ToString::to_string).collect())),
        }
    }

    /// Whether an admin stays without this device, removals that are still to be published included.
    fn others_lead(&mut self, device: DeviceId) -> Result<(), ClientError> {
        let (_, team) = self.team()?;
        let stays = team
            .iter()
            .any(|entry| entry.device != device && !entry.leaving && entry.role_to_be() == Role::Admin);
        if stays { Ok(()) } else { Err(ClientError::LastAdmin) }
    }
}
