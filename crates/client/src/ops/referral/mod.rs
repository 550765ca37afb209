//! Referral and consent: what desks propose and answer, what the migrant allows and takes back.

mod accept;
mod consent;
mod decline;
mod done;
mod origin_contact;
mod refer;
mod reject;
mod revoke;
pub(crate) mod terms;
mod withdraw_consent;

use amana_domain::{
    event::{Body, ReferralAnswer, ReferralReply},
    ids::{CaseId, EventId},
    lifecycle::referral::{ReferralEvent, transition},
};

use crate::{Client, ClientError, view::referrals};

pub(super) use terms::is_origin_blocked;

impl Client {
    /// Answers a referral to this desk's own organisation, where its life cycle allows the answer.
    fn answer(
        &mut self,
        case: CaseId,
        reply: ReferralReply,
        reason: Option<String>,
    ) -> Result<EventId, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let step = match reply {
            ReferralReply::Accepted => ReferralEvent::Accept,
            ReferralReply::Rejected => ReferralEvent::Reject,
            ReferralReply::Done => ReferralEvent::Finish,
        };
        self.write_case(case, |writer| {
            if organisation == writer.case.root.owner {
                return Err(ClientError::Forbidden);
            }
            let state = referrals::state_of(&writer.case, organisation).ok_or(ClientError::NotFound)?;
            transition(state, &step).map_err(|_| ClientError::NotAllowed)?;
            let log = referrals::shared_with(&writer.case, organisation)
                .find(|log| log.is_shared())
                .map(|log| log.log.log)
                .ok_or(ClientError::NotAllowed)?;
            writer.append_to(log, Body::ReferralAnswer(ReferralAnswer { reply, reason }))
        })
    }
}
