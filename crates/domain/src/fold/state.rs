//! The state of a `core` or `referral` log.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    fields::Fields,
    graph::Graph,
    members::{Author, Refusals},
    steps::{case_steps, emergency_steps},
};
use crate::{
    codes::{CaseKind, GrievanceCode, SituationCode},
    event::{Body, CaseRoot, Facts, Genesis, LogHeads, LogRef},
    ids::{CaseId, DeviceId, EventId, Hash, OrganisationId},
    indicators::Indicator,
    lifecycle::{case::CaseState, emergency::EmergencyState},
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
    /// The owner has taken the referral back since it was given.
    pub revoked: bool,
}

impl ConsentView {
    /// Whether it lets the organisation read, as far as the log tells; its date is the reader's clock's affair.
    pub fn in_force(&self) -> bool {
        !(self.withdrawn || self.expired || self.revoked)
    }
}

/// How a referral was answered, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The migrant declined.
    Declined,
    /// The owner revoked it.
    Revoked,
    /// The migrant took her consent back.
    Withdrawn,
    /// The date of her consent has passed.
    Expired,
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

/// What is known before tasks that may hurt. Nothing is true unless it was said and nothing in force says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeguardState {
    /// Screening found no danger of refoulement.
    pub return_is_safe: bool,
    /// A decision says that a return is in the child's best interests.
    pub best_interests_decided: bool,
    /// The person died.
    pub deceased: bool,
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
    /// What is asked for; `None` in a referral log that does not say so yet.
    pub kind: Option<CaseKind>,
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
    /// What is known before tasks that may hurt.
    pub safeguards: SafeguardState,
    /// ILO indicators that somebody ticked.
    pub indicators: Vec<Indicator>,
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
    /// The organisation that the owner last proposed to take the case over, unless the migrant declined.
    pub transfer_proposed: Option<OrganisationId>,
    /// The organisation that the owner last proposed to take the case over, if the migrant declined.
    pub transfer_declined: Option<OrganisationId>,
    /// The organisation that the migrant transferred the case to.
    pub transferred_to: Option<OrganisationId>,
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
    let steps = case_steps(graph, authors, refused);
    let emergency_steps = emergency_steps(graph, authors, refused);
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
    let kind = fields.ordinary("kind", &mut conflicts, |body| match body {
        Body::Genesis(genesis) => genesis.opening.as_ref().map(|opening| opening.kind),
        Body::CodesSet(set) => set.kind,
        _ => None,
    });
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
    let indicators = fields.ordinary("indicators", &mut conflicts, |body| match body {
        Body::CodesSet(set) => set.indicators.clone(),
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
    let transfer = fields.transfer(&mut conflicts);
    let emergency = fields.emergency(&emergency_steps, &mut conflicts);
    let mut logs: BTreeSet<LogRef> =
        opening.map(|opening| opening.logs.iter().copied().collect()).unwrap_or_default();
    let mut links = BTreeSet::new();
    let mut recused = BTreeSet::new();
    for at in &counts {
        match graph.events[*at].body() {
            Body::LogOpen(open) => {
                logs.insert(open.log);
            }
            Body::CaseLink(other) => {
                links.insert(other.case);
            }
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
        kind,
        facts,
        grievances: grievances.unwrap_or_default(),
        situations: situations.unwrap_or_default(),
        safe_contact: fields.safe_contact(),
        assigned: assigned.flatten(),
        floors: fields.floors(),
        priority_override,
        origin_contact_allowed: fields.origin_contact_allowed(),
        safeguards: fields.safeguards(),
        indicators: indicators.unwrap_or_default(),
        emergency,
        logs: logs.into_iter().collect(),
        consents: fields.consents(genesis.log),
        referrals: fields.referrals(&mut conflicts),
        links,
        merged_into: status.duplicate_of,
        transfer_proposed: transfer.proposed,
        transfer_declined: transfer.declined,
        transferred_to: status.transferred_to,
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
