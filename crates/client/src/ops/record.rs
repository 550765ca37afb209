//! `record`: what has a log of its own: wages, files, persons, places, health, migration status. The first such record
//! opens the log.

use amana_domain::{
    event::{AttachmentRef, Body, Text},
    grievance::Grievance,
    ids::{CaseId, EventId},
    person::Person,
    place::Place,
    role::LogKind,
    text::CaseText,
};

use super::open_log::{NewLog, open_log};
use crate::{Client, ClientError};

/// What to record.
pub enum Record {
    /// Amounts and periods of a complaint; everybody in the team reads it.
    Wages(Box<Grievance>),
    /// A file, sealed under a key of its own; how it travels is not this call's affair. Everybody in the team reads it.
    Evidence(AttachmentRef),
    /// Who she is; need to know.
    Person(Box<Person>),
    /// Where something is; need to know.
    Place(Place),
    /// About health; supervisors and admins.
    Health(CaseText),
    /// About migration status; supervisors and admins.
    Migration(CaseText),
}

impl Record {
    fn into_body(self) -> (LogKind, Body) {
        let words = |text: CaseText| Text { text: text.as_str().to_owned() };
        match self {
            Self::Wages(entry) => (LogKind::Wages, Body::WageEntry(*entry)),
            Self::Evidence(file) => (LogKind::Evidence, Body::Attachment(file)),
            Self::Person(person) => (LogKind::Identity, Body::PersonSet(*person)),
            Self::Place(place) => (LogKind::Location, Body::PlaceAdd(place)),
            Self::Health(text) => (LogKind::Medical, Body::HealthNote(words(text))),
            Self::Migration(text) => (LogKind::Status, Body::MigrationNote(words(text))),
        }
    }
}

impl Client {
    /// Records something in the log made for it. Returns its event.
    ///
    /// Errors: `Forbidden` for a desk whose role does not hold the log's clearance, or of another organisation;
    /// `OrganisationNotReady` on a phone that has not seen the owner's roster yet.
    pub fn record(&mut self, case: CaseId, record: Record) -> Result<EventId, ClientError> {
        let (kind, body) = record.into_body();
        // Whoever opens a log makes its key.
        if self.desk().is_some() && !self.role().is_some_and(|role| role.holds(kind.clearance())) {
            return Err(ClientError::Forbidden);
        }
        let random = self.env.random.clone();
        self.write_case(case, |writer| {
            let log = match writer.case.log(kind) {
                Some(log) => log.log.log,
                None => {
                    open_log(
                        writer.tx,
                        writer.trust,
                        &mut writer.case,
                        &writer.author,
                        NewLog::of(kind),
                        random.as_ref(),
                    )?
                    .log
                }
            };
            writer.append_to(log, body)
        })
    }
}
