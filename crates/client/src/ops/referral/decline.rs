//! `decline`: the migrant says no to a proposal.

use amana_domain::{
    event::{Body, ConsentDecline, TransferDecline},
    ids::{CaseId, EventId, OrganisationId},
    lifecycle::referral::{ReferralEvent, transition},
    role::LogKind,
};

use crate::{Client, ClientError, view::referrals};

impl Client {
    /// Says no to what is proposed with an organisation: a referral, that it takes the case over, or both.
    ///
    /// # Errors
    /// `forbidden` at a desk, `not_found` if nobody proposed it, `not_allowed` if it was answered already.
    pub fn decline(&mut self, case: CaseId, to: OrganisationId) -> Result<EventId, ClientError> {
        self.require_migrant(case)?;
        self.write_case(case, |writer| {
            let core = writer.case.core().ok_or(ClientError::LogNotHereYet)?;
            let transfer = core.transfer_proposed == Some(to);
            let answered = core.transfer_declined == Some(to);
            let referral = referrals::state_of(&writer.case, to);
            if referral.is_none() && !transfer && !answered {
                return Err(ClientError::NotFound);
            }
            let mut declined = Err(ClientError::NotAllowed);
            if referral.is_some_and(|state| transition(state, &ReferralEvent::Decline).is_ok()) {
                let body = Body::ConsentDecline(ConsentDecline { organisation: to });
                declined = Ok(writer.append(LogKind::Core, body)?);
            }
            if transfer {
                let body = Body::TransferDecline(TransferDecline { organisation: to });
                declined = Ok(writer.append(LogKind::Core, body)?);
            }
            declined
        })
    }
}
