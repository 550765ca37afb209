//! `done`: this organisation has done its part in a case that was referred to it.

use amana_domain::{
    event::ReferralReply,
    ids::{CaseId, EventId},
};

use crate::{Client, ClientError};

impl Client {
    /// Says that this organisation has done its part.
    ///
    /// # Errors
    /// `forbidden` at the owner, `not_allowed` unless the referral was accepted.
    pub fn done(&mut self, case: CaseId) -> Result<EventId, ClientError> {
        self.answer(case, ReferralReply::Done, None)
    }
}
