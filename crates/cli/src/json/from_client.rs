//! From what the client answers to the shapes of the contract: the only place that knows both.

use std::collections::BTreeMap;

use amana_domain::ids::{DeviceId, OrganisationId};
use jiff::{Timestamp, civil::Date};

use super::{
    Changed, Difference, Filed, HandedOver, NotHanded, RosterDesk, RosterView, SyncReport, VerifyReport,
    Warning,
};
use crate::codes::{AuthorRole, Delivery, WarningCode};

mod brief;
mod case;
mod team;

/// Names of this team's desks and of the directory's organisations.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Desks.
    pub desks: BTreeMap<DeviceId, String>,
    /// Organisations.
    pub organisations: BTreeMap<OrganisationId, String>,
}

impl Names {
    /// A desk by its name, or by its id where the name cannot be read.
    fn desk(&self, device: &DeviceId) -> String {
        self.desks.get(device).cloned().unwrap_or_else(|| device.to_string())
    }

    fn desk_if(&self, device: &Option<DeviceId>) -> Option<String> {
        device.as_ref().map(|device| self.desk(device))
    }

    fn organisation(&self, organisation: &OrganisationId) -> Option<String> {
        self.organisations.get(organisation).cloned()
    }
}

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

impl From<amana_domain::ids::CaseId> for Changed {
    fn from(case: amana_domain::ids::CaseId) -> Self {
        Self { case: case.to_string() }
    }
}

impl HandedOver {
    /// What became of a hand-over.
    pub fn of(done: &amana_client::ops::HandOver, names: &Names) -> Self {
        let with_code = |list: &[(amana_domain::ids::CaseId, &'static str)]| {
            list.iter()
                .map(|(case, code)| NotHanded { case: case.to_string(), code: (*code).to_owned() })
                .collect()
        };
        Self {
            from: names.desk(&done.from),
            to: names.desk(&done.to),
            moved: texts(&done.moved),
            without_note: with_code(&done.without_note),
            refused: with_code(&done.refused),
        }
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
                leaving: desk.leaving,
                becomes: desk.becomes,
            })
            .collect();
        Self { organisation: organisation.to_string(), n, desks, synced: None, warnings: Vec::new() }
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
