//! `show`: one case, folded afresh. At a desk this counts as read by a person.

use amana_domain::{
    event::{Body, Receipt},
    fold::Party,
    ids::CaseId,
    role::LogKind,
};

use super::cases::complete;
use crate::{
    Client, ClientError,
    case::Case,
    keys,
    view::{CaseView, Merges, conflict_values, view},
};

impl Client {
    /// A case as this device may read it. A desk notes that a person has opened it; the note goes out with the next
    /// sync. A desk that may no longer write still shows what it has.
    pub fn show(&mut self, case: CaseId) -> Result<CaseView, ClientError> {
        if self.desk().is_some() {
            match self.note_read(case) {
                Ok(())
                | Err(
                    ClientError::Forbidden
                    | ClientError::OrganisationNotReady
                    | ClientError::UpdateNeeded
                    | ClientError::Recused,
                ) => {}
                Err(error) => return Err(error),
            }
        }
        self.peek(case)
    }

    /// The same without counting as read.
    ///
    /// Errors: `NotFound`.
    pub fn peek(&mut self, case: CaseId) -> Result<CaseView, ClientError> {
        let viewer = self.viewer();
        let now_ms = self.env.now_ms();
        let trust = &self.trust;
        self.vault.read(|tx| {
            let case = Case::load(tx, trust, case)?;
            let mut view = view(&case, viewer).ok_or(ClientError::NotFound)?;
            view.exposed = keys::exposed(trust, &case);
            view.conflict_values = conflict_values(trust, &case);
            complete(tx, &Merges::load(tx)?, viewer, &mut view)?;
            Ok(view.at(now_ms))
        })
    }

    fn note_read(&mut self, case: CaseId) -> Result<(), ClientError> {
        let organisation = self.require_desk()?.organisation;
        self.write_case(case, |writer| {
            let Some(core) = writer.case.core() else { return Err(ClientError::NotFound) };
            let read = core.reads.get(&organisation).map(Vec::as_slice).unwrap_or_default();
            let unread = writer.case.logs.iter().filter(|log| log.log.kind != LogKind::Work).any(|log| {
                let covered = log.covered(read);
                log.applied().any(|event| {
                    let id = event.id();
                    log.party(&id) == Some(Party::Migrant)
                        && !event.event().kind.is_bookkeeping()
                        && !covered.contains(&id)
                })
            });
            if unread {
                let heads = writer.case.heads();
                let log = writer.case.main().map(|log| log.log.log).ok_or(ClientError::NotFound)?;
                writer.append_to(log, Body::Read(Receipt { heads }))?;
            }
            Ok(())
        })
    }
}
