//! The state of a `core` or `referral` log: life cycles, fields, consents, receipts, conflicts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Reason,
    authorise::{Party, accepted_in},
    graph::Graph,
    members::{Author, Refusals, refuse},
    registers::{Register, frontier},
};
use crate::{
    codes::{GrievanceCode, SituationCode},
    event::{Body, CaseRoot, Facts, Genesis, LogHeads, LogRef, ReferralReply},
    ids::{CaseId, DeviceId, EventId, Hash, OrganisationId},
    lifecycle::{
        case::{CaseEvent, CaseState, transition},
        emergency::EmergencyState,
    },
    priority::{PriorityFloor, PriorityOverride},
    role::LogKind,
    safe_contact::SafeContact,
};

/// A field that was written concurrently with different values; each can be restored by a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The field.
    pub field: String,
    /// The event whose value is shown.
    pub shown: EventId,
    /// The others.
    pub others: Vec<EventId>,
}

/// One consent of the migrant, as far as the log tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    /// To whom.
    pub organisation: OrganisationId,
    /// Hash of the statement.
    pub consent: Hash,
    /// Which logs.
    pub logs: Vec<LogKind>,
    /// What for.
    pub purpose: String,
    /// Until when, ms since 1970 UTC; whether that has passed is the reader's clock's affair.
    pub until: Option<u64>,
    /// Taken back.
    pub withdrawn: bool,
    /// Marked as expired by a device.
    pub expired: bool,
}

/// How a referral was answered or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The migrant declined.
    Declined,
    /// The owner revoked it.
    Revoked,
    /// The organisation took it on.
    Accepted,
    /// The organisation declined.
    Rejected,
    /// The organisation has done its part.
    Done,
}

/// One proposed referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralView {
    /// To whom.
    pub organisation: OrganisationId,
    /// Which logs they should read.
    pub logs: Vec<LogKind>,
    /// What for.
    pub purpose: String,
    /// Until when, ms since 1970 UTC.
    pub until: Option<u64>,
    /// The answer so far.
    pub reply: Option<Reply>,
}

/// Everything that a `core` or `referral` log says about its case.
#[derive(Clone, Debug, PartialEq)]
pub struct CoreState {
    /// Where the case stands; a closing that something of the migrant's contradicts shows as reopened.
    pub status: CaseState,
    /// The event that says so.
    pub status_event: Option<EventId>,
    /// What the closing had seen of the other logs; empty when not closed.
    pub closing_seen: Vec<LogHeads>,
    /// Facts about person and work.
    pub facts: Facts,
    /// Grievances, the primary one first.
    pub grievances: Vec<GrievanceCode>,
    /// Situations.
    pub situations: Vec<SituationCode>,
    /// How the person may be reached.
    pub safe_contact: Option<SafeContact>,
    /// The desk that has the case.
    pub assigned: Option<DeviceId>,
    /// Lower bounds of urgency in force.
    pub floors: Vec<PriorityFloor>,
    /// A person's decision about the priority.
    pub priority_override: Option<PriorityOverride>,
    /// Whether the origin state may be told; false unless somebody said yes.
    pub origin_contact_allowed: bool,
    /// Where an emergency stands.
    pub emergency: Option<EmergencyState>,
    /// Logs that exist.
    pub logs: Vec<LogRef>,
    /// Consents given.
    pub consents: Vec<ConsentView>,
    /// Referrals proposed.
    pub referrals: Vec<ReferralView>,
    /// Cases that belong with this one.
    pub links: BTreeSet<CaseId>,
    /// The case that this one is a duplicate of.
    pub merged_into: Option<CaseId>,
    /// Devices that must not see new content.
    pub recused: BTreeSet<DeviceId>,
    /// What each organisation (none = the migrant's phone) has declared to hold.
    pub receipts: BTreeMap<Option<OrganisationId>, Vec<LogHeads>>,
    /// What a person of each organisation has opened.
    pub reads: BTreeMap<OrganisationId, Vec<LogHeads>>,
    /// When the owner first declared to hold the case, ms since 1970 UTC, by its clock: clocks start here.
    pub first_received_ms: Option<u64>,
    /// Fields to decide.
    pub conflicts: Vec<Conflict>,
}

