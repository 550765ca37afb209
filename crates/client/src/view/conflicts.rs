//! The values of fields that were written concurrently, so that a person can choose one.

use amana_domain::{
    event::{Body, CodesSet, Facts},
    fold,
    ids::{DeviceId, EventId},
    lifecycle::case::CaseState,
};
use serde::{Deserialize, Serialize};

use crate::{
    ClientError, Trust,
    case::{Case, CaseLog},
};

/// One of several values of a field; [`crate::Client::decide`] takes its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictValue {
    /// The field.
    pub field: String,
    /// The event that wrote it.
    pub event: EventId,
    /// The value, in codes; `waiting:employer`, a device's or organisation's id; `None` where it cannot be told.
    pub value: Option<String>,
    /// The desk that wrote it; none for the migrant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The author's clock, ms since 1970 UTC.
    pub at_ms: u64,
}

/// Every value of every conflict of a case.
pub(crate) fn values(trust: &Trust, case: &Case) -> Vec<ConflictValue> {
    let Some(main) = case.main() else { return Vec::new() };
    let conflicts = main.fold.core.as_ref().map(|core| core.conflicts.as_slice()).unwrap_or_default();
    conflicts
        .iter()
        .flat_map(|conflict| conflict.others.iter().chain([&conflict.shown]).map(move |id| (conflict, *id)))
        .filter_map(|(conflict, id)| {
            let event = main.events.get(&id)?;
            let by_desk = main.organisation(&id).is_some();
            Some(ConflictValue {
                field: conflict.field.clone(),
                event: id,
                value: value(trust, main, id, &conflict.field),
                device: by_desk.then(|| event.event().device()),
                at_ms: event.event().claimed_ms,
            })
        })
        .collect()
}

/// Where its author left the case: by what she had seen, and nothing that came beside it.
pub(crate) fn state_at(trust: &Trust, log: &CaseLog, event: EventId) -> Result<CaseState, ClientError> {
    let past = log.past(&event);
    let events = log.events.iter().filter(|(id, _)| past.contains(id)).map(|(_, event)| event);
    let then = fold::fold(log.log.log, events, trust.book()).map_err(|_| ClientError::Internal("fold"))?;
    Ok(then.core.ok_or(ClientError::Internal("fold"))?.status)
}

fn value(trust: &Trust, log: &CaseLog, event: EventId, field: &str) -> Option<String> {
    if field == "status" {
        let state = state_at(trust, log, event).ok()?;
        let detail =
            state.waiting_on().map(|on| on.as_str()).or(state.close_reason().map(|reason| reason.as_str()));
        let status = state.status().as_str();
        return Some(detail.map_or(status.to_owned(), |detail| format!("{status}:{detail}")));
    }
    match log.events.get(&event)?.body() {
        Body::CaseMerge(other) => Some(other.case.to_string()),
        Body::Assign(assign) => Some(assign.device.map(|device| device.to_string()).unwrap_or_default()),
        Body::PriorityOverride(set) => Some(set.priority().as_u8().to_string()),
        Body::ReferralPropose(proposal) => Some(proposal.organisation.to_string()),
        Body::EmergencyStatus(set) => Some(set.to.as_str().to_owned()),
        Body::CodesSet(set) => code(set, field),
        Body::FactsSet(set) => fact(set, field),
        _ => None,
    }
}

fn code(set: &CodesSet, field: &str) -> Option<String> {
    fn list<T: ToString>(items: &[T]) -> String {
        items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
    }
    match field {
        "kind" => set.kind.map(|kind| kind.as_str().to_owned()),
        "grievances" => set.grievances.as_deref().map(list),
        "situations" => set.situations.as_deref().map(list),
        "indicators" => set.indicators.as_deref().map(list),
        _ => None,
    }
}

fn fact(set: &Facts, field: &str) -> Option<String> {
    match field {
        "language" => set.language.as_ref().map(ToString::to_string),
        "origin" => set.origin.map(|country| country.to_string()),
        "destination" => set.destination.map(|country| country.to_string()),
        "sector" => set.sector.as_ref().map(ToString::to_string),
        "sex" => set.sex.map(|sex| sex.to_string()),
        "age_band" => set.age_band.map(|band| band.to_string()),
        _ => None,
    }
}
