//! The fold: a total, deterministic function from a set of events to the state of a log.
//!
//! Whether an event counts depends on its own log and the rosters it names, never on arrival or on a clock. Passes:
//! order (`graph`) → form → authors → role table → who may be let in → device cuts of the owner → membership → device
//! cuts of the others → adoption → life cycles and registers (`state`). Refused events are kept, with the reason, alike on all replicas.

pub mod authorise;
mod consents;
mod fields;
mod graph;
mod members;
mod registers;
mod rosters;
mod state;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

pub use authorise::{Party, accepted_in, permitted};
use graph::Graph;
use members::{Author, Membership, Refusals, refuse};
pub use rosters::{RosterBook, RosterFacts};
use serde::{Deserialize, Serialize};
pub use state::{Conflict, ConsentView, CoreState, ReferralView, Reply, SafeguardState};

use crate::{
    event::{AuthenticEvent, Body, CaseRoot, EventKind, Genesis, LogHeads, MAX_HEADS},
    ids::{CaseId, EventId, LogId, OrganisationId, VerifyKey},
    role::LogKind,
};

/// Why an event is kept but does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Another deployment or case than the log's.
    WrongCase,
    /// The kind does not belong in a log of this kind.
    WrongLog,
    /// Sequence and predecessor do not fit, or the genesis is not in its past.
    BadChain,
    /// The roster it names is not the one known under that number.
    RosterMismatch,
    /// The author is not in the roster it names.
    NotInRoster,
    /// A later roster no longer lists the author's device.
    DeviceRemoved,
    /// The author's organisation is no member of the log.
    NotMember,
    /// The author's role may not write this.
    Forbidden,
    /// The life cycle does not allow this step from anything the author had seen.
    NotAllowed,
    /// A statement inside is not the migrant's, or is about something else.
    BadStatement,
    /// The owner let an organisation in without the migrant's consent, or with one that she has taken back.
    NoConsent,
}

impl Reason {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongCase => "wrong_case",
            Self::WrongLog => "wrong_log",
            Self::BadChain => "bad_chain",
            Self::RosterMismatch => "roster_mismatch",
            Self::NotInRoster => "not_in_roster",
            Self::DeviceRemoved => "device_removed",
            Self::NotMember => "not_member",
            Self::Forbidden => "forbidden",
            Self::NotAllowed => "not_allowed",
            Self::BadStatement => "bad_statement",
            Self::NoConsent => "no_consent",
        }
    }
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Applied,
    /// Kept without effect: a newer version wrote it.
    Unknown,
    /// Something in its past, or a roster, is not here yet.
    Pending,
    /// It does not count.
    Refused(Reason),
}

/// Why a set of events is no log at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoldError {
    /// The genesis, or the roster it names, is not here yet.
    #[error("the log's first event is missing")]
    NoGenesis,
    /// The genesis does not define a log (root, key, author or kind do not fit).
    #[error("the log's first event is invalid")]
    BadGenesis,
}

/// The state of one log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogFold {
    /// The log.
    pub log: LogId,
    /// What it holds.
    pub kind: LogKind,
    /// Its number among logs of that kind.
    pub n: u32,
    /// The case: the hash of the root's bytes as they stand in the genesis.
    pub case: CaseId,
    /// The case root.
    pub root: CaseRoot,
    /// The genesis.
    pub genesis: Genesis,
    /// Placed events in fold order.
    pub order: Vec<EventId>,
    /// What became of every event.
    pub verdicts: BTreeMap<EventId, Verdict>,
    /// Capacity in which each event that counts was written.
    pub parties: BTreeMap<EventId, (Option<OrganisationId>, Party)>,
    /// Heads: events that count (or are unknown) and that no other such event has in its past.
    pub heads: Vec<EventId>,
    /// A newer version wrote something critical: show this log read-only.
    pub update_needed: bool,
    /// Authors who wrote two events with one number.
    pub equivocators: BTreeSet<VerifyKey>,
    /// Organisations that are members now.
    pub members: BTreeSet<OrganisationId>,
    /// Removals in force; an epoch must have them in its past to be usable.
    pub removals: Vec<EventId>,
    /// Epoch events that count and that no other epoch has in its past; empty = epoch 0.
    pub epoch_heads: Vec<EventId>,
    /// State of a `core` or `referral` log.
    pub core: Option<CoreState>,
}

impl LogFold {
    /// Whether an event counts.
    pub fn applied(&self, id: &EventId) -> bool {
        self.verdicts.get(id) == Some(&Verdict::Applied)
    }

    /// Heads to name in a new event: at most [`MAX_HEADS`], the least ids.
    pub fn heads_to_name(&self) -> Vec<EventId> {
        self.heads.iter().copied().take(MAX_HEADS).collect()
    }

