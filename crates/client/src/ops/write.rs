//! The common path of every write: load, append, project, all in one transaction.

use amana_domain::{
    event::Body,
    ids::{CaseId, EventId, LogId},
    role::LogKind,
};
use amana_vault::Tx;

use crate::{
    Client, ClientError, Desk, Trust,
    case::{Author, Case},
    keys,
    sync::project,
};

/// A case with everything needed to write to it.
pub(crate) struct Writer<'a> {
    pub tx: &'a Tx<'a>,
    pub trust: &'a Trust,
    pub case: Case,
    pub author: Author<'a>,
}

impl Writer<'_> {
    /// Appends to the log of a kind.
    pub fn append(&mut self, kind: LogKind, body: Body) -> Result<EventId, ClientError> {
        let log = self.case.log(kind).map(|log| log.log.log).ok_or_else(|| self.missing(kind))?;
        self.append_to(log, body)
    }

    /// Why there is no log of this kind to write to: filing opens the first three, `core` announces the others.
    fn missing(&self, kind: LogKind) -> ClientError {
        let filed = matches!(kind, LogKind::Core | LogKind::Talk | LogKind::Narrative);
        let announced = self.case.core().is_some_and(|core| core.logs.iter().any(|log| log.kind == kind));
        if filed || announced { ClientError::LogNotHereYet } else { ClientError::NotFound }
    }

    /// Appends to a log.
    pub fn append_to(&mut self, log: LogId, body: Body) -> Result<EventId, ClientError> {
        self.case.append(self.tx, self.trust, log, &self.author, body)
    }

    /// Appends to a log beside `core`, where it stands already: whoever makes another log read-only here, by something
    /// that this version does not know, must not keep it from standing in `core`.
    pub fn append_unless_read_only(&mut self, log: LogId, body: Body) -> Result<(), ClientError> {
        match self.append_to(log, body) {
            Err(ClientError::UpdateNeeded) => Ok(()),
            done => done.map(drop),
        }
    }
}

impl Client {
    /// Runs a write on a case and brings its projection up to date. On an error nothing is written.
    pub(crate) fn write_case<R>(
        &mut self,
        id: CaseId,
        run: impl FnOnce(&mut Writer<'_>) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        self.write_cases([id], |[writer]| run(writer))
    }

    /// The same for several cases at once: all of it is written, or nothing.
    pub(crate) fn write_cases<const N: usize, R>(
        &mut self,
        ids: [CaseId; N],
        run: impl FnOnce(&mut [Writer<'_>; N]) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        let mut authors = Vec::with_capacity(N);
        for id in ids {
            let stored = self.write(|tx| crate::client::stored_case(tx, id))?;
            let owner = crate::sync::owner_of(&stored)?;
            let key = self.writing_key(id)?;
            authors.push(if self.speaking_for == Some(id) {
                (id, key, None, self.trust.roster_ref(owner))
            } else {
                (id, key, self.viewer().0, self.roster_ref(owner))
            });
        }
        let viewer = self.viewer();
        let device = self.desk().map(Desk::device);
        let now_ms = self.env.now_ms();
        let random = self.env.random.clone();
        let trust = &self.trust;
        self.vault.write(|tx| {
            let mut writers = Vec::with_capacity(N);
            for (id, key, organisation, roster) in &authors {
                let case = Case::load(tx, trust, *id)?;
                if device.is_some_and(|device| keys::readers::recused(&case).contains(&device)) {
                    return Err(ClientError::Recused);
                }
                let (organisation, roster) = (*organisation, *roster);
                let author = Author { key, organisation, roster, now_ms, random: random.as_ref() };
                writers.push(Writer { tx, trust, case, author });
            }
            let mut writers: [Writer<'_>; N] =
                writers.try_into().map_err(|_| ClientError::Internal("writers"))?;
            let result = run(&mut writers)?;
            for writer in &writers {
                project(tx, &writer.case, viewer)?;
            }
            Ok(result)
        })
    }
}
