//! Membership and device passes: whose events count.
//!
//! Both are decided by causality alone. Owner devices and migrant are judged first (they are members for life),
//! then who they let in and out, then the devices of those others.

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map::Entry};

use super::{
    Reason,
    authorise::Party,
    graph::{Graph, Marks},
    rosters::RosterBook,
};
use crate::{
    event::{Body, CaseRoot, MemberAdd},
    ids::{CaseId, DeviceId, EventId, Hash, OrganisationId},
    role::LogKind,
};

/// The author of a placed event, resolved against the roster it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Author {
    pub organisation: Option<OrganisationId>,
    pub party: Party,
}

/// Refusals so far, by place in the graph.
pub(super) type Refusals = BTreeMap<usize, Reason>;

pub(super) fn refuse(refused: &mut Refusals, at: usize, reason: Reason) {
    if let Entry::Vacant(free) = refused.entry(at) {
        free.insert(reason);
    }
}

/// Resolves the author of each event; refuses those whom the roster they name does not list.
pub(super) fn authors(
    graph: &Graph<'_>,
    root: &CaseRoot,
    rosters: &RosterBook,
    refused: &mut Refusals,
) -> Vec<Option<Author>> {
    let resolve = |at: usize| -> Result<Author, Reason> {
        let event = graph.events[at].event();
        let named = event.roster;
        let facts = rosters.get(named.organisation(), named.number());
        if facts.is_some_and(|facts| facts.hash != named.hash()) {
            return Err(Reason::RosterMismatch);
        }
        if event.author == root.sign {
            return Ok(Author { organisation: None, party: Party::Migrant });
        }
        let role =
            facts.and_then(|facts| facts.devices.get(&event.device()).copied()).ok_or(Reason::NotInRoster)?;
        let party = if named.organisation() == root.owner { Party::Owner(role) } else { Party::Other(role) };
        Ok(Author { organisation: Some(named.organisation()), party })
    };
    (0..graph.len())
        .map(|at| match resolve(at) {
            Ok(author) => Some(author),
            Err(reason) => {
                refuse(refused, at, reason);
                None
            }
        })
        .collect()
}

/// Refuses events of devices that a later roster, known to somebody who had not seen the event, no longer lists.
///
/// Evaluated from the highest roster named downwards, so that a removed device cannot speak for itself.
pub(super) fn device_pass(
    graph: &Graph<'_>,
    authors: &[Option<Author>],
    organisation: OrganisationId,
    rosters: &RosterBook,
    refused: &mut Refusals,
) {
    let mut by_number: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, author) in authors.iter().enumerate() {
        let named = graph.events[at].event().roster;
        if author.is_some() && named.organisation() == organisation && !refused.contains_key(&at) {
            by_number.entry(named.number()).or_default().push(at);
        }
    }
    let highest = by_number.keys().next_back().copied().unwrap_or(0);
    let mut witnesses: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    // The roster that cuts off a device which names roster k, found once for each.
    let mut cuts: HashMap<(DeviceId, u64), Option<u64>> = HashMap::new();
    // By cutting roster: what is known to be in the past of every witness from that roster on.
    let mut seen: HashMap<u64, Marks> = HashMap::new();
    for (number, events) in by_number.into_iter().rev() {
        // Latest first: what an event that all witnesses saw has in its past, they saw too.
        for at in events.iter().rev().copied() {
            if authors[at].is_none_or(|author| author.organisation.is_none()) {
                continue;
            }
            let device = graph.events[at].event().device();
            let cut = *cuts
                .entry((device, number))
                .or_insert_with(|| rosters.first_without(organisation, &device, number, highest));
            let Some(cut) = cut else { continue };
            let seen = seen.entry(cut).or_insert_with(|| vec![false; graph.len()]);
            if seen[at] {
                continue;
            }
            let future = graph.future([at]);
            if witnesses.range(cut..).flat_map(|(_, places)| places).all(|witness| future[*witness]) {
                seen[at] = true;
                seen.iter_mut().zip(graph.past(at)).for_each(|(mark, past)| *mark |= past);
            } else {
                refuse(refused, at, Reason::DeviceRemoved);
            }
        }
        witnesses.insert(number, events.into_iter().filter(|at| !refused.contains_key(at)).collect());
    }
}

