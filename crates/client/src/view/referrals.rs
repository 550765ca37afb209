//! Consents and referrals, from `core` and the logs shared with other organisations together.

use std::collections::{BTreeMap, BTreeSet};

use amana_domain::{
    event::Body,
    fold::{ConsentView, CoreState, ReferralView, Reply},
    ids::{Hash, OrganisationId},
    lifecycle::referral::ReferralState,
    role::LogKind,
};
use serde::{Deserialize, Serialize};

use super::Viewer;
use crate::case::{Case, CaseLog};

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEntry {
    /// To whom.
    pub organisation: OrganisationId,
    /// Which logs.
    pub logs: Vec<LogKind>,
    /// What for.
    pub purpose: String,
    /// Until when, ms since 1970 UTC.
    pub until_ms: Option<u64>,
    /// `granted`, `withdrawn`, `expired`.
    pub state: String,
}

/// A referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralEntry {
    /// To whom.
    pub organisation: OrganisationId,
    /// Where it stands: `proposed`, `consented`, `sent`, `accepted`, `rejected`, `done`, `revoked`.
    pub state: String,
    /// Which logs were asked for, or where nobody asked, consented to.
    pub logs: Vec<LogKind>,
    /// What for.
    pub purpose: String,
    /// Until when, ms since 1970 UTC.
    pub until_ms: Option<u64>,
}

impl ConsentEntry {
    fn of(consent: &ConsentView) -> Self {
        let state = match (consent.withdrawn, consent.expired) {
            (true, _) => "withdrawn",
            (false, true) => "expired",
            (false, false) => "granted",
        };
        Self {
            organisation: consent.organisation,
            logs: consent.logs.clone(),
            purpose: consent.purpose.clone(),
            until_ms: consent.until,
            state: state.to_owned(),
        }
    }

    /// The same at a time: a date that has passed counts before any device has written so.
    pub(super) fn at(&mut self, now_ms: u64) {
        if self.state == "granted" && self.until_ms.is_some_and(|until| until <= now_ms) {
            self.state = "expired".to_owned();
        }
    }
}

/// `core`, unless this side may read it no more.
fn core(case: &Case) -> Option<&CoreState> {
    case.of_kind(LogKind::Core).find(|log| !log.left).and_then(|log| log.fold.core.as_ref())
}

/// The logs that the owner opened with an organisation.
pub(crate) fn shared_with(case: &Case, organisation: OrganisationId) -> impl Iterator<Item = &CaseLog> {
    case.of_kind(LogKind::Referral).filter(move |log| log.fold.genesis.with == Some(organisation))
}

/// Whether an organisation was let into a log with this consent.
pub(crate) fn carries(log: &CaseLog, consent: &Hash) -> bool {
    log.applied().any(|event| match event.body() {
        Body::MemberAdd(add) => add.statement.as_ref().is_some_and(|statement| statement.hash() == *consent),
        _ => false,
    })
}

/// What an organisation has answered in a log that is shared with it.
pub(crate) fn reply(log: &CaseLog, organisation: OrganisationId) -> Option<Reply> {
    let core = log.fold.core.as_ref()?;
    core.referrals.iter().find(|referral| referral.organisation == organisation)?.reply
}

/// Where a referral stands once it is shared: the furthest answer in any of its logs.
fn answered(logs: &[&CaseLog], organisation: OrganisationId) -> ReferralState {
    let replies: Vec<Option<Reply>> = logs.iter().map(|log| reply(log, organisation)).collect();
    let has = |wanted| replies.contains(&Some(wanted));
    if has(Reply::Done) {
        ReferralState::Done
    } else if has(Reply::Rejected) {
        ReferralState::Rejected
    } else if !logs.iter().any(|log| log.is_shared()) {
        ReferralState::Revoked
    } else if has(Reply::Accepted) {
        ReferralState::Accepted
    } else {
        ReferralState::Sent
    }
}

