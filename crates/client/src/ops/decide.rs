//! `decide`: settles a field that was written concurrently, by writing one of the values again with all of them in its
//! past. Every replica then sees one value.

use amana_domain::{
    event::{Body, CodesSet, Facts, LogHeads, Remark, StatusSet},
    fold::Conflict,
    ids::{CaseId, EventId, LogId},
    lifecycle::case::{CaseState, CaseStatus},
};

use super::write::Writer;
use crate::{Client, ClientError, view::state_at};

/// Steps before the wanted one, the shortest first: the life cycle does not lead from every state to every other.
const WAYS: [&[Step]; 7] = [
    &[],
    &[Step::Plan],
    &[Step::Resolve],
    &[Step::Plan, Step::Resolve],
    &[Step::Reopen],
    &[Step::Reopen, Step::Plan],
    &[Step::Reopen, Step::Resolve],
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Reopen,
    Plan,
    Resolve,
}

impl Step {
    fn body(self) -> Body {
        match self {
            Self::Reopen => Body::CaseReopen(Remark::default()),
            Self::Plan => status(CaseState::ActionPlan, None, Vec::new()),
            Self::Resolve => status(CaseState::Resolved, None, Vec::new()),
        }
    }
}

impl Client {
    /// Settles the conflicts in which this event is one of the values: its value counts from now on. Returns the last
    /// event that was written.
    ///
    /// # Errors
    /// `not_found` if the event is none of the values, `forbidden` if this side may not write the field, `not_allowed`
    /// if the life cycle leads there no more.
    pub fn decide(&mut self, case: CaseId, event: EventId) -> Result<EventId, ClientError> {
        let fields = self.write_case(case, |writer| {
            let (_, conflicts) = conflicts(writer)?;
            let mut fields = Vec::new();
            for conflict in &conflicts {
                if (conflict.shown == event || conflict.others.contains(&event))
                    && !fields.contains(&conflict.field)
                {
                    fields.push(conflict.field.clone());
                }
            }
            Ok(fields)
        })?;
        let mut written = Err(ClientError::NotFound);
        for field in fields {
            written = Ok(self.decide_field(case, event, &field)?);
        }
        written
    }

    /// Each way is one transaction: of one that leads nowhere nothing stays.
    fn decide_field(&mut self, case: CaseId, event: EventId, field: &str) -> Result<EventId, ClientError> {
        let is_step = matches!(field, "status" | "merged_into");
        for way in WAYS.iter().take(if is_step { WAYS.len() } else { 1 }) {
            let tried = self.write_case(case, |writer| {
                let (log, found) = conflicts(writer)?;
                if !found.iter().any(|conflict| conflict.field == field) {
                    // Settled together with another field.
                    return Ok(event);
                }
                let wanted = wanted(writer, log, event, field)?;
                for step in *way {
                    writer.append_to(log, step.body())?;
                }
                let written = writer.append_to(log, wanted.body)?;
                let core = writer.case.core().ok_or(ClientError::NotFound)?;
                let reached = wanted.state.is_none_or(|state| state == core.status);
                let settled = !core.conflicts.iter().any(|conflict| conflict.field == field);
                if reached && settled { Ok(written) } else { Err(ClientError::NotAllowed) }
            });
            match tried {
                Err(ClientError::NotAllowed) => {}
                other => return other,
            }
        }
        Err(ClientError::NotAllowed)
    }
}

/// The log that says where the case stands, and its open conflicts.
fn conflicts(writer: &Writer<'_>) -> Result<(LogId, Vec<Conflict>), ClientError> {
    let main = writer.case.main().ok_or(ClientError::LogNotHereYet)?;
    let core = main.fold.core.as_ref().ok_or(ClientError::LogNotHereYet)?;
    Ok((main.log.log, core.conflicts.clone()))
}

/// What has to be written, and where the case then has to stand.
struct Wanted {
    body: Body,
    state: Option<CaseState>,
}

fn wanted(writer: &Writer<'_>, log: LogId, event: EventId, field: &str) -> Result<Wanted, ClientError> {
    let known = writer.case.by_id(log)?;
    let value = known.events.get(&event).ok_or(ClientError::NotFound)?.body();
    if field == "status" {
        let state = state_at(writer.trust, known, event)?;
        let body = match (state, value) {
            (CaseState::Reopened, _) => Body::CaseReopen(Remark::default()),
            (CaseState::Duplicate, Body::CaseMerge(_)) => value.clone(),
            // Her withdrawal holds until she herself says otherwise; an owner does not come back by a decision.
            (CaseState::Duplicate | CaseState::Transferred | CaseState::Withdrawn, _) => {
                return Err(ClientError::NotAllowed);
            }
            (_, Body::StatusSet(set)) => status_seen(writer, state, set.note.clone()),
            _ => status_seen(writer, state, None),
        };
        return Ok(Wanted { body, state: Some(state) });
    }
    let body = match (field, value) {
        ("merged_into", Body::CaseMerge(_))
        | ("assigned", Body::Assign(_))
        | ("priority", Body::PriorityOverride(_))
        | ("referral", Body::ReferralPropose(_))
        | ("emergency", Body::EmergencyStatus(_)) => value.clone(),
        (_, Body::CodesSet(set)) => Body::CodesSet(codes(set, field).ok_or(ClientError::NotAllowed)?),
        (_, Body::FactsSet(set)) => Body::FactsSet(facts(set, field).ok_or(ClientError::NotAllowed)?),
        _ => return Err(ClientError::NotAllowed),
    };
    Ok(Wanted { body, state: None })
}

/// A closing says what it had seen: what the migrant writes meanwhile opens the case again.
fn status_seen(writer: &Writer<'_>, state: CaseState, note: Option<String>) -> Body {
    let seen = if state.status() == CaseStatus::Closed { writer.case.heads() } else { Vec::new() };
    status(state, note, seen)
}

fn status(state: CaseState, note: Option<String>, seen: Vec<LogHeads>) -> Body {
    Body::StatusSet(StatusSet {
        to: state.status(),
        waiting_on: state.waiting_on(),
        reason: state.close_reason(),
        note,
        seen,
    })
}

/// Only the field that is decided: an event may have set others that somebody has changed since.
fn codes(set: &CodesSet, field: &str) -> Option<CodesSet> {
    let mut only = CodesSet::default();
    match field {
        "kind" => only.kind = Some(set.kind?),
        "grievances" => only.grievances = Some(set.grievances.clone()?),
        "situations" => only.situations = Some(set.situations.clone()?),
        "indicators" => only.indicators = Some(set.indicators.clone()?),
        _ => return None,
    }
    Some(only)
}

fn facts(set: &Facts, field: &str) -> Option<Facts> {
    let mut only = Facts::default();
    match field {
        "language" => only.language = Some(set.language.clone()?),
        "origin" => only.origin = Some(set.origin?),
        "destination" => only.destination = Some(set.destination?),
        "sector" => only.sector = Some(set.sector.clone()?),
        "sex" => only.sex = Some(set.sex?),
        "age_band" => only.age_band = Some(set.age_band?),
        _ => return None,
    }
    Some(only)
}
