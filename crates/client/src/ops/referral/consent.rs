//! `consent`: the migrant lets an organisation read some logs, by a statement signed with the case's key.

use amana_domain::{
    event::{Body, Consent, ConsentGrant},
    ids::{CaseId, EventId, OrganisationId},
    role::LogKind,
    signed::Signed,
};

use super::terms::Terms;
use crate::{Client, ClientError};

impl Client {
    /// Lets an organisation read some logs (never `work` or `referral`; one that does not exist yet may be named), for a
    /// purpose of 1–500 characters, until a time in ms since 1970 UTC if given. With or without a proposal; takes the
    /// place of an earlier consent to the same organisation. The owner's desks share the logs by themselves. What the
    /// organisation has read by the time of a withdrawal it keeps.
    ///
    /// # Errors
    /// `forbidden` at a desk, `not_found` if the directory does not list the organisation, `directory_expired`,
    /// `logs_invalid`, `purpose_invalid`, `date_passed`, `not_allowed` to the owner, `origin_blocked` for an authority
    /// of her own country: she allows contact first ([`Client::set_origin_contact`]).
    pub fn consent(
        &mut self,
        case: CaseId,
        to: OrganisationId,
        logs: &[LogKind],
        purpose: &str,
        until: Option<u64>,
    ) -> Result<EventId, ClientError> {
        self.require_migrant(case)?;
        let terms = Terms::new(to, logs, purpose, until, self.env.now_ms())?;
        self.require_fresh_directory()?;
        let nonce = self.env.bytes();
        self.write_case(case, |writer| {
            let root = &writer.case.root;
            terms.check(writer.trust, root.owner, writer.case.core().ok_or(ClientError::NotFound)?)?;
            let Terms { organisation, logs, purpose, until } = terms;
            let consent = Consent {
                deployment: root.deployment,
                case,
                key: root.sign,
                organisation,
                logs,
                purpose,
                until,
                nonce,
            };
            let statement = Signed::make(consent, |message| writer.author.key.sign(message))
                .map_err(|_| ClientError::Internal("consent"))?;
            writer.append(LogKind::Core, Body::ConsentGrant(ConsentGrant { statement }))
        })
    }
}
