//! Fields of a `core` or `referral` log: what is shown when they were written concurrently.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    authorise::Party,
    graph::Graph,
    members::Author,
    registers::Register,
    state::{Conflict, SafeguardState},
    steps::Steps,
};
use crate::{
    event::{Body, LogHeads, SafeguardSet},
    ids::{CaseId, EventId, OrganisationId},
    lifecycle::{case::CaseState, emergency::EmergencyState},
    priority::PriorityFloor,
    safe_contact::SafeContact,
};

/// Where a case stands.
pub(super) struct Status {
    pub status: CaseState,
    pub event: Option<EventId>,
    /// What a closing had seen of other logs.
    pub seen: Vec<LogHeads>,
    pub duplicate_of: Option<CaseId>,
    /// The owner that it went to.
    pub transferred_to: Option<OrganisationId>,
}

/// What was proposed last, and whether she wants it.
pub(super) struct ProposedTransfer {
    pub proposed: Option<OrganisationId>,
    pub declined: Option<OrganisationId>,
}

/// Reads fields from the events that count.
pub(super) struct Fields<'g, 'a> {
    pub graph: &'g Graph<'a>,
    /// Places of the events that count, in fold order.
    pub counts: &'g [usize],
}

impl Fields<'_, '_> {
    pub(super) fn id(&self, at: usize) -> EventId {
        self.graph.events[at].id()
    }

    pub(super) fn body(&self, at: usize) -> &Body {
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

    /// The case's status: the migrant's withdrawal wins, then her transfer; a closing yields to anything she wrote meanwhile; otherwise
    /// the later step is shown.
    pub fn status(
        &self,
        steps: &Steps<CaseState>,
        authors: &[Option<Author>],
        conflicts: &mut Vec<Conflict>,
    ) -> Status {
        let Some(register) = Register::of(self.graph, steps.keys().copied()) else {
            return Status {
                status: CaseState::Queued,
                event: None,
                seen: Vec::new(),
                duplicate_of: None,
                transferred_to: None,
            };
        };
        let current: Vec<usize> = register.all().collect();
        let hers = |ends: fn(&Body) -> bool| current.iter().copied().find(|at| ends(self.body(*at)));
        let ended = hers(|body| matches!(body, Body::CaseWithdraw(_)))
            .or_else(|| hers(|body| matches!(body, Body::CaseTransfer(_))));
        let contradicted: Vec<bool> = current
            .iter()
            .map(|at| {
                ended.is_none()
                    && matches!(steps[at], CaseState::Closed(_))
                    && self.migrant_wrote_beside(*at, authors)
            })
            .collect();
        // The latest first.
        let mut order: Vec<usize> = (0..current.len()).collect();
        order[1..].reverse();
        let standing = order.into_iter().find(|nth| !contradicted[*nth]);
        let (shown, status) = match (ended, standing) {
            (Some(at), _) => (at, steps[&at]),
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
        let merged = |at: usize| match self.body(at) {
            Body::CaseMerge(other) => Some(other.case),
            _ => None,
        };
        let duplicate_of = merged(shown);
        if status == CaseState::Duplicate {
            let others: Vec<EventId> = current
                .iter()
                .filter(|at| merged(**at).is_some() && merged(**at) != duplicate_of)
                .map(|at| self.id(*at))
                .collect();
            if !others.is_empty() {
                conflicts.push(Conflict { field: "merged_into".to_owned(), shown: self.id(shown), others });
            }
        }
        let transferred_to = match self.body(shown) {
            Body::CaseTransfer(body) => Some(body.statement.body().organisation),
            _ => None,
        };
        let seen = match self.body(shown) {
            Body::StatusSet(set) if matches!(status, CaseState::Closed(_)) => set.seen.clone(),
            _ => Vec::new(),
        };
        Status { status, event: Some(self.id(shown)), seen, duplicate_of, transferred_to }
    }

    /// The organisation last proposed to take the case over. A decline ends the proposals of that organisation that it
    /// had seen; a later one stands again.
    pub fn transfer(&self, conflicts: &mut Vec<Conflict>) -> ProposedTransfer {
        let proposal = |at: usize| match self.body(at) {
            Body::TransferPropose(body) => Some(body.organisation),
            _ => None,
        };
        let writes = self.writes(|body| matches!(body, Body::TransferPropose(_)).then_some(()));
        let Some(register) = Register::of(self.graph, writes) else {
            return ProposedTransfer { proposed: None, declined: None };
        };
        let is_declined = |at: &usize| {
            self.counts.iter().any(|other| match self.body(*other) {
                Body::TransferDecline(body) => {
                    proposal(*at) == Some(body.organisation) && self.graph.past(*other)[*at]
                }
                _ => false,
            })
        };
        // The latest first.
        let mut standing: Vec<usize> = register.all().collect();
        standing[1..].reverse();
        standing.retain(|at| !is_declined(at));
        let Some(shown) = standing.first().copied() else {
            return ProposedTransfer { proposed: None, declined: proposal(register.shown) };
        };
        let mut others: Vec<usize> =
            standing.into_iter().filter(|at| proposal(*at) != proposal(shown)).collect();
        others.reverse();
        if !others.is_empty() {
            let others = others.into_iter().map(|at| self.id(at)).collect();
            conflicts.push(Conflict { field: "transfer".to_owned(), shown: self.id(shown), others });
        }
        ProposedTransfer { proposed: proposal(shown), declined: None }
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
        self.all_say_yes(|body| match body {
            Body::OriginContactSet(set) => Some(set.allowed),
            _ => None,
        })
    }

    /// Each open only if every write of it in force says so.
    pub fn safeguards(&self) -> SafeguardState {
        let open = |read: fn(&SafeguardSet) -> Option<bool>| {
            self.all_say_yes(|body| match body {
                Body::SafeguardSet(set) => read(set),
                _ => None,
            })
        };
        SafeguardState {
            return_is_safe: open(|set| set.return_is_safe),
            best_interests_decided: open(|set| set.best_interests_decided),
            deceased: open(|set| set.deceased),
        }
    }

    fn all_say_yes(&self, read: impl Fn(&Body) -> Option<bool>) -> bool {
        Register::of(self.graph, self.writes(&read))
            .is_some_and(|register| register.all().all(|at| read(self.body(at)) == Some(true)))
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
