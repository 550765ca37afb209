//! `accept`: this organisation takes on a case that was referred to it.

use amana_domain::{
    event::ReferralReply,
    ids::{CaseId, EventId},
};

use crate::{Client, ClientError};

impl Client {
    /// Takes on a referred case.
    ///
    /// # Errors
    /// `forbidden` at the owner, `not_allowed` unless the referral was sent and not answered.
    pub fn accept(&mut self, case: CaseId) -> Result<EventId, ClientError> {
        self.answer(case, ReferralReply::Accepted, None)
    }
}