    /// Events refused, with the reason, in order of id.
    pub fn refused(&self) -> impl Iterator<Item = (EventId, Reason)> + '_ {
        self.verdicts.iter().filter_map(|(id, verdict)| match verdict {
            Verdict::Refused(reason) => Some((*id, *reason)),
            _ => None,
        })
    }
}

/// Folds the events of one log. Events of other logs among them are ignored.
pub fn fold<'a>(
    log: LogId,
    events: impl IntoIterator<Item = &'a AuthenticEvent>,
    rosters: &RosterBook,
) -> Result<LogFold, FoldError> {
    let events: BTreeMap<EventId, &AuthenticEvent> = events
        .into_iter()
        .filter(|event| event.event().log() == log)
        .map(|event| (event.id(), event))
        .collect();
    let first = events.values().find(|event| event.event().is_genesis()).ok_or(FoldError::NoGenesis)?;
    let Body::Genesis(genesis) = first.body() else { return Err(FoldError::BadGenesis) };
    let root = CaseRoot::from_bytes(&genesis.root).map_err(|_| FoldError::BadGenesis)?;
    // Of the bytes as received: a newer version may have put more into the root than this one reads.
    let case = CaseId::from_root_bytes(&genesis.root);
    if first.event().case != case
        || first.event().deployment != root.deployment
        || (genesis.log == LogKind::Core) != genesis.opening.is_some()
        || matches!(genesis.log, LogKind::Work | LogKind::Referral) != genesis.with.is_some()
        || (genesis.log != LogKind::Narrative && genesis.narrative.is_some())
        || (genesis.log != LogKind::Talk && genesis.message.is_some())
        || genesis.opening.as_ref().is_some_and(|opening| crate::ids::Hash::of(&opening.kem) != root.kem)
    {
        return Err(FoldError::BadGenesis);
    }

    let known = |event: &AuthenticEvent| {
        let named = event.event().roster;
        rosters.holds(named.organisation(), named.number())
    };
    let graph = Graph::build(&events, known);
    let mut verdicts: BTreeMap<EventId, Verdict> = events.keys().map(|id| (*id, Verdict::Pending)).collect();

    let mut refused = Refusals::new();
    let start = graph.at(&first.id()).ok_or(FoldError::NoGenesis)?;
    check_form(&graph, start, &root, &case, &mut refused);
    let authors = members::authors(&graph, &root, rosters, &mut refused);
    check_roles(&graph, &authors, genesis, &root, &mut refused);
    // The owner of a work log may be another organisation; it is the one member for life there.
    let permanent =
        if genesis.log == LogKind::Work { genesis.with.unwrap_or(root.owner) } else { root.owner };
    members::check_changes(
        &graph,
        &authors,
        (&root, &case),
        (genesis.log, genesis.with, permanent),
        &mut refused,
    );
    // A log whose first event does not count is none: anybody can embed another's case root. Every event that counts
    // has the genesis in its past, so nothing below can refuse it: a device that is cut later does not take the log
    // with it.
    if refused.contains_key(&start) {
        return Err(FoldError::BadGenesis);
    }

    members::device_pass(&graph, &authors, permanent, rosters, &mut refused);
    let membership = Membership::build(&graph, &authors, permanent, &mut refused);
    for organisation in membership.refuse_outsiders(&graph, &authors, &mut refused) {
        members::device_pass(&graph, &authors, organisation, rosters, &mut refused);
    }
    adopt(&graph, &mut refused);

    let core = match genesis.log {
        LogKind::Core | LogKind::Referral => {
            Some(state::core(&graph, &authors, genesis, &root, &mut refused))
        }
        _ => None,
    };

    let mut update_needed = false;
    let mut parties = BTreeMap::new();
    let mut counting = Vec::new();
    let mut epochs = Vec::new();
    for (at, event) in graph.events.iter().enumerate() {
        let verdict = match refused.get(&at) {
            Some(reason) => Verdict::Refused(*reason),
            None => {
                counting.push(at);
                if let Some(author) = authors[at] {
                    parties.insert(event.id(), (author.organisation, author.party));
                }
                match event.body() {
                    Body::Opaque(..) => {
                        update_needed |= event.event().critical;
                        Verdict::Unknown
                    }
                    body => {
                        if matches!(body, Body::Epoch(_)) {
                            epochs.push(at);
                        }
                        Verdict::Applied
                    }
                }
            }
        };
        verdicts.insert(event.id(), verdict);
    }
    let ids = |places: Vec<usize>| {
        let mut ids: Vec<EventId> = places.into_iter().map(|at| graph.events[at].id()).collect();
        ids.sort_unstable();
        ids
    };
    Ok(LogFold {
        log,
        kind: genesis.log,
        n: genesis.n,
        case,
        genesis: genesis.clone(),
        order: graph.events.iter().map(|event| event.id()).collect(),
        heads: ids(graph.maximal(counting)),
        update_needed,
        equivocators: equivocators(&events),
        members: membership.current(),
        removals: membership.removals(&graph),
        epoch_heads: ids(graph.maximal(epochs)),
        parties,
        verdicts,
        core,
        root,
    })
}

