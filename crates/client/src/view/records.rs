//! What stands in logs of its own: wages, places, health, migration status. Who does not hold such a log has none of it.

use amana_domain::{event::Body, grievance::Grievance, place::Place, role::LogKind};
use serde::{Deserialize, Serialize};

use super::{Deliveries, Entry};
use crate::case::Case;

/// Something that was recorded in a log of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordEntry {
    /// Its words (empty if there are none), who wrote it, and when.
    pub entry: Entry,
    /// In which part of the case.
    pub log: LogKind,
    /// Amounts and periods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wage: Option<Grievance>,
    /// A place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Every record that is readable here, by part, then in the order in which they were written.
pub(super) fn records(case: &Case, deliveries: &Deliveries<'_>) -> Vec<RecordEntry> {
    let mut records = Vec::new();
    for kind in [LogKind::Wages, LogKind::Location, LogKind::Medical, LogKind::Status] {
        for log in case.of_kind(kind) {
            for event in log.applied() {
                let (text, wage, place) = match event.body() {
                    Body::WageEntry(wage) => {
                        (wage.statement.as_ref().map_or("", |text| text.as_str()), Some(wage.clone()), None)
                    }
                    Body::PlaceAdd(place) => ("", None, Some(*place)),
                    Body::HealthNote(note) | Body::MigrationNote(note) => (note.text.as_str(), None, None),
                    _ => continue,
                };
                records.push(RecordEntry {
                    entry: deliveries.entry(log, event, text),
                    log: kind,
                    wage,
                    place,
                });
            }
        }
    }
    records
}