/// One change of membership.
struct Change {
    at: usize,
    organisation: OrganisationId,
    adds: bool,
}

/// Organisations in a log over its causal history.
pub(super) struct Membership {
    permanent: OrganisationId,
    changes: Vec<Change>,
    /// Removals that no re-add has seen.
    open: Vec<usize>,
}

impl Membership {
    /// Reads the changes of membership that count so far. Refuses an add that uses a consent which the migrant has
    /// taken back.
    pub fn build(
        graph: &Graph<'_>,
        authors: &[Option<Author>],
        permanent: OrganisationId,
        refused: &mut Refusals,
    ) -> Self {
        let withdrawals = Withdrawals::build(graph, authors, refused);
        let mut changes = Vec::new();
        for (at, author) in authors.iter().enumerate() {
            let (Some(author), false) = (author, refused.contains_key(&at)) else { continue };
            let (organisation, adds) = match graph.events[at].body() {
                Body::MemberAdd(add) if withdrawals.make_stale(add, at, author.party) => {
                    refuse(refused, at, Reason::NoConsent);
                    continue;
                }
                Body::MemberAdd(add) => (add.organisation, true),
                Body::MemberRemove(remove) => (remove.organisation, false),
                Body::ConsentWithdraw(body) => (body.statement.body().organisation, false),
                _ => continue,
            };
            changes.push(Change { at, organisation, adds });
        }
        let open = changes
            .iter()
            .filter(|removal| !removal.adds)
            .filter(|removal| {
                let after = graph.future([removal.at]);
                !changes.iter().any(|change| {
                    change.adds && change.organisation == removal.organisation && after[change.at]
                })
            })
            .map(|removal| removal.at)
            .collect();
        Self { permanent, changes, open }
    }

    fn places(&self, organisation: OrganisationId, adds: bool) -> impl Iterator<Item = usize> + '_ {
        self.changes
            .iter()
            .filter(move |change| change.adds == adds && change.organisation == organisation)
            .map(|change| change.at)
    }

    /// Where an organisation's events count: it joined in the event's past, and every removal either has the event
    /// in its past or was followed, in the event's past, by a re-add that saw the removal.
    fn counting(&self, graph: &Graph<'_>, organisation: OrganisationId) -> Marks {
        let mut counting = graph.future(self.places(organisation, true));
        for removal in self.places(organisation, false) {
            let before = graph.past(removal);
            let after = graph.future([removal]);
            let back = graph.future(self.places(organisation, true).filter(|add| after[*add]));
            for (at, counts) in counting.iter_mut().enumerate() {
                *counts &= before[at] || back[at];
            }
        }
        counting
    }

    /// Refuses events of organisations that were no members where they wrote. Returns the organisations other than
    /// the permanent one that wrote at all.
    pub fn refuse_outsiders(
        &self,
        graph: &Graph<'_>,
        authors: &[Option<Author>],
        refused: &mut Refusals,
    ) -> BTreeSet<OrganisationId> {
        let others: BTreeSet<OrganisationId> = authors
            .iter()
            .flatten()
            .filter_map(|author| author.organisation)
            .filter(|organisation| *organisation != self.permanent)
            .collect();
        for organisation in &others {
            let counting = self.counting(graph, *organisation);
            for (at, author) in authors.iter().enumerate() {
                if author.is_some_and(|author| author.organisation == Some(*organisation)) && !counting[at] {
                    refuse(refused, at, Reason::NotMember);
                }
            }
        }
        others
    }

    /// Who is a member now: joined, and every removal is followed by a re-add that saw it.
    pub fn current(&self) -> BTreeSet<OrganisationId> {
        let removed: BTreeSet<OrganisationId> = self
            .changes
            .iter()
            .filter(|change| self.open.contains(&change.at))
            .map(|change| change.organisation)
            .collect();
        let joined = self.changes.iter().filter(|change| change.adds).map(|change| change.organisation);
        joined
            .filter(|organisation| !removed.contains(organisation))
            .chain(std::iter::once(self.permanent))
            .collect()
    }

    /// The removals in force: the event ids of those that no re-add has seen.
    pub fn removals(&self, graph: &Graph<'_>) -> Vec<EventId> {
        self.open.iter().map(|at| graph.events[*at].id()).collect()
    }
}