/// Where the referral to an organisation stands; `None` if there is none. Whether a date has passed that nobody has
/// marked yet is the caller's affair.
pub(crate) fn state_of(case: &Case, organisation: OrganisationId) -> Option<ReferralState> {
    let Some(core) = core(case) else {
        let logs: Vec<&CaseLog> = shared_with(case, organisation).collect();
        let current: Vec<&CaseLog> = logs.iter().copied().filter(|log| log.is_shared()).collect();
        return match (logs.is_empty(), current.is_empty()) {
            (true, _) => None,
            (false, true) => Some(ReferralState::Revoked),
            (false, false) => Some(answered(&current, organisation)),
        };
    };
    let consents: Vec<&ConsentView> =
        core.consents.iter().filter(|consent| consent.organisation == organisation).collect();
    let in_force: Vec<&Hash> =
        consents.iter().filter(|consent| consent.in_force()).map(|consent| &consent.consent).collect();
    if !in_force.is_empty() {
        let logs: Vec<&CaseLog> = shared_with(case, organisation)
            .filter(|log| in_force.iter().any(|consent| carries(log, consent)))
            .collect();
        return Some(if logs.is_empty() { ReferralState::Consented } else { answered(&logs, organisation) });
    }
    let proposal = core.referrals.iter().find(|referral| referral.organisation == organisation);
    match proposal {
        Some(ReferralView { reply: None, .. }) => Some(ReferralState::Proposed),
        Some(_) => Some(ReferralState::Revoked),
        None => (!consents.is_empty()).then_some(ReferralState::Revoked),
    }
}

/// The consents that this viewer may know of: all, or those to her own organisation.
pub(super) fn consents(case: &Case, viewer: Viewer) -> Vec<ConsentEntry> {
    if let Some(core) = core(case) {
        return core.consents.iter().map(ConsentEntry::of).collect();
    }
    let Some(organisation) = viewer.0 else { return Vec::new() };
    let mut found: BTreeMap<Hash, ConsentView> = BTreeMap::new();
    for log in shared_with(case, organisation) {
        for consent in log.fold.core.iter().flat_map(|core| &core.consents) {
            let known = found.entry(consent.consent).or_insert_with(|| consent.clone());
            known.withdrawn |= consent.withdrawn;
        }
    }
    found.values().map(ConsentEntry::of).collect()
}

/// The referrals that this viewer may know of.
pub(super) fn referrals(case: &Case, viewer: Viewer) -> Vec<ReferralEntry> {
    let core = core(case);
    let organisations: BTreeSet<OrganisationId> = match core {
        Some(core) => {
            let proposed = core.referrals.iter().map(|referral| referral.organisation);
            proposed.chain(core.consents.iter().map(|consent| consent.organisation)).collect()
        }
        None => viewer.0.into_iter().collect(),
    };
    let known = consents(case, viewer);
    organisations
        .into_iter()
        .filter_map(|organisation| {
            let state = state_of(case, organisation)?.as_str().to_owned();
            let proposal = core
                .and_then(|core| core.referrals.iter().find(|known| known.organisation == organisation))
                .filter(|proposal| !proposal.logs.is_empty());
            let consent = || known.iter().rev().find(|known| known.organisation == organisation);
            let (logs, purpose, until_ms) = match proposal {
                Some(proposal) => (proposal.logs.clone(), proposal.purpose.clone(), proposal.until),
                None => consent()
                    .map(|consent| (consent.logs.clone(), consent.purpose.clone(), consent.until_ms))
                    .unwrap_or_default(),
            };
            Some(ReferralEntry { organisation, state, logs, purpose, until_ms })
        })
        .collect()
}

/// For a desk that a case was referred to: where that stands.
pub(super) fn referred(case: &Case, viewer: Viewer) -> Option<ReferralState> {
    let organisation = viewer.0.filter(|organisation| *organisation != case.root.owner)?;
    state_of(case, organisation)
}