/// Evaluates life cycle and registers; refuses steps that nothing the author had seen allows.
pub(super) fn core(
    graph: &Graph<'_>,
    authors: &[Option<Author>],
    genesis: &Genesis,
    root: &CaseRoot,
    refused: &mut Refusals,
) -> CoreState {
    let steps = life_cycle(graph, authors, refused);
    let counts: Vec<usize> = (0..graph.len()).filter(|at| !refused.contains_key(at)).collect();
    let fields = Fields { graph, counts: &counts };
    let mut conflicts = Vec::new();
    let status = fields.status(&steps, authors, &mut conflicts);
    let received = fields.received(authors, root.owner);

    let opening = genesis.opening.as_ref();
    let mut facts = Facts::default();
    macro_rules! fact {
        ($field:ident) => {
            facts.$field = fields.ordinary(stringify!($field), &mut conflicts, |body| match body {
                Body::Genesis(genesis) => genesis.opening.as_ref()?.facts.$field.clone(),
                Body::FactsSet(set) => set.$field.clone(),
                _ => None,
            });
        };
    }
    fact!(language);
    fact!(origin);
    fact!(destination);
    fact!(sector);
    fact!(sex);
    fact!(age_band);
    let grievances = fields.ordinary("grievances", &mut conflicts, |body| match body {
        Body::Genesis(genesis) => genesis.opening.as_ref().map(|opening| opening.grievances.clone()),
        Body::CodesSet(set) => set.grievances.clone(),
        _ => None,
    });
    let situations = fields.ordinary("situations", &mut conflicts, |body| match body {
        Body::Genesis(genesis) => genesis.opening.as_ref().map(|opening| opening.situations.clone()),
        Body::CodesSet(set) => set.situations.clone(),
        _ => None,
    });
    let assigned = fields.ordinary("assigned", &mut conflicts, |body| match body {
        Body::Assign(assign) => Some(assign.device),
        _ => None,
    });
    let priority_override = fields.ordinary("priority", &mut conflicts, |body| match body {
        Body::PriorityOverride(set) => Some(set.clone()),
        _ => None,
    });
    let emergency = fields.ordinary("emergency", &mut conflicts, |body| match body {
        Body::EmergencyStatus(set) => Some(set.to),
        _ => None,
    });
    let mut logs: BTreeSet<LogRef> =
        opening.map(|opening| opening.logs.iter().copied().collect()).unwrap_or_default();
    let mut links = BTreeSet::new();
    let mut recused = BTreeSet::new();
    let mut merged_into = None;
    for at in &counts {
        match graph.events[*at].body() {
            Body::LogOpen(open) => {
                logs.insert(open.log);
            }
            Body::CaseLink(other) => {
                links.insert(other.case);
            }
            Body::CaseMerge(other) => merged_into = Some(other.case),
            Body::Recuse(body) => {
                recused.insert(body.device);
            }
            _ => {}
        }
    }
    CoreState {
        status: match status.status {
            CaseState::Queued if received.is_some() => CaseState::Received,
            other => other,
        },
        status_event: status.event,
        closing_seen: status.seen,
        facts,
        grievances: grievances.unwrap_or_default(),
        situations: situations.unwrap_or_default(),
        safe_contact: fields.safe_contact(),
        assigned: assigned.flatten(),
        floors: fields.floors(),
        priority_override,
        origin_contact_allowed: fields.origin_contact_allowed(),
        emergency,
        logs: logs.into_iter().collect(),
        consents: fields.consents(),
        referrals: fields.referrals(),
        links,
        merged_into,
        recused,
        receipts: fields.holdings(authors, false),
        reads: fields
            .holdings(authors, true)
            .into_iter()
            .filter_map(|(organisation, heads)| Some((organisation?, heads)))
            .collect(),
        first_received_ms: received,
        conflicts,
    }
}

/// A step of the case's life cycle that counts, and the status after it.
struct Step {
    at: usize,
    status: CaseState,
}

