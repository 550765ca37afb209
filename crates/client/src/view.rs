//! What applications show of a case. Delivery states appear only with their proof.

mod brief;
mod clocks;
mod conflicts;
mod persons;
mod records;
pub(crate) mod referrals;
mod related;
mod searched;
mod tasks;

use std::collections::BTreeSet;

use amana_domain::{
    case_number::CaseNumber,
    codes::{AgeBand, CaseKind, Country, GrievanceCode, Language, Sector, Sex, SituationCode},
    event::{AuthenticEvent, Body, LogHeads},
    fold::{Conflict, Party, Reason, SafeguardState},
    ids::{CaseId, DeviceId, EventId, OrganisationId},
    indicators::Possible,
    lifecycle::{
        case::{CaseState, CaseStatus, CloseReason, WaitingOn},
        referral::ReferralState,
    },
    pack::DomainPack,
    priority::{self, Priority, RuleHit, assess},
    role::LogKind,
    safe_contact::SafeContact,
};
pub(crate) use brief::brief;
pub use brief::{Brief, ContactWarning, LastContact};
pub use persons::PersonEntry;
pub use related::MergedEntry;
pub(crate) use related::Merges;
use serde::{Deserialize, Serialize};

pub use self::{
    clocks::ClockEntry,
    conflicts::ConflictValue,
    records::RecordEntry,
    referrals::{ConsentEntry, ReferralEntry},
    searched::Field,
    tasks::{InterpreterEntry, TaskEntry},
};
pub(crate) use self::{
    conflicts::{state_at, values as conflict_values},
    searched::{digest as search_digest, index, shown},
    tasks::{gate, interpreter_conflicts},
};
use crate::{
    case::{Case, CaseLog},
    keys::Exposed,
};

/// How far something has provably come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// On this device only.
    OnPhone,
    /// The relay has signed for it.
    Sent,
    /// The other side has signed that it holds it.
    Received,
    /// A person on the other side has opened it.
    Read,
}

/// Something a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its event.
    pub id: EventId,
    /// Byte for byte.
    pub text: String,
    /// `migrant`, `caseworker`, `officer`, `supervisor`, `admin`.
    pub author_role: String,
    /// The device that wrote it; absent for the migrant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// How far it has come.
    pub delivery: Delivery,
    /// The author's clock, ms since 1970 UTC.
    pub at_ms: u64,
}

