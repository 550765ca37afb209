//! The clocks of a case: from when, to when, and what met them. No look at the wall clock: what a clock says at a time
//! is asked with that time.

use amana_domain::{
    calendar::Calendars,
    clock::{Clock, Mark, Milestones, Step, StepClock, clocks as step_clocks},
    event::Body,
    fold::Party,
    lifecycle::case::CaseState,
    priority::Priority,
    role::LogKind,
    task::TaskKind,
};
use serde::{Deserialize, Serialize};

use super::tasks::folded_tasks;
use crate::case::Case;

/// A clock of a case; ms since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEntry {
    /// `human-contact`, `assign`, `follow-up`.
    pub name: Step,
    /// When it started.
    pub started_ms: i64,
    /// Half of its time is used: warn.
    pub half_ms: i64,
    /// All of it is used: escalate.
    pub due_ms: i64,
    /// When the step was taken; the clock stands.
    pub met_ms: Option<i64>,
}

impl ClockEntry {
    /// `running`, `half`, `overdue` or `met` at a time, ms since 1970 UTC.
    pub const fn state(&self, now_ms: i64) -> Mark {
        let clock = Clock { start_ms: self.started_ms, half_ms: self.half_ms, due_ms: self.due_ms };
        StepClock { step: self.name, clock, met_ms: self.met_ms }.mark(now_ms)
    }
}

/// Every clock of a case, the running one due first in front, met ones last. None runs before the owner has received
/// the case, nor in a finished one.
pub(super) fn clocks(case: &Case, status: CaseState, priority: Priority) -> Vec<ClockEntry> {
    let Some(core) = case.core() else { return Vec::new() };
    let (true, Some(received)) = (status.is_in_queue(), core.first_received_ms) else { return Vec::new() };
    let by_owner = || {
        case.logs.iter().flat_map(|log| {
            log.applied()
                .filter(|event| matches!(log.party(&event.id()), Some(Party::Owner(_))))
                .map(|event| (event.body(), ms(event.event().claimed_ms)))
        })
    };
    let assigned: Vec<(bool, i64)> = by_owner()
        .filter_map(|(body, at)| match body {
            Body::Assign(assign) => Some((assign.device.is_some(), at)),
            _ => None,
        })
        .collect();
    let times = |to_somebody: bool| {
        assigned.iter().filter(move |(somebody, _)| *somebody == to_somebody).map(|(_, at)| *at)
    };
    let messages = by_owner().filter_map(|(body, at)| matches!(body, Body::Message(_)).then_some(at));
    let contacts: Vec<i64> = messages.chain(follow_ups(case)).collect();
    let milestones = Milestones {
        received_ms: ms(received),
        assigned_ms: times(true).min(),
        unassigned_ms: match core.assigned {
            Some(_) => None,
            None => times(false).max(),
        },
        first_contact_ms: contacts.iter().copied().min(),
        last_contact_ms: contacts.iter().copied().max(),
    };
    let calendar = Calendars::builtin().between(core.facts.destination, core.facts.origin);
    step_clocks(&milestones, priority, &calendar)
        .into_iter()
        .map(|one| ClockEntry {
            name: one.step,
            started_ms: one.clock.start_ms,
            half_ms: one.clock.half_ms,
            due_ms: one.clock.due_ms,
            met_ms: one.met_ms,
        })
        .collect()
}

/// When follow-up tasks of the owner's were done: a call or a visit leaves no message. Not later than somebody said so:
/// a time ahead would put off the next one.
fn follow_ups(case: &Case) -> impl Iterator<Item = i64> + '_ {
    let owner = case.root.owner;
    case.of_kind(LogKind::Work)
        .filter(move |log| log.fold.genesis.with.is_none_or(|with| with == owner))
        .flat_map(folded_tasks)
        .filter(|one| one.task.about.kind() == TaskKind::FollowUp)
        .filter_map(|one| one.done.map(|(done_ms, said_ms)| ms(done_ms.min(said_ms))))
}

fn ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
