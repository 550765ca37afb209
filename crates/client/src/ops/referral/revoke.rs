//! `revoke`: the owner takes a referral back.

use amana_domain::{
    event::{Body, MemberRemove, ReferralRevoke},
    ids::{CaseId, EventId, LogId, OrganisationId},
    lifecycle::referral::{ReferralEvent, transition},
    role::LogKind,
};

use crate::{Client, ClientError, view::referrals};

impl Client {
    /// Takes a referral back and the organisation out of every log that this desk can read; desks with a higher
    /// clearance do the others by themselves. A consent given later begins anew.
    ///
    /// # Errors
    /// `forbidden` anywhere but at the owner's desks, `not_found` without a referral, `not_allowed` when it is over.
    pub fn revoke_referral(&mut self, case: CaseId, to: OrganisationId) -> Result<EventId, ClientError> {
        let organisation = self.require_desk()?.organisation;
        self.write_case(case, |writer| {
            if organisation != writer.case.root.owner {
                return Err(ClientError::Forbidden);
            }
            let state = referrals::state_of(&writer.case, to).ok_or(ClientError::NotFound)?;
            transition(state, &ReferralEvent::Revoke).map_err(|_| ClientError::NotAllowed)?;
            let revoke = || Body::ReferralRevoke(ReferralRevoke { organisation: to });
            let id = writer.append(LogKind::Core, revoke())?;
            let shared: Vec<LogId> = referrals::shared_with(&writer.case, to)
                .filter(|log| log.is_shared())
                .map(|log| log.log.log)
                .collect();
            for log in shared {
                writer.append_unless_read_only(log, revoke())?;
            }
            let member: Vec<LogId> = writer
                .case
                .logs
                .iter()
                .filter(|log| log.fold.members.contains(&to))
                .map(|log| log.log.log)
                .collect();
            for log in member {
                writer.append_unless_read_only(log, Body::MemberRemove(MemberRemove { organisation: to }))?;
            }
            Ok(id)
        })
    }
}