/// An event that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEntry {
    /// The event.
    pub event: EventId,
    /// Why.
    pub reason: Reason,
    /// The kind of event.
    #[serde(default)]
    pub kind: String,
    /// What a refused note says: a supervisor may adopt it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A case as this device may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseView {
    /// The case.
    pub case: CaseId,
    /// Its number, made to be spoken.
    pub number: String,
    /// Whose case it is.
    pub owner: OrganisationId,
    /// The desk that entered it for somebody without a phone.
    #[serde(default)]
    pub entered_by: Option<DeviceId>,
    /// What was asked for.
    pub kind: CaseKind,
    /// Grievances, the primary one first.
    pub grievances: Vec<GrievanceCode>,
    /// Situations.
    pub situations: Vec<SituationCode>,
    /// The priority that counts.
    pub priority: Priority,
    /// The rules that fired.
    pub rules: Vec<RuleHit>,
    /// Questions that nobody asked.
    pub not_asked: Vec<String>,
    /// ILO indicators of forced labour that codes and ticks point to: possible, never a verdict.
    #[serde(default)]
    pub indicators: Possible,
    /// Whether the state of origin may be told.
    #[serde(default)]
    pub origin_contact_allowed: bool,
    /// What is known before tasks that may hurt.
    #[serde(default)]
    pub safeguards: SafeguardState,
    /// Where it stands.
    pub status: CaseStatus,
    /// On whom it waits.
    pub waiting_on: Option<WaitingOn>,
    /// Why it is closed.
    pub close_reason: Option<CloseReason>,
    /// When the next clock is due, ms since 1970 UTC.
    pub clock_due_ms: Option<i64>,
    /// Every clock, the running one due first in front, met ones last.
    #[serde(default)]
    pub clocks: Vec<ClockEntry>,
    /// The desk that has it.
    pub assigned: Option<DeviceId>,
    /// The language to answer in.
    pub language: Option<Language>,
    /// Country of origin.
    pub origin: Option<Country>,
    /// Country of work or transit.
    pub destination: Option<Country>,
    /// Kind of work.
    pub sector: Option<Sector>,
    /// Sex, as given.
    pub sex: Option<Sex>,
    /// Age band.
    pub age_band: Option<AgeBand>,
    /// How the person may be reached.
    pub safe_contact: Option<SafeContact>,
    /// How far the opening of the case has come.
    pub delivery: Delivery,
    /// The person's name, if given and readable here.
    pub name: Option<String>,
    /// The people whose logs can be read here.
    #[serde(default)]
    pub persons: Vec<PersonEntry>,
    /// How many people have a log that cannot be read here, or not yet.
    #[serde(default)]
    pub unreadable_persons: usize,
    /// What happened, as filed; absent if not readable here.
    pub text: Option<String>,
    /// What was added to it.
    pub additions: Vec<Entry>,
    /// The conversation.
    pub messages: Vec<Entry>,
    /// Internal notes.
    pub notes: Vec<Entry>,
    /// Internal tasks.
    pub tasks: Vec<TaskEntry>,
    /// What stands in logs of its own, as far as this device holds them: wages, places, health, migration status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordEntry>,
    /// Consents.
    pub consents: Vec<ConsentEntry>,
    /// Referrals.
    pub referrals: Vec<ReferralEntry>,
    /// At a desk that the case was referred to: where that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred: Option<ReferralState>,
    /// Whether the migrant wrote something that nobody of this organisation has opened; never on a phone.
    #[serde(default)]
    pub unread: bool,
    /// The organisation that the owner proposes to take the case over; none in a finished case.
    #[serde(default)]
    pub transfer_proposed: Option<OrganisationId>,
    /// The organisation that the owner proposed last, if the migrant declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_declined: Option<OrganisationId>,
    /// The organisation that the migrant transferred the case to.
    #[serde(default)]
    pub transferred_to: Option<OrganisationId>,
    /// On the phone that transferred it: the case in which this one goes on. Looked up when it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_in: Option<CaseId>,
    /// On the phone that transferred it: the case that this one continues. Looked up when it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<CaseId>,
    /// The case that this one is a duplicate of, at the end of the chain; on a phone only one of its own.
    #[serde(default)]
    pub merged_into: Option<CaseId>,
    /// Duplicates of this case.
    #[serde(default)]
    pub merged_from: Vec<MergedEntry>,
    /// Cases that belong with this one; on a phone only its own.
    #[serde(default)]
    pub links: BTreeSet<CaseId>,
    /// Logs that this device can read.
    pub readable_logs: Vec<LogKind>,
    /// Events that do not count.
    pub refused: Vec<RefusedEntry>,
    /// What somebody who has left since can still read; looked up when a case is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposed: Vec<Exposed>,
    /// Desks that stand aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recused: Vec<DeviceId>,
    /// Fields to decide.
    pub conflicts: Vec<Conflict>,
    /// Their values; looked up when a case is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflict_values: Vec<ConflictValue>,
    /// A newer version wrote something important: read-only here.
    pub update_needed: bool,
}

impl CaseView {
    /// What the rules alone give, whatever a person decided.
    pub fn computed_priority(&self) -> Priority {
        let rules = self.rules.iter().filter(|hit| hit.rule != "override");
        rules.map(|hit| hit.priority).min().unwrap_or(self.priority)
    }

    /// Whether it stands in the queue.
    pub fn in_queue(&self) -> bool {
        let finished = matches!(
            self.status,
            CaseStatus::Closed | CaseStatus::Withdrawn | CaseStatus::Duplicate | CaseStatus::Transferred
        );
        !finished && !self.referred.is_some_and(ReferralState::is_final)
    }

    /// The same at a time, ms since 1970 UTC: what depends on a clock is no part of what is kept.
    #[must_use]
    pub(crate) fn at(mut self, now_ms: u64) -> Self {
        self.consents.iter_mut().for_each(|consent| consent.at(now_ms));
        self
    }
}

/// From where a case is looked at: the organisation of a desk, or none on the migrant's phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Viewer(pub Option<OrganisationId>);

