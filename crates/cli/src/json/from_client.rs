//! From what the client answers to the shapes of the contract: the only place that knows both.

use std::collections::BTreeMap;

use amana_domain::ids::{DeviceId, OrganisationId};
use jiff::{Timestamp, civil::Date};

use super::{
    Addition, CaseView, Conflict, Consent, Difference, Filed, Message, Note, Referral, Refused, RosterDesk,
    RosterView, Rule, SyncReport, Task, VerifyReport, Warning,
};
use crate::codes::{AuthorRole, ConsentState, Delivery, ReferralState, WarningCode};

/// Names of desks, for showing who has a case or wrote a note.
pub type Names = BTreeMap<DeviceId, String>;

/// Milliseconds since 1970 as RFC 3339 UTC; a time out of range (a hostile author's) as the last one there is.
pub fn time(ms: u64) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.unwrap_or(Timestamp::MAX).to_string()
}

/// Whole days since 1970 as `YYYY-MM-DD`.
fn day(days: u32) -> String {
    let span = jiff::Span::new().try_days(days);
    let date = span.and_then(|span| Date::constant(1970, 1, 1).checked_add(span));
    date.unwrap_or(Date::MAX).to_string()
}

fn delivery(delivery: amana_client::Delivery) -> Delivery {
    match delivery {
        amana_client::Delivery::OnPhone => Delivery::OnPhone,
        amana_client::Delivery::Sent => Delivery::Sent,
        amana_client::Delivery::Received => Delivery::Received,
        amana_client::Delivery::Read => Delivery::Read,
    }
}

fn author(role: &str) -> AuthorRole {
    role.parse().unwrap_or(AuthorRole::Caseworker)
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(T::to_string).collect()
}

fn text<T: ToString>(item: &Option<T>) -> Option<String> {
    item.as_ref().map(T::to_string)
}

