//! `refer`: a desk proposes another organisation. No keys move before the migrant consents.

use amana_domain::{
    event::{Body, ReferralPropose},
    ids::{CaseId, EventId, OrganisationId},
    role::LogKind,
};

use super::terms::Terms;
use crate::{Client, ClientError};

impl Client {
    /// Proposes that an organisation may read some logs (never `work` or `referral`), for a purpose of 1–500
    /// characters, until a time in ms since 1970 UTC if given.
    ///
    /// # Errors
    /// `forbidden` anywhere but at the owner's desks, `not_found` if the directory does not list the organisation,
    /// `directory_expired`, `logs_invalid`, `purpose_invalid`, `date_passed`, `origin_blocked` for an authority of her
    /// own country while contact with it is not allowed, `not_allowed` to the owner itself and in a finished case.
    pub fn refer(
        &mut self,
        case: CaseId,
        to: OrganisationId,
        logs: &[LogKind],
        purpose: &str,
        until: Option<u64>,
    ) -> Result<EventId, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let terms = Terms::new(to, logs, purpose, until, self.env.now_ms())?;
        self.require_fresh_directory()?;
        self.write_case(case, |writer| {
            let owner = writer.case.root.owner;
            if organisation != owner {
                return Err(ClientError::Forbidden);
            }
            terms.check(writer.trust, owner, writer.case.core().ok_or(ClientError::NotFound)?)?;
            let Terms { organisation, logs, purpose, until } = terms;
            let proposal = ReferralPropose { organisation, logs, purpose, until };
            writer.append(LogKind::Core, Body::ReferralPropose(proposal))
        })
    }
}