/// Case, chain and statements: what an event must satisfy whoever wrote it.
fn check_form(graph: &Graph<'_>, start: usize, root: &CaseRoot, case: &CaseId, refused: &mut Refusals) {
    let rooted = graph.future([start]);
    for (at, event) in graph.events.iter().enumerate() {
        let header = event.event();
        if header.case != *case || header.deployment != root.deployment {
            refuse(refused, at, Reason::WrongCase);
        }
        let chained = match header.prev {
            None => true,
            Some(prev) => graph.at(&prev).is_some_and(|before| {
                let before = graph.events[before].event();
                before.author == header.author && before.seq.checked_add(1) == Some(header.seq)
            }),
        };
        // Whoever writes in a log has seen at least its genesis.
        let chained = chained && (at == start || rooted[at]);
        if !chained {
            refuse(refused, at, Reason::BadChain);
        }
        let statement = match event.body() {
            Body::ConsentGrant(body) => {
                let consent = body.statement.body();
                Some((consent.key, consent.case, consent.deployment))
            }
            Body::ConsentWithdraw(body) => {
                let withdrawal = body.statement.body();
                Some((withdrawal.key, withdrawal.case, withdrawal.deployment))
            }
            Body::CaseTransfer(body) => {
                let transfer = body.statement.body();
                Some((transfer.key, transfer.case, transfer.deployment))
            }
            Body::BadStatement(_) => {
                refuse(refused, at, Reason::BadStatement);
                None
            }
            _ => None,
        };
        if statement.is_some_and(|fields| fields != (root.sign, *case, root.deployment)) {
            refuse(refused, at, Reason::BadStatement);
        }
    }
}

/// The table role × kind.
fn check_roles(
    graph: &Graph<'_>,
    authors: &[Option<Author>],
    genesis: &Genesis,
    root: &CaseRoot,
    refused: &mut Refusals,
) {
    for (at, event) in graph.events.iter().enumerate() {
        let Some(author) = authors[at] else { continue };
        // Staff-opened logs are fine; a work log speaks only for the organisation it names.
        if genesis.log == LogKind::Work && author.organisation != Some(genesis.with.unwrap_or(root.owner)) {
            refuse(refused, at, Reason::NotMember);
        }
        if let Err(reason) = permitted(author.party, &event.event().kind, genesis.log) {
            refuse(refused, at, reason);
        }
        if let Body::EmergencyStatus(set) = event.body()
            && let Err(reason) = steps::emergency_step(author.party, set.to)
        {
            refuse(refused, at, reason);
        }
        if let Body::SafeguardSet(set) = event.body()
            && let Err(reason) = authorise::may_set_safeguards(author.party, set)
        {
            refuse(refused, at, reason);
        }
    }
}

/// A supervisor's `adopt` lets notes of a removed device count after all.
fn adopt(graph: &Graph<'_>, refused: &mut Refusals) {
    let adopted: Vec<usize> = graph
        .events
        .iter()
        .enumerate()
        .filter(|(at, _)| !refused.contains_key(at))
        .filter_map(|(_, event)| match event.body() {
            Body::Adopt(body) => Some(&body.events),
            _ => None,
        })
        .flatten()
        .filter_map(|id| graph.at(id))
        .filter(|at| graph.events[*at].event().kind == EventKind::Note)
        .collect();
    for at in adopted {
        if refused.get(&at) == Some(&Reason::DeviceRemoved) {
            refused.remove(&at);
        }
    }
}

/// Authors who used one number twice, whether or not the events are placed.
fn equivocators(events: &BTreeMap<EventId, &AuthenticEvent>) -> BTreeSet<VerifyKey> {
    let mut seen = BTreeSet::new();
    events
        .values()
        .filter(|event| !seen.insert((event.event().author, event.event().seq)))
        .map(|event| event.event().author)
        .collect()
}

/// Everything that a heads vector covers in one log: the heads themselves and their pasts.
pub fn covered<'a>(
    log: LogId,
    events: impl IntoIterator<Item = &'a AuthenticEvent>,
    heads: &[LogHeads],
) -> BTreeSet<EventId> {
    let parents: BTreeMap<EventId, Vec<EventId>> = events
        .into_iter()
        .filter(|event| event.event().log() == log)
        .map(|event| (event.id(), event.event().parents().copied().collect()))
        .collect();
    let mut open: Vec<EventId> =
        heads.iter().filter(|entry| entry.log == log).flat_map(|entry| entry.heads.iter().copied()).collect();
    let mut covered = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let Some(parents) = parents.get(&id)
            && covered.insert(id)
        {
            open.extend(parents.iter().copied());
        }
    }
    covered
}

#[cfg(test)]
mod tests;