/// Builds the view. Pure: depends on the case, the viewer and the installed pack.
pub(crate) fn view(case: &Case, viewer: Viewer) -> Option<CaseView> {
    let core = case.core()?;
    let kind = core.kind.unwrap_or(CaseKind::Grievance);
    let assessment = assess(
        DomainPack::builtin(),
        &priority::Facts {
            kind: Some(kind),
            grievances: core.grievances.clone(),
            situations: core.situations.clone(),
            age_band: core.facts.age_band,
            floors: core.floors.clone(),
            decided: core.priority_override.clone(),
            ..Default::default()
        },
    );
    let status = status(case, core.status, &core.closing_seen);
    let clocks = clocks::clocks(case, status, assessment.priority);
    let deliveries = Deliveries::of(case, viewer);
    let text = case
        .log(LogKind::Narrative)
        .and_then(|log| log.fold.genesis.narrative.as_ref())
        .map(|n| n.text.clone());
    let persons = persons::persons(case);
    let mut additions = Vec::new();
    let mut messages = Vec::new();
    let mut notes = Vec::new();
    for log in &case.logs {
        for event in log.applied() {
            let entry = |text: &str| deliveries.entry(log, event, text);
            match event.body() {
                Body::NarrativeAdd(body) => additions.push(entry(&body.text)),
                Body::Message(body) => messages.push(entry(&body.text)),
                Body::Note(body) => notes.push(entry(&body.text)),
                _ => {}
            }
        }
    }
    let refused = case
        .logs
        .iter()
        .flat_map(|log| log.fold.refused().map(move |(event, reason)| related::refused(log, event, reason)))
        .collect();
    let readable: BTreeSet<LogKind> = case.logs.iter().map(|log| log.log.kind).collect();
    Some(CaseView {
        case: case.stored.case,
        number: CaseNumber::of(&case.stored.case).to_string(),
        owner: case.root.owner,
        entered_by: entered_by(case),
        kind,
        grievances: core.grievances.clone(),
        situations: core.situations.clone(),
        priority: assessment.priority,
        rules: assessment.rules,
        not_asked: assessment.not_asked,
        indicators: Possible::of(
            DomainPack::builtin(),
            &core.grievances,
            &core.situations,
            core.indicators.iter().copied(),
        ),
        origin_contact_allowed: core.origin_contact_allowed,
        safeguards: core.safeguards,
        status: status.status(),
        waiting_on: status.waiting_on(),
        close_reason: status.close_reason(),
        clock_due_ms: clocks.iter().find(|clock| clock.met_ms.is_none()).map(|clock| clock.due_ms),
        clocks,
        assigned: core.assigned,
        language: core.facts.language.clone(),
        origin: core.facts.origin,
        destination: core.facts.destination,
        sector: core.facts.sector.clone(),
        sex: core.facts.sex,
        age_band: core.facts.age_band,
        safe_contact: core.safe_contact.clone(),
        delivery: deliveries.opening(case),
        name: persons::name(&persons),
        unreadable_persons: persons::unreadable(case),
        persons,
        text,
        additions,
        messages,
        notes,
        tasks: tasks::tasks(case),
        records: records::records(case, &deliveries),
        consents: referrals::consents(case, viewer),
        referrals: referrals::referrals(case, viewer),
        referred: referrals::referred(case, viewer),
        unread: deliveries.unread(case),
        transfer_proposed: core.transfer_proposed.filter(|_| status.is_in_queue()),
        transfer_declined: core.transfer_declined,
        transferred_to: core.transferred_to,
        continued_in: None,
        continues: None,
        merged_into: core.merged_into,
        merged_from: Vec::new(),
        links: core.links.clone(),
        readable_logs: readable.into_iter().collect(),
        refused,
        exposed: Vec::new(),
        recused: core.recused.iter().copied().collect(),
        conflicts: core.conflicts.clone(),
        conflict_values: Vec::new(),
        update_needed: case.logs.iter().any(|log| log.fold.update_needed),
    })
}

/// The desk that entered the case for somebody without a phone.
fn entered_by(case: &Case) -> Option<DeviceId> {
    case.log(LogKind::Core)?.fold.genesis.opening.as_ref()?.entered_by
}

