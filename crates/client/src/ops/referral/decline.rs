//! `decline`: the migrant says no to a proposal.

use amana_domain::{
    event::{Body, ConsentDecline},
    ids::{CaseId, EventId, OrganisationId},
    lifecycle::referral::{ReferralEvent, transition},
    role::LogKind,
};

use crate::{Client, ClientError, view::referrals};

impl Client {
    /// Says no to the proposal of an organisation.
    ///
    /// # Errors
    /// `forbidden` at a desk, `not_found` if nobody proposed it, `not_allowed` if it was answered already.
    pub fn decline(&mut self, case: CaseId, to: OrganisationId) -> Result<EventId, ClientError> {
        self.require_migrant(case)?;
        self.write_case(case, |writer| {
            let state = referrals::state_of(&writer.case, to).ok_or(ClientError::NotFound)?;
            transition(state, &ReferralEvent::Decline).map_err(|_| ClientError::NotAllowed)?;
            writer.append(LogKind::Core, Body::ConsentDecline(ConsentDecline { organisation: to }))
        })
    }
}
