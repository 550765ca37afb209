//! `recuse`: somebody stands aside in a case. Their desk is given no key of it any more.

use amana_domain::{
    event::{Body, Recuse},
    ids::{CaseId, EventId},
    role::{LogKind, Role},
};

use crate::{Client, ClientError, keys};

impl Client {
    /// Recuses a desk from a case: the one with this name, or this one. Whoever writes next begins new keys, wrapped to
    /// the remaining desks one by one. What the desk has read it keeps.
    ///
    /// Errors: `Forbidden` for somebody else's desk below supervisor.
    pub fn recuse(&mut self, case: CaseId, name: Option<&str>) -> Result<EventId, ClientError> {
        let own = self.require_desk()?.device();
        let device = match name {
            Some(name) => self.device_named(name)?,
            None => own,
        };
        if device != own && !self.role().is_some_and(|role| role.at_least(Role::Supervisor)) {
            return Err(ClientError::Forbidden);
        }
        self.write_case(case, |writer| {
            let event = writer.append(LogKind::Core, Body::Recuse(Recuse { device }))?;
            // Keys that the recused desk made itself would be no secret to it.
            if device != own {
                keys::rekey_case(writer.tx, writer.trust, &mut writer.case, &writer.author)?;
            }
            Ok(event)
        })
    }
}