/// The spelling that a code has in JSON.
fn spelling(code: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(code).unwrap_or_default();
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl CaseView {
    /// The shape of `view`, with desks by their names.
    pub fn of(view: &amana_client::CaseView, names: &Names) -> Self {
        let name = |device: &Option<DeviceId>| {
            device.as_ref().map(|device| names.get(device).cloned().unwrap_or_else(|| device.to_string()))
        };
        Self {
            case: view.case.to_string(),
            number: view.number.clone(),
            kind: view.kind,
            owner: view.owner.to_string(),
            grievances: texts(&view.grievances),
            situations: texts(&view.situations),
            priority: view.priority.as_u8(),
            rules: view
                .rules
                .iter()
                .map(|hit| Rule {
                    rule: hit.rule.clone(),
                    priority: hit.priority.as_u8(),
                    because: hit.because.clone(),
                })
                .collect(),
            not_asked: view.not_asked.clone(),
            status: view.status,
            waiting_on: view.waiting_on,
            close_reason: text(&view.close_reason),
            clock_due: view.clock_due_ms.map(|ms| time(u64::try_from(ms).unwrap_or(0))),
            assigned: name(&view.assigned),
            language: text(&view.language).unwrap_or_default(),
            origin: text(&view.origin),
            destination: text(&view.destination),
            sector: text(&view.sector),
            sex: text(&view.sex),
            age_band: text(&view.age_band),
            delivery: delivery(view.delivery),
            safe_contact: view.safe_contact.as_ref().and_then(|plan| serde_json::to_value(plan).ok()),
            name: view.name.clone(),
            text: view.text.clone(),
            additions: view
                .additions
                .iter()
                .map(|entry| Addition {
                    id: entry.id.to_string(),
                    text: entry.text.clone(),
                    author_role: author(&entry.author_role),
                    at: time(entry.at_ms),
                })
                .collect(),
            messages: view
                .messages
                .iter()
                .map(|entry| Message {
                    id: entry.id.to_string(),
                    text: entry.text.clone(),
                    author_role: author(&entry.author_role),
                    delivery: delivery(entry.delivery),
                    at: time(entry.at_ms),
                })
                .collect(),
            attachments: Vec::new(),
            consents: view
                .consents
                .iter()
                .map(|consent| Consent {
                    organisation: consent.organisation.to_string(),
                    logs: texts(&consent.logs),
                    purpose: consent.purpose.clone(),
                    until: consent.until_ms.map(time),
                    // A state that is not known must not pass for a permission.
                    state: consent.state.parse().unwrap_or(ConsentState::Withdrawn),
                })
                .collect(),
            referrals: view
                .referrals
                .iter()
                .map(|referral| Referral {
                    organisation: referral.organisation.to_string(),
                    state: referral.state.parse().unwrap_or(ReferralState::Proposed),
                })
                .collect(),
            readable_logs: texts(&view.readable_logs),
            notes: view
                .notes
                .iter()
                .map(|entry| Note {
                    id: entry.id.to_string(),
                    text: entry.text.clone(),
                    author: name(&entry.device),
                    at: time(entry.at_ms),
                })
                .collect(),
            tasks: view
                .tasks
                .iter()
                .map(|task| Task {
                    id: task.id.to_string(),
                    title: task.title.clone(),
                    due: time(task.due_ms),
                    done: task.done,
                })
                .collect(),
            emergency: None,
            merged_into: text(&view.merged_into),
            update_needed: view.update_needed,
            refused: view
                .refused
                .iter()
                .map(|refused| Refused {
                    event: refused.event.to_string(),
                    reason: spelling(&refused.reason),
                })
                .collect(),
            conflicts: view
                .conflicts
                .iter()
                .map(|conflict| Conflict {
                    field: conflict.field.clone(),
                    events: texts(&[&conflict.others[..], &[conflict.shown]].concat()),
                    shown: conflict.shown.to_string(),
                })
                .collect(),
        }
    }
}

impl From<amana_client::Report> for SyncReport {
    fn from(report: amana_client::Report) -> Self {
        let warning = |warning: &amana_client::Warning| {
            // A code that has no text yet is still told, as the one that says "something was not accepted".
            let code = warning.code.parse().unwrap_or(WarningCode::EventRefused);
            Warning { code, case: text(&warning.case), log: text(&warning.log) }
        };
        Self {
            pushed: report.pushed,
            pulled: report.pulled,
            warnings: report.warnings.iter().map(warning).collect(),
        }
    }
}

impl From<amana_client::ops::Filed> for Filed {
    fn from(filed: amana_client::ops::Filed) -> Self {
        Self { case: filed.case.to_string(), number: filed.number }
    }
}

impl From<amana_client::ops::VerifyReport> for VerifyReport {
    fn from(report: amana_client::ops::VerifyReport) -> Self {
        let differences = report
            .problems
            .iter()
            .map(|problem| Difference {
                check: problem.code.to_owned(),
                case: text(&problem.case),
                log: None,
                event: text(&problem.event),
            })
            .collect();
        Self { cases: report.cases, events: report.events, differences }
    }
}

impl RosterView {
    /// The roster `n` of `organisation`, as seen from `own`.
    pub fn of(
        organisation: OrganisationId,
        n: u64,
        desks: &[amana_client::ops::RosterEntry],
        own: DeviceId,
    ) -> Self {
        let desks = desks
            .iter()
            .map(|desk| RosterDesk {
                device: desk.device.to_string(),
                name: desk.name.clone(),
                role: desk.role,
                not_after: day(desk.not_after_day),
                this: desk.device == own,
            })
            .collect();
        Self { organisation: organisation.to_string(), n, desks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_and_never_fail() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(1_801_411_200_123), "2027-01-31T16:00:00.123Z");
        assert!(time(u64::MAX).starts_with("9999-"));
        assert_eq!(day(20_849), "2027-01-31");
        assert!(day(u32::MAX).starts_with("9999-"));
    }

    #[test]
    fn reports_keep_their_counts_and_warnings() {
        let report = amana_client::Report {
            pushed: 3,
            pulled: 5,
            warnings: WarningCode::ALL
                .iter()
                .map(|code| amana_client::Warning { code: code.as_str(), case: None, log: None })
                .collect(),
        };
        let shape = SyncReport::from(report);
        assert_eq!((shape.pushed, shape.pulled), (3, 5));
        let codes: Vec<WarningCode> = shape.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, WarningCode::ALL);
    }
}