/// Refuses changes of membership that nobody may make: letting in whom the migrant did not consent to, letting a
/// third into a log of two, putting out the member for life.
pub(super) fn check_changes(
    graph: &Graph<'_>,
    authors: &[Option<Author>],
    (root, case): (&CaseRoot, &CaseId),
    (log, with, permanent): (LogKind, Option<OrganisationId>, OrganisationId),
    refused: &mut Refusals,
) {
    for (at, author) in authors.iter().enumerate() {
        let Some(author) = author else { continue };
        let verdict = match graph.events[at].body() {
            Body::MemberAdd(add) => {
                let open_to = match log {
                    LogKind::Work => false,
                    LogKind::Referral => with == Some(add.organisation),
                    _ => true,
                };
                if open_to { consented(add, (root, case), log, author.party) } else { Err(Reason::Forbidden) }
            }
            Body::MemberRemove(remove) if remove.organisation == permanent => Err(Reason::Forbidden),
            Body::ConsentWithdraw(body) if body.statement.body().organisation == permanent => {
                Err(Reason::Forbidden)
            }
            _ => Ok(()),
        };
        if let Err(reason) = verdict {
            refuse(refused, at, reason);
        }
    }
}

/// Whether the migrant agrees that an organisation joins this log: she says so herself, or signed it for this case,
/// this organisation and this kind of log.
fn consented(
    add: &MemberAdd,
    (root, case): (&CaseRoot, &CaseId),
    log: LogKind,
    party: Party,
) -> Result<(), Reason> {
    let Some(statement) = &add.statement else {
        return if party == Party::Migrant { Ok(()) } else { Err(Reason::NoConsent) };
    };
    let consent = statement.body();
    let fits = consent.key == root.sign
        && consent.deployment == root.deployment
        && consent.case == *case
        && consent.organisation == add.organisation
        && (log == LogKind::Referral || (log.may_be_consented() && consent.logs.contains(&log)));
    if fits { Ok(()) } else { Err(Reason::BadStatement) }
}

/// A withdrawal that counts.
struct Withdrawn {
    organisation: OrganisationId,
    /// The consent it names; `None` = every one before it.
    consent: Option<Hash>,
    after: Marks,
}

/// Consents that the migrant has taken back, as far as this log tells.
struct Withdrawals {
    withdrawn: Vec<Withdrawn>,
    /// Where each consent occurs.
    carriers: BTreeMap<Hash, Vec<usize>>,
}

impl Withdrawals {
    fn build(graph: &Graph<'_>, authors: &[Option<Author>], refused: &Refusals) -> Self {
        let mut withdrawn = Vec::new();
        let mut carriers: BTreeMap<Hash, Vec<usize>> = BTreeMap::new();
        for at in (0..graph.len()).filter(|at| authors[*at].is_some() && !refused.contains_key(at)) {
            match graph.events[at].body() {
                Body::ConsentWithdraw(body) => {
                    let withdrawal = body.statement.body();
                    withdrawn.push(Withdrawn {
                        organisation: withdrawal.organisation,
                        consent: withdrawal.consent,
                        after: graph.future([at]),
                    });
                }
                Body::ConsentGrant(grant) => carriers.entry(grant.statement.hash()).or_default().push(at),
                Body::MemberAdd(add) => {
                    if let Some(statement) = &add.statement {
                        carriers.entry(statement.hash()).or_default().push(at);
                    }
                }
                _ => {}
            }
        }
        Self { withdrawn, carriers }
    }

    /// Whether an add uses a consent although its author had seen that it was taken back. (An author who had not
    /// seen it needs no rule: the withdrawal is a removal that the add does not undo.)
    fn make_stale(&self, add: &MemberAdd, at: usize, party: Party) -> bool {
        let (Some(statement), true) = (&add.statement, party != Party::Migrant) else { return false };
        let consent = statement.hash();
        self.withdrawn.iter().any(|withdrawn| {
            withdrawn.organisation == add.organisation
                && withdrawn.after[at]
                && match withdrawn.consent {
                    Some(named) => named == consent,
                    None => self
                        .carriers
                        .get(&consent)
                        .is_some_and(|places| places.iter().any(|place| !withdrawn.after[*place])),
                }
        })
    }
}
