//! `add-person`: somebody of the case, in an identity log of her own under the `need` clearance. Until the
//! organisation's roster is known there is no key to wrap to, and the person waits on the phone.

use std::collections::BTreeSet;

use amana_domain::{
    codes::AgeBand,
    event::{Body, Facts, LogRef},
    ids::CaseId,
    period::Date,
    person::{Person, PersonRole},
    role::LogKind,
    text::Line,
};
use amana_vault::Tx;

use super::{
    open_log::{NewLog, open_log},
    write::Writer,
};
use crate::{Client, ClientError};

const DAY_MS: u64 = 86_400_000;

const PERSONS: &str = "waiting_persons:";
const NAME: &str = "waiting_name:";

fn waiting(case: CaseId) -> String {
    format!("{PERSONS}{case}")
}

/// Where earlier versions kept a name that waited.
fn waiting_name(case: CaseId) -> String {
    format!("{NAME}{case}")
}

/// People who wait on this phone, in the order in which they were named.
fn kept(tx: &Tx<'_>, case: CaseId) -> Result<Vec<Person>, ClientError> {
    let mut persons = Vec::new();
    if let Some(name) = tx.meta(&waiting_name(case))?
        && let Some(name) = std::str::from_utf8(&name).ok().and_then(|name| name.parse::<Line>().ok())
    {
        persons.push(Person { name: Some(name), ..Person::new(PersonRole::Both) });
    }
    if let Some(bytes) = tx.meta(&waiting(case))? {
        let more: Vec<Person> =
            serde_json::from_slice(&bytes).map_err(|_| ClientError::Internal("waiting persons"))?;
        persons.extend(more);
    }
    Ok(persons)
}

/// Keeps a person until she can be sealed for the organisation.
pub(super) fn keep(tx: &Tx<'_>, case: CaseId, person: &Person) -> Result<(), ClientError> {
    let mut persons = kept(tx, case)?;
    persons.push(person.clone());
    put(tx, case, &persons)
}

fn put(tx: &Tx<'_>, case: CaseId, persons: &[Person]) -> Result<(), ClientError> {
    tx.delete_meta(&waiting_name(case))?;
    if persons.is_empty() {
        return Ok(tx.delete_meta(&waiting(case))?);
    }
    let bytes = serde_json::to_vec(persons).map_err(|_| ClientError::Internal("waiting persons"))?;
    Ok(tx.set_meta(&waiting(case), &bytes)?)
}

impl Client {
    /// Adds a person to a case. At a desk, one who wants to stay unnamed to the group gets a log whose key the reporter's
    /// phone is not given. Returns her log; none while she waits on this phone for the organisation's roster.
    ///
    /// Errors: `Forbidden` at a desk of another organisation than the owner.
    pub fn add_person(&mut self, case: CaseId, person: Person) -> Result<Option<LogRef>, ClientError> {
        let added = self.open_identity(case, &person, None);
        match added {
            Ok(log) => Ok(Some(log)),
            Err(ClientError::OrganisationNotReady) if self.desk().is_none() => {
                self.write(|tx| keep(tx, case, &person))?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// People who wait on this phone for the organisation's roster.
    pub fn waiting_persons(&mut self, case: CaseId) -> Result<Vec<Person>, ClientError> {
        self.write(|tx| kept(tx, case))
    }

    /// The name that waits on this phone for the organisation's roster.
    pub fn waiting_name(&mut self, case: CaseId) -> Result<Option<String>, ClientError> {
        let persons = self.waiting_persons(case)?;
        Ok(persons.into_iter().find_map(|person| person.name).map(|name| name.as_str().to_owned()))
    }

    /// Opens identity logs for people who waited, as soon as the owner's roster is known.
    pub(crate) fn open_waiting_persons(&mut self) -> Result<(), ClientError> {
        let mut cases = BTreeSet::new();
        for prefix in [PERSONS, NAME] {
            let kept = self.read(|tx| Ok(tx.meta_named(prefix)?))?;
            cases.extend(kept.iter().filter_map(|(name, _)| name[prefix.len()..].parse::<CaseId>().ok()));
        }
        for case in cases {
            let persons = self.waiting_persons(case)?;
            for at in 0..persons.len() {
                match self.open_identity(case, &persons[at], Some(&persons[at + 1..])) {
                    Ok(_) => {}
                    Err(ClientError::OrganisationNotReady) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Opens her log; `still_waiting` replaces the people who wait, in the same transaction.
    fn open_identity(
        &mut self,
        case: CaseId,
        person: &Person,
        still_waiting: Option<&[Person]>,
    ) -> Result<LogRef, ClientError> {
        let random = self.env.random.clone();
        let desk = self.desk().map(|desk| desk.organisation);
        let today = today(self.env.now_ms());
        self.write_case(case, |writer| {
            if desk.is_some_and(|organisation| organisation != writer.case.root.owner) {
                return Err(ClientError::Forbidden);
            }
            let new = NewLog {
                wrap_migrant: desk.is_none() || !person.unnamed_to_group,
                ..NewLog::of(LogKind::Identity)
            };
            let (tx, trust) = (writer.tx, writer.trust);
            let log = open_log(tx, trust, &mut writer.case, &writer.author, new, random.as_ref())?;
            writer.append_to(log.log, Body::PersonSet(person.clone()))?;
            note_child(writer, person, today)?;
            if let Some(persons) = still_waiting {
                put(tx, case, persons)?;
            }
            Ok(log)
        })
    }
}

/// A child among the people in danger counts for all: `core` says so, and no more.
fn note_child(writer: &mut Writer<'_>, person: &Person, today: Option<Date>) -> Result<(), ClientError> {
    let known = writer.case.core().and_then(|core| core.facts.age_band);
    let band = today.map_or(person.age_band, |today| person.age_band_on(today));
    if person.role.is_in_danger() && band == Some(AgeBand::Child) && known != Some(AgeBand::Child) {
        let facts = Facts { age_band: Some(AgeBand::Child), ..Facts::default() };
        writer.append(LogKind::Core, Body::FactsSet(facts))?;
    }
    Ok(())
}

fn today(now_ms: u64) -> Option<Date> {
    let days = i64::try_from(now_ms / DAY_MS).ok()?;
    let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Date::new(day.year(), day.month(), day.day()).ok()
}
