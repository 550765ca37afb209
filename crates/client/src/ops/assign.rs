//! `assign`: gives a case to a desk.

use amana_domain::{
    event::{Assign, Body},
    ids::{CaseId, DeviceId, EventId},
    role::LogKind,
};

use crate::{Client, ClientError};

impl Client {
    /// Assigns a case to the desk of this name (or a unique prefix of its id).
    pub fn assign(&mut self, case: CaseId, to: &str) -> Result<EventId, ClientError> {
        let device = self.device_named(to)?;
        self.assign_to(case, device)
    }

    pub(super) fn assign_to(&mut self, case: CaseId, device: DeviceId) -> Result<EventId, ClientError> {
        self.reopen_if_contradicted(case)?;
        self.write_case(case, |writer| {
            writer.append(LogKind::Core, Body::Assign(Assign { device: Some(device) }))
        })
    }
}