/// The life-cycle event that a body stands for; `None` when it is no step.
fn step_of(body: &Body) -> Option<CaseEvent> {
    match body {
        // Withdrawing, merging and transferring have events of their own, with rules of their own.
        Body::StatusSet(set) => match CaseEvent::to(set.to, set.waiting_on, set.reason).ok()? {
            CaseEvent::File | CaseEvent::MarkDuplicate | CaseEvent::Transfer | CaseEvent::Withdraw => None,
            step => Some(step),
        },
        Body::Assign(_) => Some(CaseEvent::Assign),
        Body::CaseWithdraw(_) => Some(CaseEvent::Withdraw),
        Body::CaseReopen(_) => Some(CaseEvent::Reopen),
        Body::CaseMerge(_) => Some(CaseEvent::MarkDuplicate),
        Body::CaseTransfer(_) => Some(CaseEvent::Transfer),
        _ => None,
    }
}

/// A step counts if it is allowed from at least one maximal step in its own past.
fn life_cycle(graph: &Graph<'_>, authors: &[Option<Author>], refused: &mut Refusals) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for at in 0..graph.len() {
        if refused.contains_key(&at) || authors[at].is_none() {
            continue;
        }
        let seen =
            frontier(graph, steps.iter().map(|step| step.at).filter(|before| graph.before(*before, at)));
        let status_at = |place: &usize| {
            steps.iter().find(|step| step.at == *place).map_or(CaseState::Received, |step| step.status)
        };
        // A desk that writes has received the case, whatever its receipt says.
        let before: Vec<CaseState> =
            if seen.is_empty() { vec![CaseState::Received] } else { seen.iter().map(status_at).collect() };
        let event = graph.events[at];
        let kind = &event.event().kind;
        if before.iter().all(|status| accepted_in(*status, kind).is_err()) {
            refuse(refused, at, Reason::NotAllowed);
            continue;
        }
        let malformed_step = matches!(event.body(), Body::StatusSet(_)) && step_of(event.body()).is_none();
        if malformed_step {
            refuse(refused, at, Reason::NotAllowed);
            continue;
        }
        let Some(step) = step_of(event.body()) else { continue };
        let after = before.iter().filter_map(|status| match (event.body(), status) {
            // Giving the case to another desk does not undo work that was begun.
            (Body::Assign(_), CaseState::ActionPlan | CaseState::Waiting(_) | CaseState::Resolved) => {
                Some(*status)
            }
            _ => transition(*status, &step).ok(),
        });
        match after.last() {
            Some(status) => steps.push(Step { at, status }),
            None => refuse(refused, at, Reason::NotAllowed),
        }
    }
    steps
}

struct Status {
    status: CaseState,
    event: Option<EventId>,
    seen: Vec<LogHeads>,
}

