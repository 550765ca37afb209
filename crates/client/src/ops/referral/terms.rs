//! What a proposal and a consent have in common: to whom, which logs, what for, until when.

use amana_domain::{fold::CoreState, ids::OrganisationId, role::LogKind, trust::is_origin_authority};

use crate::{ClientError, Trust};

/// Longest purpose, in characters.
const MAX_PURPOSE: usize = 500;

/// What somebody asks for or agrees to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub organisation: OrganisationId,
    /// Ascending, each once.
    pub logs: Vec<LogKind>,
    pub purpose: String,
    pub until: Option<u64>,
}

impl Terms {
    /// Checks what needs no case.
    pub fn new(
        organisation: OrganisationId,
        logs: &[LogKind],
        purpose: &str,
        until: Option<u64>,
        now_ms: u64,
    ) -> Result<Self, ClientError> {
        let mut logs = logs.to_vec();
        logs.sort_unstable();
        logs.dedup();
        if logs.is_empty() || !logs.iter().all(|log| log.may_be_consented()) {
            return Err(ClientError::LogsInvalid);
        }
        if purpose.trim().is_empty() || purpose.chars().count() > MAX_PURPOSE || purpose.contains('\0') {
            return Err(ClientError::PurposeInvalid);
        }
        if until.is_some_and(|until| until <= now_ms) {
            return Err(ClientError::DatePassed);
        }
        Ok(Self { organisation, logs, purpose: purpose.to_owned(), until })
    }

    /// Checks what depends on directory and case: somebody else than the owner, listed, and nobody from whom her
    /// country of origin may learn of her unless she allows that.
    pub fn check(&self, trust: &Trust, owner: OrganisationId, core: &CoreState) -> Result<(), ClientError> {
        if self.organisation == owner {
            return Err(ClientError::NotAllowed);
        }
        if is_origin_blocked(trust, core, self.organisation)? {
            return Err(ClientError::OriginBlocked);
        }
        Ok(())
    }
}

/// Whether an organisation must learn nothing of a case: it is, or may be, an authority of the country that the person
/// comes from, and she has not allowed contact.
///
/// Errors: `NotFound` if the directory does not list it.
pub(crate) fn is_origin_blocked(
    trust: &Trust,
    core: &CoreState,
    organisation: OrganisationId,
) -> Result<bool, ClientError> {
    let listed = trust
        .directory()
        .and_then(|directory| directory.organisations.iter().find(|listed| listed.id == organisation))
        .ok_or(ClientError::NotFound)?;
    Ok(is_origin_authority(listed, core.facts.origin) && !core.origin_contact_allowed)
}

#[cfg(test)]
mod tests {
    use amana_domain::ids::VerifyKey;

    use super::*;

    fn terms(logs: &[LogKind], purpose: &str, until: Option<u64>) -> Result<Terms, &'static str> {
        let to = OrganisationId::from_root(&VerifyKey::from_bytes([1; 32]));
        Terms::new(to, logs, purpose, until, 1_000).map_err(|error| error.code())
    }

    #[test]
    fn terms_are_bounded() {
        let made = terms(&[LogKind::Wages, LogKind::Talk, LogKind::Wages], "legal advice", None).unwrap();
        assert_eq!(made.logs, [LogKind::Talk, LogKind::Wages]);
        for logs in [&[][..], &[LogKind::Work], &[LogKind::Talk, LogKind::Referral]] {
            assert_eq!(terms(logs, "advice", None), Err("logs_invalid"));
        }
        for purpose in ["", " \n", "a\0b", &"ü".repeat(501)] {
            assert_eq!(terms(&[LogKind::Talk], purpose, None), Err("purpose_invalid"));
        }
        assert!(terms(&[LogKind::Talk], &"ü".repeat(500), Some(1_001)).is_ok());
        assert_eq!(terms(&[LogKind::Talk], "advice", Some(1_000)), Err("date_passed"));
    }
}
