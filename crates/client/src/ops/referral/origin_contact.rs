//! Whether authorities of the person's own country may be told of her.

use amana_domain::{
    event::{Body, OriginContactSet},
    ids::{CaseId, EventId},
    role::LogKind,
};

use crate::{Client, ClientError};

impl Client {
    /// Allows or blocks contact with the authorities of her country of origin. Never set = blocked; of two who say so
    /// beside each other, the one who blocks.
    ///
    /// # Errors
    /// `forbidden` for a desk of another organisation than the owner.
    pub fn set_origin_contact(&mut self, case: CaseId, allowed: bool) -> Result<EventId, ClientError> {
        let organisation = self.viewer().0;
        self.write_case(case, |writer| {
            if organisation.is_some_and(|organisation| organisation != writer.case.root.owner) {
                return Err(ClientError::Forbidden);
            }
            writer.append(LogKind::Core, Body::OriginContactSet(OriginContactSet { allowed }))
        })
    }
}
