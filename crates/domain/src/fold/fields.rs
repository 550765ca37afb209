//! Fields of a `core` or `referral` log: what is shown when they were written concurrently.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    authorise::Party,
    graph::Graph,
    members::Author,
    registers::Register,
    state::{Conflict, ConsentView, ReferralView, Reply},
    steps::Steps,
};
use crate::{
    event::{Body, LogHeads, ReferralReply},
    ids::{CaseId, EventId, OrganisationId},
    lifecycle::{case::CaseState, emergency::EmergencyState},
    priority::PriorityFloor,
    role::LogKind,
    safe_contact::SafeContact,
};

/// Where a case stands.
pub(super) struct Status {
    pub status: CaseState,
    pub event: Option<EventId>,
    /// What a closing had seen of other logs.
    pub seen: Vec<LogHeads>,
    pub duplicate_of: Option<CaseId>,
}

/// Reads fields from the events that count.
pub(super) struct Fields<'g, 'a> {
    pub graph: &'g Graph<'a>,
    /// Places of the events that count, in fold order.
    pub counts: &'g [usize],
}

impl Fields<'_, '_> {
    fn id(&self, at: usize) -> EventId {
        self.graph.events[at].id()
    }

    fn body(&self, at: usize) -> &Body {
        self.graph.events[at].body()
    }

    fn writes<T>(&self, read: impl Fn(&Body) -> Option<T>) -> Vec<usize> {
        self.counts.iter().copied().filter(|at| read(self.body(*at)).is_some()).collect()
    }

    /// An ordinary field: the later value is shown, the other one restorable.
    pub fn ordinary<T: PartialEq>(
        &self,
        field: &str,
        conflicts: &mut Vec<Conflict>,
        read: impl Fn(&Body) -> Option<T>,
    ) -> Option<T> {
        let register = Register::of(self.graph, self.writes(&read))?;
        let value = read(self.body(register.shown));
        let others: Vec<EventId> = register
            .others
            .iter()
            .filter(|at| read(self.body(**at)) != value)
            .map(|at| self.id(*at))
            .collect();
        if !others.is_empty() {
            conflicts.push(Conflict { field: field.to_owned(), shown: self.id(register.shown), others });
        }
        value
    }

    /// Whether the migrant wrote something that neither saw this event nor was seen by its author.
    fn migrant_wrote_beside(&self, at: usize, authors: &[Option<Author>]) -> bool {
        let (past, future) = (self.graph.past(at), self.graph.future([at]));
        self.counts.iter().any(|other| {
            *other != at
                && !past[*other]
                && !future[*other]
                && authors[*other].is_some_and(|author| author.party == Party::Migrant)
                && !self.graph.events[*other].event().kind.is_bookkeeping()
        })
    }

    /// The case's status: the migrant's withdrawal wins; a closing yields to anything she wrote meanwhile; otherwise
    /// the later step is shown.
    pub fn status(
        &self,
        steps: &Steps<CaseState>,
        authors: &[Option<Author>],
        conflicts: &mut Vec<Conflict>,
    ) -> Status {
        let Some(register) = Register::of(self.graph, steps.keys().copied()) else {
            return Status { status: CaseState::Queued, event: None, seen: Vec::new(), duplicate_of: None };
        };
        let current: Vec<usize> = register.all().collect();
        let withdrawn = current.iter().find(|at| matches!(self.body(**at), Body::CaseWithdraw(_)));
        let contradicted: Vec<bool> = current
            .iter()
            .map(|at| {
                withdrawn.is_none()
                    && matches!(steps[at], CaseState::Closed(_))
                    && self.migrant_wrote_beside(*at, authors)
            })
            .collect();
        // The latest first.
        let mut order: Vec<usize> = (0..current.len()).collect();
        order[1..].reverse();
        let standing = order.into_iter().find(|nth| !contradicted[*nth]);
        let (shown, status) = match (withdrawn, standing) {
            (Some(at), _) => (*at, CaseState::Withdrawn),
            (None, Some(nth)) => (current[nth], steps[&current[nth]]),
            (None, None) => (register.shown, CaseState::Reopened),
        };
        let others: Vec<EventId> = current
            .iter()
            .filter(|at| **at != shown && steps[*at] != status)
            .map(|at| self.id(*at))
            .collect();
        if !others.is_empty() || status != steps[&shown] {
            conflicts.push(Conflict { field: "status".to_owned(), shown: self.id(shown), others });
        }
        let seen = match self.body(shown) {
            Body::StatusSet(set) if matches!(status, CaseState::Closed(_)) => set.seen.clone(),
            _ => Vec::new(),
        };
        let duplicate_of = match self.body(shown) {
            Body::CaseMerge(other) => Some(other.case),
            _ => None,
        };
        Status { status, event: Some(self.id(shown)), seen, duplicate_of }
    }

