//! Membership and device passes: whose events count.
//!
//! Both are decided by causality alone. Owner devices and migrant are judged first (they are members for life),
//! then who they let in and out, then the devices of those others.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{Reason, authorise::Party, graph::Graph, rosters::RosterBook};
use crate::{
    event::{Body, CaseRoot},
    ids::{EventId, OrganisationId},
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
    counts: impl Fn(usize) -> bool,
    rosters: &RosterBook,
    refused: &mut Refusals,
) {
    let mut by_number: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for at in 0..graph.len() {
        let named = graph.events[at].event().roster;
        if named.organisation() == organisation
            && authors[at].is_some()
            && counts(at)
            && !refused.contains_key(&at)
        {
            by_number.entry(named.number()).or_default().push(at);
        }
    }
    // Only a device that some named roster lacks can be cut; in most logs there is none.
    let highest = by_number.keys().next_back().copied().unwrap_or(0);
    let mut witnesses: Vec<(u64, usize)> = Vec::new();
    for (number, events) in by_number.into_iter().rev() {
        for at in &events {
            let is_device = authors[*at].is_some_and(|author| author.organisation.is_some());
            let device = graph.events[*at].event().device();
            if is_device
                && rosters.cut_between(organisation, &device, number, highest)
                && witnesses.iter().any(|(named, witness)| {
                    !graph.before(*at, *witness) && rosters.cut_between(organisation, &device, number, *named)
                })
            {
                refuse(refused, *at, Reason::DeviceRemoved);
            }
        }
        witnesses.extend(events.into_iter().filter(|at| !refused.contains_key(at)).map(|at| (number, at)));
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
    founding: BTreeSet<OrganisationId>,
    permanent: OrganisationId,
    changes: Vec<Change>,
}

impl Membership {
    /// Reads `member.*` events of migrant and owner. Refuses a grant that the migrant did not sign for this case,
    /// this organisation and this log.
    pub fn build(
        graph: &Graph<'_>,
        authors: &[Option<Author>],
        root: &CaseRoot,
        log: LogKind,
        with: Option<OrganisationId>,
        refused: &mut Refusals,
    ) -> Self {
        let mut founding = BTreeSet::new();
        let permanent = if log == LogKind::Work { with.unwrap_or(root.owner) } else { root.owner };
        founding.insert(permanent);
        founding.extend(with);
        let mut changes = Vec::new();
        for (at, author) in authors.iter().enumerate() {
            let (Some(author), false) = (author, refused.contains_key(&at)) else { continue };
            let organisation = match graph.events[at].body() {
                Body::MemberAdd(body) => body.organisation,
                Body::MemberRemove(body) => body.organisation,
                Body::ConsentWithdraw(body) => body.statement.body().organisation,
                _ => continue,
            };
            let verdict = match graph.events[at].body() {
                _ if matches!(author.party, Party::Other(_)) => Err(Reason::Forbidden),
                Body::MemberAdd(_) if log == LogKind::Work => Err(Reason::Forbidden),
                Body::MemberAdd(body) => match &body.statement {
                    Some(statement) => {
                        let consent = statement.body();
                        let fits = consent.key == root.sign
                            && consent.deployment == root.deployment
                            && root.case().is_ok_and(|case| consent.case == case)
                            && consent.organisation == organisation
                            && (log == LogKind::Referral || consent.logs.contains(&log));
                        if fits { Ok(true) } else { Err(Reason::BadStatement) }
                    }
                    None if author.party == Party::Migrant => Ok(true),
                    None => Err(Reason::NoConsent),
                },
                _ if organisation == permanent => Err(Reason::Forbidden),
                _ => Ok(false),
            };
            match verdict {
                Ok(adds) => changes.push(Change { at, organisation, adds }),
                Err(reason) => refuse(refused, at, reason),
            }
        }
        Self { founding, permanent, changes }
    }

    /// Whether an organisation's event at this place counts: it was a member in the event's past, and no removal
    /// outside that past (or inside, unless re-added later) stands against it.
    pub fn counts(&self, graph: &Graph<'_>, organisation: OrganisationId, at: usize) -> bool {
        if organisation == self.permanent {
            return true;
        }
        let mine = || self.changes.iter().filter(|change| change.organisation == organisation);
        let joined = self.founding.contains(&organisation)
            || mine().any(|change| change.adds && graph.before(change.at, at));
        joined
            && mine().filter(|change| !change.adds).all(|removal| {
                graph.before(at, removal.at)
                    || mine().any(|change| {
                        change.adds && graph.before(change.at, at) && graph.before(removal.at, change.at)
                    })
            })
    }

    /// Who is a member now: joined, and every removal is followed by a re-add that saw it.
    pub fn current(&self, graph: &Graph<'_>) -> BTreeSet<OrganisationId> {
        let everyone =
            self.founding.iter().copied().chain(self.changes.iter().map(|change| change.organisation));
        everyone
            .filter(|organisation| {
                let mine = || self.changes.iter().filter(|change| change.organisation == *organisation);
                let joined = self.founding.contains(organisation) || mine().any(|change| change.adds);
                joined
                    && mine().filter(|change| !change.adds).all(|removal| {
                        mine().any(|change| change.adds && graph.before(removal.at, change.at))
                    })
            })
            .collect()
    }

    /// The removals in force: the event ids of those that no re-add has seen.
    pub fn removals(&self, graph: &Graph<'_>) -> Vec<EventId> {
        self.changes
            .iter()
            .filter(|removal| {
                !removal.adds
                    && !self.changes.iter().any(|change| {
                        change.adds
                            && change.organisation == removal.organisation
                            && graph.before(removal.at, change.at)
                    })
            })
            .map(|removal| graph.events[removal.at].id())
            .collect()
    }
}