struct Fields<'g, 'a> {
    graph: &'g Graph<'a>,
    counts: &'g [usize],
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
    fn ordinary<T: PartialEq>(
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

    /// The case's status: a withdrawal wins; a closing yields to anything the migrant wrote meanwhile; otherwise
    /// the later step is shown.
    fn status(&self, steps: &[Step], authors: &[Option<Author>], conflicts: &mut Vec<Conflict>) -> Status {
        let mut current: Vec<&Step> = {
            let places = frontier(self.graph, steps.iter().map(|step| step.at));
            steps.iter().filter(|step| places.contains(&step.at)).collect()
        };
        current.sort_by_key(|step| (self.graph.events[step.at].event().claimed_ms, self.id(step.at)));
        let Some(latest) = current.last() else {
            return Status { status: CaseState::Queued, event: None, seen: Vec::new() };
        };
        let contradicted = |step: &Step| {
            matches!(step.status, CaseState::Closed(_))
                && self.counts.iter().any(|at| {
                    authors[*at].is_some_and(|author| author.party == Party::Migrant)
                        && !self.graph.events[*at].event().kind.is_bookkeeping()
                        && !self.graph.before(*at, step.at)
                        && !self.graph.before(step.at, *at)
                })
        };
        let withdrawn = current.iter().find(|step| step.status == CaseState::Withdrawn);
        let standing = current.iter().rev().find(|step| !contradicted(step));
        let shown = withdrawn.or(standing).unwrap_or(latest);
        let status =
            if withdrawn.is_none() && contradicted(shown) { CaseState::Reopened } else { shown.status };
        let others: Vec<EventId> = current
            .iter()
            .filter(|step| step.at != shown.at && step.status != status)
            .map(|step| self.id(step.at))
            .collect();
        if !others.is_empty() || status != shown.status {
            conflicts.push(Conflict { field: "status".to_owned(), shown: self.id(shown.at), others });
        }
        let seen = match self.body(shown.at) {
            Body::StatusSet(set) if matches!(status, CaseState::Closed(_)) => set.seen.clone(),
            _ => Vec::new(),
        };
        Status { status, event: Some(self.id(shown.at)), seen }
    }

    /// Concurrent plans: a channel only if all allow it, "do not reply" wins.
    fn safe_contact(&self) -> Option<SafeContact> {
        let read = |body: &Body| match body {
            Body::Genesis(genesis) => genesis.opening.as_ref()?.safe_contact.clone(),
            Body::SafeContactSet(set) => Some(set.plan.clone()),
            _ => None,
        };
        let register = Register::of(self.graph, self.writes(read))?;
        register.all().filter_map(|at| read(self.body(at))).reduce(|a, b| a.merge(&b))
    }

    /// Floors in force, one per rule, the most urgent of concurrent ones.
    fn floors(&self) -> Vec<PriorityFloor> {
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
    fn origin_contact_allowed(&self) -> bool {
        let read = |body: &Body| match body {
            Body::OriginContactSet(set) => Some(set.allowed),
            _ => None,
        };
        Register::of(self.graph, self.writes(read))
            .is_some_and(|register| register.all().all(|at| read(self.body(at)) == Some(true)))
    }

    /// Consents: concurrent ones to one organisation are intersected, any withdrawal that a grant had not seen wins.
    fn consents(&self) -> Vec<ConsentView> {
        let mut grants: BTreeMap<OrganisationId, Vec<usize>> = BTreeMap::new();
        for at in self.counts {
            if let Body::ConsentGrant(grant) = self.body(*at) {
                grants.entry(grant.statement.body().organisation).or_default().push(*at);
            }
        }
        let mut views = Vec::new();
        for (organisation, places) in grants {
            let standing = frontier(self.graph, places.iter().copied());
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
                let withdrawn = self.counts.iter().any(|other| match self.body(*other) {
                    Body::ConsentWithdraw(body) => {
                        let withdrawal = body.statement.body();
                        withdrawal.organisation == organisation
                            && withdrawal.consent.is_none_or(|named| named == consent)
                            && !self.graph.before(*other, at)
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

    /// Referrals: the last proposal to each organisation and what followed it.
    fn referrals(&self) -> Vec<ReferralView> {
        let mut views: BTreeMap<OrganisationId, ReferralView> = BTreeMap::new();
        for at in self.counts {
            match self.body(*at) {
                Body::ReferralPropose(proposal) => {
                    views.insert(
                        proposal.organisation,
                        ReferralView {
                            organisation: proposal.organisation,
                            logs: proposal.logs.clone(),
                            purpose: proposal.purpose.clone(),
                            until: proposal.until,
                            reply: None,
                        },
                    );
                }
                Body::ConsentDecline(decline) => {
                    if let Some(view) = views.get_mut(&decline.organisation) {
                        view.reply = Some(Reply::Declined);
                    }
                }
                Body::ReferralRevoke(revoke) => {
                    if let Some(view) = views.get_mut(&revoke.organisation) {
                        view.reply = Some(Reply::Revoked);
                    }
                }
                Body::ReferralAnswer(answer) => {
                    let organisation = self.graph.events[*at].event().roster.organisation();
                    let reply = match answer.reply {
                        ReferralReply::Accepted => Reply::Accepted,
                        ReferralReply::Rejected => Reply::Rejected,
                        ReferralReply::Done => Reply::Done,
                    };
                    views
                        .entry(organisation)
                        .or_insert_with(|| ReferralView {
                            organisation,
                            logs: Vec::new(),
                            purpose: String::new(),
                            until: None,
                            reply: None,
                        })
                        .reply = Some(reply);
                }
                _ => {}
            }
        }
        views.into_values().collect()
    }

    /// What each side has declared to hold (or, for `reads`, opened): the union of all its declarations.
    fn holdings(
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
    fn received(&self, authors: &[Option<Author>], owner: OrganisationId) -> Option<u64> {
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