/// A closing does not cover what it had not seen: anything else the migrant wrote opens the case again.
pub(crate) fn status(case: &Case, folded: CaseState, closing_seen: &[LogHeads]) -> CaseState {
    if !matches!(folded, CaseState::Closed(_)) {
        return folded;
    }
    let unseen = case.logs.iter().filter(|log| log.log.kind != LogKind::Core).any(|log| {
        let covered = log.covered(closing_seen);
        log.applied().any(|event| {
            log.party(&event.id()) == Some(Party::Migrant)
                && !event.event().kind.is_bookkeeping()
                && !event.event().is_genesis()
                && !covered.contains(&event.id())
        })
    });
    if unseen { CaseState::Reopened } else { folded }
}

/// What each side has declared, per log, as far as this viewer needs it.
struct Deliveries<'a> {
    viewer: Viewer,
    /// Staff entered the case: no phone is involved.
    entered: bool,
    received: Vec<(&'a CaseLog, BTreeSet<EventId>)>,
    read: Vec<(&'a CaseLog, BTreeSet<EventId>)>,
}

impl<'a> Deliveries<'a> {
    fn of(case: &'a Case, viewer: Viewer) -> Self {
        let core = case.core();
        // The other side of a phone is the owner; the other side of a desk is the phone.
        let other = if viewer.0.is_some() { None } else { Some(case.root.owner) };
        let receipts = core.and_then(|core| core.receipts.get(&other)).map(Vec::as_slice).unwrap_or_default();
        let reader = viewer.0.unwrap_or(case.root.owner);
        let reads = core.and_then(|core| core.reads.get(&reader)).map(Vec::as_slice).unwrap_or_default();
        let cover = |heads: &[LogHeads]| case.logs.iter().map(|log| (log, log.covered(heads))).collect();
        Self { viewer, entered: entered_by(case).is_some(), received: cover(receipts), read: cover(reads) }
    }

    fn has(sets: &[(&CaseLog, BTreeSet<EventId>)], log: &CaseLog, id: &EventId) -> bool {
        sets.iter().any(|(known, covered)| known.log.log == log.log.log && covered.contains(id))
    }

    /// Whether the migrant wrote something that nobody of the viewer's organisation has opened.
    fn unread(&self, case: &Case) -> bool {
        self.viewer.0.is_some()
            && case.logs.iter().filter(|log| log.log.kind != LogKind::Work).any(|log| {
                log.applied().any(|event| {
                    let id = event.id();
                    log.party(&id) == Some(Party::Migrant)
                        && !event.event().kind.is_bookkeeping()
                        && !Self::has(&self.read, log, &id)
                })
            })
    }

    fn delivery(&self, log: &CaseLog, event: &AuthenticEvent) -> Delivery {
        let id = event.id();
        let own = log.organisation(&id) == self.viewer.0;
        let read = Self::has(&self.read, log, &id);
        if !own {
            // What staff entered for somebody comes from this side: it has to get away from this desk first.
            if self.entered && !log.at_relay.contains(&id) {
                return Delivery::OnPhone;
            }
            // It is here; whether a person here has opened it, a desk knows.
            return if self.viewer.0.is_some() && read { Delivery::Read } else { Delivery::Received };
        }
        if self.viewer.0.is_none() && read {
            Delivery::Read
        } else if Self::has(&self.received, log, &id) {
            Delivery::Received
        } else if log.at_relay.contains(&id) {
            Delivery::Sent
        } else {
            Delivery::OnPhone
        }
    }

    fn entry(&self, log: &CaseLog, event: &AuthenticEvent, text: &str) -> Entry {
        let id = event.id();
        let (author_role, device) = match log.party(&id) {
            Some(Party::Owner(role) | Party::Other(role)) => (role.to_string(), Some(event.event().device())),
            _ => ("migrant".to_owned(), None),
        };
        let delivery = self.delivery(log, event);
        Entry { id, text: text.to_owned(), author_role, device, delivery, at_ms: event.event().claimed_ms }
    }

    /// The opening has come as far as the slowest of its first events.
    fn opening(&self, case: &Case) -> Delivery {
        case.logs
            .iter()
            .filter(|log| matches!(log.log.kind, LogKind::Core | LogKind::Talk | LogKind::Narrative))
            .filter_map(|log| {
                let genesis = log.events.get(&EventId::from_bytes(*log.log.log.as_bytes()))?;
                Some(self.delivery(log, genesis))
            })
            .min()
            .unwrap_or(if self.viewer.0.is_some() { Delivery::Received } else { Delivery::OnPhone })
    }
}
