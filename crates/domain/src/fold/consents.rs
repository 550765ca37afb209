//! Consents and referrals: what the migrant allows, what was proposed, how it was answered and how it ended.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    fields::Fields,
    registers::Register,
    state::{Conflict, ConsentView, ReferralView, Reply},
};
use crate::{
    event::{Body, Consent, ReferralReply},
    ids::{EventId, Hash, OrganisationId},
    role::LogKind,
    signed::Signed,
};

/// The consent that an event brings into a log: given in `core`, carried along with the key in a referral log.
fn consent_in(log: LogKind, body: &Body) -> Option<&Signed<Consent>> {
    match (log, body) {
        (LogKind::Core, Body::ConsentGrant(grant)) => Some(&grant.statement),
        (LogKind::Referral, Body::MemberAdd(add)) => add.statement.as_ref(),
        _ => None,
    }
}

#[derive(Default)]
struct Places {
    proposals: Vec<usize>,
    ends: Vec<usize>,
    answers: Vec<usize>,
}

impl Fields<'_, '_> {
    /// Consents: concurrent ones to one organisation are intersected, any withdrawal that a grant had not seen wins.
    pub fn consents(&self, log: LogKind) -> Vec<ConsentView> {
        let mut grants: BTreeMap<OrganisationId, Vec<usize>> = BTreeMap::new();
        for at in self.counts {
            if let Some(statement) = consent_in(log, self.body(*at)) {
                grants.entry(statement.body().organisation).or_default().push(*at);
            }
        }
        let mut views: Vec<ConsentView> = Vec::new();
        for (organisation, places) in grants {
            let standing = self.graph.maximal(places);
            let statements = || standing.iter().filter_map(|at| consent_in(log, self.body(*at)));
            let common: BTreeSet<LogKind> = statements()
                .map(|statement| statement.body().logs.iter().copied().collect::<BTreeSet<_>>())
                .reduce(|a, b| a.intersection(&b).copied().collect())
                .unwrap_or_default();
            let mut seen: BTreeSet<Hash> = BTreeSet::new();
            for at in &standing {
                let Some(statement) = consent_in(log, self.body(*at)) else { continue };
                let consent = statement.hash();
                if !seen.insert(consent) {
                    continue;
                }
                let past = self.graph.past(*at);
                let ends = |wanted: &dyn Fn(usize) -> bool| self.counts.iter().any(|other| wanted(*other));
                // A consent that a withdrawal names is over for good; another one may follow a withdrawal of all.
                let withdrawn = ends(&|other| match self.body(other) {
                    Body::ConsentWithdraw(body) => {
                        let withdrawal = body.statement.body();
                        withdrawal.organisation == organisation
                            && withdrawal.consent.map_or(!past[other], |named| named == consent)
                    }
                    _ => false,
                });
                let expired = ends(
                    &|other| matches!(self.body(other), Body::ConsentExpired(body) if body.consent == consent),
                );
                let revoked = ends(&|other| {
                    matches!(self.body(other), Body::ReferralRevoke(body) if body.organisation == organisation)
                        && !past[other]
                });
                let body = statement.body();
                views.push(ConsentView {
                    organisation,
                    consent,
                    logs: common.iter().copied().collect(),
                    purpose: body.purpose.clone(),
                    until: body.until,
                    withdrawn,
                    expired,
                    revoked,
                });
            }
        }
        views
    }

    fn referral_places(&self) -> BTreeMap<OrganisationId, Places> {
        let granted: BTreeMap<Hash, OrganisationId> = self
            .counts
            .iter()
            .filter_map(|at| consent_in(LogKind::Core, self.body(*at)))
            .map(|statement| (statement.hash(), statement.body().organisation))
            .collect();
        let mut places: BTreeMap<OrganisationId, Places> = BTreeMap::new();
        for at in self.counts.iter().copied() {
            match self.body(at) {
                Body::ReferralPropose(body) => {
                    places.entry(body.organisation).or_default().proposals.push(at);
                }
                Body::ConsentDecline(body) => places.entry(body.organisation).or_default().ends.push(at),
                Body::ReferralRevoke(body) => places.entry(body.organisation).or_default().ends.push(at),
                Body::ConsentWithdraw(body) => {
                    places.entry(body.statement.body().organisation).or_default().ends.push(at);
                }
                Body::ConsentExpired(body) => {
                    if let Some(organisation) = granted.get(&body.consent) {
                        places.entry(*organisation).or_default().ends.push(at);
                    }
                }
                Body::ReferralAnswer(_) => {
                    let organisation = self.graph.events[at].event().roster.organisation();
                    places.entry(organisation).or_default().answers.push(at);
                }
                _ => {}
            }
        }
        places
    }

    /// Referrals: the last proposal to each organisation and what followed it. An end that the proposal had not seen
    /// holds against every answer; of the answers the last one is shown.
    pub fn referrals(&self, conflicts: &mut Vec<Conflict>) -> Vec<ReferralView> {
        let mut views = Vec::new();
        for (organisation, Places { proposals, mut ends, mut answers }) in self.referral_places() {
            let declined = |at: &usize| matches!(self.body(*at), Body::ConsentDecline(_));
            if proposals.is_empty() && answers.is_empty() && ends.iter().all(declined) {
                // She declined what nobody proposed.
                continue;
            }
            let mut view = ReferralView {
                organisation,
                logs: Vec::new(),
                purpose: String::new(),
                until: None,
                reply: None,
            };
            if let Some(register) = Register::of(self.graph, proposals) {
                let past = self.graph.past(register.shown);
                ends.retain(|at| !past[*at]);
                answers.retain(|at| !past[*at]);
                if let Body::ReferralPropose(proposal) = self.body(register.shown) {
                    view.logs.clone_from(&proposal.logs);
                    view.purpose.clone_from(&proposal.purpose);
                    view.until = proposal.until;
                }
                let others: Vec<EventId> = register
                    .others
                    .iter()
                    .filter(|at| self.body(**at) != self.body(register.shown))
                    .map(|at| self.id(*at))
                    .collect();
                if !others.is_empty() {
                    conflicts.push(Conflict {
                        field: "referral".to_owned(),
                        shown: self.id(register.shown),
                        others,
                    });
                }
            }
            let last = Register::of(self.graph, ends).or_else(|| Register::of(self.graph, answers));
            view.reply = last.and_then(|register| match self.body(register.shown) {
                Body::ConsentDecline(_) => Some(Reply::Declined),
                Body::ReferralRevoke(_) => Some(Reply::Revoked),
                Body::ConsentWithdraw(_) => Some(Reply::Withdrawn),
                Body::ConsentExpired(_) => Some(Reply::Expired),
                Body::ReferralAnswer(answer) => Some(match answer.reply {
                    ReferralReply::Accepted => Reply::Accepted,
                    ReferralReply::Rejected => Reply::Rejected,
                    ReferralReply::Done => Reply::Done,
                }),
                _ => None,
            });
            views.push(view);
        }
        views
    }
}