    /// An emergency's state: of concurrent ones an open one wins, then the later.
    pub fn emergency(
        &self,
        steps: &Steps<EmergencyState>,
        conflicts: &mut Vec<Conflict>,
    ) -> Option<EmergencyState> {
        let register = Register::of(self.graph, steps.keys().copied())?;
        let shown = register
            .all()
            .filter(|at| steps[at].is_open())
            .max_by_key(|at| (self.graph.events[*at].event().claimed_ms, self.id(*at)))
            .unwrap_or(register.shown);
        let others: Vec<EventId> =
            register.all().filter(|at| steps[at] != steps[&shown]).map(|at| self.id(at)).collect();
        if !others.is_empty() {
            conflicts.push(Conflict { field: "emergency".to_owned(), shown: self.id(shown), others });
        }
        steps.get(&shown).copied()
    }

    /// Concurrent plans: a channel only if all allow it, "do not reply" wins.
    pub fn safe_contact(&self) -> Option<SafeContact> {
        let read = |body: &Body| match body {
            Body::Genesis(genesis) => genesis.opening.as_ref()?.safe_contact.clone(),
            Body::SafeContactSet(set) => Some(set.plan.clone()),
            _ => None,
        };
        let register = Register::of(self.graph, self.writes(read))?;
        register.all().filter_map(|at| read(self.body(at))).reduce(|a, b| a.merge(&b))
    }

    /// Floors in force, one per rule, the most urgent of concurrent ones.
    pub fn floors(&self) -> Vec<PriorityFloor> {
        let mut rules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for at in self.counts {
            if let Body::PriorityFloor(floor) = self.body(*at) {
                rules.entry(&floor.rule).or_default().push(*at);
            }
        }
        rules
            .into_values()
            .filter_map(|writes| {
                let register = Register::of(self.graph, writes)?;
                register
                    .all()
                    .filter_map(|at| match self.body(at) {
                        Body::PriorityFloor(floor) => Some(floor.clone()),
                        _ => None,
                    })
                    .min_by_key(|floor| floor.priority)
            })
            .collect()
    }

    /// Allowed only if every write in force allows it.
    pub fn origin_contact_allowed(&self) -> bool {
        let read = |body: &Body| match body {
            Body::OriginContactSet(set) => Some(set.allowed),
            _ => None,
        };
        Register::of(self.graph, self.writes(read))
            .is_some_and(|register| register.all().all(|at| read(self.body(at)) == Some(true)))
    }

