//! `reject`: this organisation does not take on a case that was referred to it.

use amana_domain::{
    event::ReferralReply,
    ids::{CaseId, EventId},
};

use crate::{Client, ClientError};

impl Client {
    /// Declines a referred case; the owner's desks then take this organisation out of its logs.
    ///
    /// # Errors
    /// `reason_required` without a reason, `forbidden` at the owner, `not_allowed` unless the referral was sent and not
    /// answered.
    pub fn reject(&mut self, case: CaseId, reason: &str) -> Result<EventId, ClientError> {
        if reason.trim().is_empty() {
            return Err(ClientError::ReasonRequired);
        }
        self.answer(case, ReferralReply::Rejected, Some(reason.to_owned()))
    }
}
