//! A case as the contract's JSON shows it.

use std::collections::BTreeMap;

use amana_client as client;
use amana_domain::ids::DeviceId;
use jiff::Timestamp;

use crate::{
    codes::{AuthorRole, Delivery},
    json::{Addition, CaseView, Conflict, Consent, Message, Note, Referral, Refused, Rule, Task},
};

/// RFC 3339 UTC, from ms since 1970.
pub fn instant(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .map_or_else(|| Timestamp::MAX.to_string(), |at| at.to_string())
}

fn delivery(delivery: client::Delivery) -> Delivery {
    match delivery {
        client::Delivery::OnPhone => Delivery::OnPhone,
        client::Delivery::Sent => Delivery::Sent,
        client::Delivery::Received => Delivery::Received,
        client::Delivery::Read => Delivery::Read,
    }
}

fn role(entry: &client::Entry) -> AuthorRole {
    entry.author_role.parse().unwrap_or(AuthorRole::Migrant)
}

/// Converts a view; `names` are the desks that this vault can name.
pub fn case_view(view: client::CaseView, names: &BTreeMap<DeviceId, String>) -> CaseView {
    let name_of = |device: DeviceId| names.get(&device).cloned().unwrap_or_else(|| device.to_string());
    let texts = |codes: Vec<String>| codes;
    CaseView {
        case: view.case.to_string(),
        number: view.number,
        kind: view.kind,
        owner: view.owner.to_string(),
        grievances: texts(view.grievances.iter().map(ToString::to_string).collect()),
        situations: texts(view.situations.iter().map(ToString::to_string).collect()),
        priority: view.priority as u8,
        rules: view
            .rules
            .into_iter()
            .map(|hit| Rule { rule: hit.rule, priority: hit.priority as u8, because: hit.because })
            .collect(),
        status: view.status,
        waiting_on: view.waiting_on,
        close_reason: view.close_reason.map(|reason| reason.to_string()),
        clock_due: view.clock_due_ms.and_then(|ms| u64::try_from(ms).ok()).map(instant),
        assigned: view.assigned.map(name_of),
        language: view.language.map(|language| language.to_string()).unwrap_or_default(),
        origin: view.origin.map(|country| country.to_string()),
        destination: view.destination.map(|country| country.to_string()),
        sector: view.sector.map(|sector| sector.to_string()),
        sex: view.sex.map(|sex| sex.to_string()),
        age_band: view.age_band.map(|band| band.to_string()),
        delivery: delivery(view.delivery),
        safe_contact: view.safe_contact.and_then(|plan| serde_json::to_value(plan).ok()),
        name: view.name,
        text: view.text,
        additions: view
            .additions
            .into_iter()
            .map(|entry| Addition {
                author_role: role(&entry),
                id: entry.id.to_string(),
                at: instant(entry.at_ms),
                text: entry.text,
            })
            .collect(),
        messages: view
            .messages
            .into_iter()
            .map(|entry| Message {
                author_role: role(&entry),
                id: entry.id.to_string(),
                delivery: delivery(entry.delivery),
                at: instant(entry.at_ms),
                text: entry.text,
            })
            .collect(),
        attachments: Vec::new(),
        consents: view
            .consents
            .into_iter()
            .filter_map(|consent| {
                Some(Consent {
                    organisation: consent.organisation.to_string(),
                    logs: consent.logs.iter().map(ToString::to_string).collect(),
                    purpose: consent.purpose,
                    until: consent.until_ms.map(instant),
                    state: consent.state.parse().ok()?,
                })
            })
            .collect(),
        referrals: view
            .referrals
            .into_iter()
            .filter_map(|referral| {
                Some(Referral {
                    organisation: referral.organisation.to_string(),
                    state: referral.state.parse().ok()?,
                })
            })
            .collect(),
        readable_logs: view.readable_logs.iter().map(ToString::to_string).collect(),
        notes: view
            .notes
            .into_iter()
            .map(|entry| Note {
                author: entry.device.map(name_of),
                id: entry.id.to_string(),
                at: instant(entry.at_ms),
                text: entry.text,
            })
            .collect(),
        tasks: view
            .tasks
            .into_iter()
            .map(|task| Task {
                id: task.id.to_string(),
                title: task.title,
                due: instant(task.due_ms),
                done: task.done,
            })
            .collect(),
        emergency: None,
        merged_into: None,
        update_needed: view.update_needed,
        refused: view
            .refused
            .into_iter()
            .map(|refused| Refused {
                event: refused.event.to_string(),
                reason: refused.reason.code().to_owned(),
            })
            .collect(),
        conflicts: view
            .conflicts
            .into_iter()
            .map(|conflict| Conflict {
                events: std::iter::once(conflict.shown)
                    .chain(conflict.others)
                    .map(|id| id.to_string())
                    .collect(),
                shown: conflict.shown.to_string(),
                field: conflict.field,
            })
            .collect(),
    }
}