    /// Consents: concurrent ones to one organisation are intersected, any withdrawal that a grant had not seen wins.
    pub fn consents(&self) -> Vec<ConsentView> {
        let mut grants: BTreeMap<OrganisationId, Vec<usize>> = BTreeMap::new();
        for at in self.counts {
            if let Body::ConsentGrant(grant) = self.body(*at) {
                grants.entry(grant.statement.body().organisation).or_default().push(*at);
            }
        }
        let mut views = Vec::new();
        for (organisation, places) in grants {
            let standing = self.graph.maximal(places);
            let common: BTreeSet<LogKind> = standing
                .iter()
                .filter_map(|at| match self.body(*at) {
                    Body::ConsentGrant(grant) => {
                        Some(grant.statement.body().logs.iter().copied().collect::<BTreeSet<_>>())
                    }
                    _ => None,
                })
                .reduce(|a, b| a.intersection(&b).copied().collect())
                .unwrap_or_default();
            for at in standing {
                let Body::ConsentGrant(grant) = self.body(at) else { continue };
                let consent = grant.statement.hash();
                let past = self.graph.past(at);
                // A consent that a withdrawal names is over for good; another one may follow a withdrawal of all.
                let withdrawn = self.counts.iter().any(|other| match self.body(*other) {
                    Body::ConsentWithdraw(body) => {
                        let withdrawal = body.statement.body();
                        withdrawal.organisation == organisation
                            && withdrawal.consent.map_or(!past[*other], |named| named == consent)
                    }
                    _ => false,
                });
                let expired = self.counts.iter().any(
                    |other| matches!(self.body(*other), Body::ConsentExpired(body) if body.consent == consent),
                );
                let body = grant.statement.body();
                views.push(ConsentView {
                    organisation,
                    consent,
                    logs: common.iter().copied().collect(),
                    purpose: body.purpose.clone(),
                    until: body.until,
                    withdrawn,
                    expired,
                });
            }
        }
        views
    }

    /// Referrals: the last proposal to each organisation and what followed it. An end that the proposal had not seen
    /// holds against every answer; of the answers the last one is shown.
    pub fn referrals(&self, conflicts: &mut Vec<Conflict>) -> Vec<ReferralView> {
        #[derive(Default)]
        struct Places {
            proposals: Vec<usize>,
            ends: Vec<usize>,
            answers: Vec<usize>,
        }
        let mut places: BTreeMap<OrganisationId, Places> = BTreeMap::new();
        for at in self.counts.iter().copied() {
            match self.body(at) {
                Body::ReferralPropose(body) => {
                    places.entry(body.organisation).or_default().proposals.push(at)
                }
                Body::ConsentDecline(body) => places.entry(body.organisation).or_default().ends.push(at),
                Body::ReferralRevoke(body) => places.entry(body.organisation).or_default().ends.push(at),
                Body::ReferralAnswer(_) => {
                    let organisation = self.graph.events[at].event().roster.organisation();
                    places.entry(organisation).or_default().answers.push(at);
                }
                _ => {}
            }
        }
        let mut views = Vec::new();
        for (organisation, Places { proposals, mut ends, mut answers }) in places {
            let revoked = ends.iter().any(|at| matches!(self.body(*at), Body::ReferralRevoke(_)));
            if proposals.is_empty() && answers.is_empty() && !revoked {
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

    /// What each side has declared to hold (or, for `reads`, opened): the union of all its declarations.
    pub fn holdings(
        &self,
        authors: &[Option<Author>],
        reads: bool,
    ) -> BTreeMap<Option<OrganisationId>, Vec<LogHeads>> {
        let mut union: BTreeMap<Option<OrganisationId>, BTreeMap<_, BTreeSet<EventId>>> = BTreeMap::new();
        for at in self.counts {
            let receipt = match self.body(*at) {
                Body::Receipt(receipt) if !reads => receipt,
                Body::Read(receipt) if reads => receipt,
                _ => continue,
            };
            let Some(author) = authors[*at] else { continue };
            let logs = union.entry(author.organisation).or_default();
            for entry in &receipt.heads {
                logs.entry(entry.log).or_default().extend(entry.heads.iter().copied());
            }
        }
        union
            .into_iter()
            .map(|(who, logs)| {
                let heads = logs
                    .into_iter()
                    .map(|(log, heads)| LogHeads { log, heads: heads.into_iter().collect() })
                    .collect();
                (who, heads)
            })
            .collect()
    }

    /// The owner's first declaration to hold the case.
    pub fn received(&self, authors: &[Option<Author>], owner: OrganisationId) -> Option<u64> {
        self.counts
            .iter()
            .filter(|at| {
                matches!(self.body(**at), Body::Receipt(_) | Body::Read(_))
                    && authors[**at].is_some_and(|author| author.organisation == Some(owner))
            })
            .map(|at| self.graph.events[*at].event().claimed_ms)
            .min()
    }
}
