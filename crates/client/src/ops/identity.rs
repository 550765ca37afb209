//! A name that the person gave. It goes to a log of its own, under the `need` clearance; until the organisation's
//! roster is known there is no key to wrap to, and the name waits on the phone.

use amana_domain::{
    event::Body,
    ids::CaseId,
    person::{Person, PersonRole},
    role::LogKind,
    text::Line,
};
use amana_vault::Tx;

use super::open_log::{NewLog, open_log};
use crate::{Client, ClientError};

fn waiting(case: CaseId) -> String {
    format!("waiting_name:{case}")
}

/// Keeps a name until it can be sealed for the organisation.
pub(super) fn keep_name(tx: &Tx<'_>, case: CaseId, name: &Line) -> Result<(), ClientError> {
    Ok(tx.set_meta(&waiting(case), name.as_str().as_bytes())?)
}

impl Client {
    /// The name that waits on this phone for the organisation's roster.
    pub fn waiting_name(&mut self, case: CaseId) -> Result<Option<String>, ClientError> {
        let name = self.write(|tx| Ok(tx.meta(&waiting(case))?))?;
        Ok(name.and_then(|name| String::from_utf8(name.to_vec()).ok()))
    }

    /// Opens identity logs for names that waited, as soon as the owner's roster is known.
    pub(crate) fn open_waiting_names(&mut self) -> Result<(), ClientError> {
        for case in self.write(|tx| Ok(tx.case_ids()?))? {
            let Some(name) = self.waiting_name(case)? else { continue };
            match self.open_identity(case, &name) {
                Ok(()) | Err(ClientError::OrganisationNotReady) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn open_identity(&mut self, case: CaseId, name: &str) -> Result<(), ClientError> {
        let name: Line = name.parse().map_err(|_| ClientError::Internal("name"))?;
        let random = self.env.random.clone();
        self.write_case(case, |writer| {
            let log = open_log(
                writer.tx,
                writer.trust,
                &mut writer.case,
                &writer.author,
                NewLog::of(LogKind::Identity),
                random.as_ref(),
            )?;
            let person = Person { name: Some(name), ..Person::new(PersonRole::Both) };
            writer.append_to(log.log, Body::PersonSet(person))?;
            writer.tx.delete_meta(&waiting(case))?;
            Ok(())
        })
    }
}
