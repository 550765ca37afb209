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
        let log = self.case.log(kind).map(|log| log.log.log).ok_or(ClientError::NotFound)?;
        self.append_to(log, body)
    }

    /// Appends to a log.
    pub fn append_to(&mut self, log: LogId, body: Body) -> Result<EventId, ClientError> {
        self.case.append(self.tx, self.trust, log, &self.author, body)
    }
}

impl Client {
    /// Runs a write on a case and brings its projection up to date. On an error nothing is written.
    pub(crate) fn write_case<R>(
        &mut self,
        id: CaseId,
        run: impl FnOnce(&mut Writer<'_>) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        let stored = self.write(|tx| crate::client::stored_case(tx, id))?;
        let key = self.own_key(&stored)?;
        let roster = self.roster_ref(crate::sync::owner_of(&stored)?);
        let viewer = self.viewer();
        let device = self.desk().map(Desk::device);
        let now_ms = self.env.now_ms();
        let random = self.env.random.clone();
        let trust = &self.trust;
        self.vault.write(|tx| {
            let case = Case::load(tx, trust, id)?;
            if device.is_some_and(|device| keys::readers::recused(&case).contains(&device)) {
                return Err(ClientError::Recused);
            }
            let author =
                Author { key: &key, organisation: viewer.0, roster, now_ms, random: random.as_ref() };
            let mut writer = Writer { tx, trust, case, author };
            let result = run(&mut writer)?;
            project(tx, &writer.case, viewer)?;
            Ok(result)
        })
    }
}
