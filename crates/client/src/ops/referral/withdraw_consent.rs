//! `withdraw-consent`: the migrant takes back what she allowed an organisation.

use std::collections::BTreeSet;

use amana_domain::{
    event::{Body, ConsentWithdraw, Withdrawal},
    ids::{CaseId, Hash, LogId, OrganisationId},
    role::LogKind,
    signed::Signed,
};

use crate::{Client, ClientError, case::Case, keys, view::referrals::carries};

impl Client {
    /// Takes back every consent to an organisation, in `core`, in every log that the organisation is a member of, that
    /// a consent names or that was shared with it; begins new keys where it held them. Works offline: the relay learns
    /// of it with the next sync. What the organisation has read it keeps. Returns how many consents it ended.
    ///
    /// # Errors
    /// `forbidden` at a desk, `not_found` if there is no consent, `not_allowed` if all were taken back already,
    /// `update_needed` if a newer version wrote to `core`.
    pub fn withdraw_consent(&mut self, case: CaseId, to: OrganisationId) -> Result<usize, ClientError> {
        self.require_migrant(case)?;
        self.write_case(case, |writer| {
            let given = consents(&writer.case, to);
            if given.is_empty() {
                return Err(ClientError::NotFound);
            }
            let named = withdrawn(&writer.case, to);
            let open: Vec<Given> =
                given.into_iter().filter(|given| !named.contains(&given.consent)).collect();
            if open.is_empty() {
                return Err(ClientError::NotAllowed);
            }
            for given in &open {
                let root = &writer.case.root;
                let withdrawal = Withdrawal {
                    deployment: root.deployment,
                    case,
                    key: root.sign,
                    organisation: to,
                    consent: Some(given.consent),
                };
                let statement = Signed::make(withdrawal, |message| writer.author.key.sign(message))
                    .map_err(|_| ClientError::Internal("withdrawal"))?;
                for log in concerned(&writer.case, to, given) {
                    let body = Body::ConsentWithdraw(ConsentWithdraw { statement: statement.clone() });
                    match log.1 {
                        LogKind::Core => drop(writer.append_to(log.0, body)?),
                        _ => writer.append_unless_read_only(log.0, body)?,
                    }
                }
            }
            keys::rekey_case(writer.tx, writer.trust, &mut writer.case, &writer.author)?;
            Ok(open.len())
        })
    }
}

/// A consent that was given, whether or not a later one has taken its place.
pub(crate) struct Given {
    pub consent: Hash,
    pub logs: Vec<LogKind>,
}

/// Every consent that the migrant gave an organisation.
pub(crate) fn consents(case: &Case, to: OrganisationId) -> Vec<Given> {
    case.of_kind(LogKind::Core)
        .flat_map(|log| log.applied())
        .filter_map(|event| match event.body() {
            Body::ConsentGrant(grant) if grant.statement.body().organisation == to => {
                Some(Given { consent: grant.statement.hash(), logs: grant.statement.body().logs.clone() })
            }
            _ => None,
        })
        .collect()
}

/// The consents to an organisation that a withdrawal in `core` names.
fn withdrawn(case: &Case, to: OrganisationId) -> BTreeSet<Hash> {
    case.of_kind(LogKind::Core)
        .flat_map(|log| log.applied())
        .filter_map(|event| match event.body() {
            Body::ConsentWithdraw(body) if body.statement.body().organisation == to => {
                body.statement.body().consent
            }
            _ => None,
        })
        .collect()
}

/// The logs in which the end of a consent has to stand, `core` first.
fn concerned(case: &Case, to: OrganisationId, given: &Given) -> Vec<(LogId, LogKind)> {
    let mut logs: Vec<(LogId, LogKind)> = case
        .logs
        .iter()
        .filter(|log| {
            log.log.kind == LogKind::Core
                || log.fold.members.contains(&to)
                || log.fold.genesis.with == Some(to)
                || given.logs.contains(&log.log.kind)
                || carries(log, &given.consent)
        })
        .filter(|log| log.log.kind.has_migrant())
        .map(|log| (log.log.log, log.log.kind))
        .collect();
    logs.sort_by_key(|(_, kind)| *kind != LogKind::Core);
    logs
}
