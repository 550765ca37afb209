//! The embedded store: SQLite in WAL mode, one writer thread with group commit, a few readers.

mod access;
mod append;
mod feed;
mod file;
mod int;
mod mailbox;
mod open;
mod session;
#[cfg(test)]
mod tests;
mod trust;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use amana_crypto::{Random, SigningKey};
use amana_domain::ids::{DeviceId, Generation, Hash, MailboxId, OrganisationId};
use amana_protocol::{
    ErrorCode,
    reading::ReadFrom,
    wire::{JoinRow, MailboxPut, Renewal},
};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::Semaphore;

pub use open::{OpenError, SCHEMA_VERSION};
use session::Session;
use writer::Writer;

use super::{
    Acknowledger, Answer, Appended, CheckedEnvelope, FeedPage, Filing, Page, Store, StoreError, StoredTrust,
};
use crate::{
    auth::Caller,
    config::{Limits, Quotas},
};

/// The database's name in the data folder.
pub(crate) const FILE: &str = "relay.db";

/// The SQLite store of one data folder.
#[derive(Debug)]
pub struct SqliteStore {
    generation: Generation,
    quotas: Arc<Quotas>,
    writer: Writer,
    readers: Arc<Readers>,
}

#[derive(Debug)]
struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    count: usize,
}

impl SqliteStore {
    /// Opens or makes the database. A database of a newer schema is refused.
    pub fn open(
        folder: &Path,
        quotas: Quotas,
        limits: &Limits,
        tokens: &[Hash],
        key: SigningKey,
        random: &dyn Random,
    ) -> Result<Self, OpenError> {
        let path = folder.join(FILE);
        let mut connection = open::writer(&path)?;
        open::migrate(&mut connection)?;
        let generation = open::generation(&mut connection, random)?;
        open::import_tokens(&mut connection, tokens)?;
        let idle = (0..limits.readers).map(|_| open::reader(&path)).collect::<Result<Vec<_>, _>>()?;
        let count = idle.len();
        let readers = Readers { permits: Arc::new(Semaphore::new(count)), idle: Mutex::new(idle), count };
        Ok(Self {
            generation,
            quotas: Arc::new(quotas),
            writer: Writer::start(connection, Acknowledger::new(key, generation), limits)?,
            readers: Arc::new(readers),
        })
    }

    /// Runs a read in one snapshot on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permits = Arc::clone(&self.readers.permits);
        let permit = permits.acquire_owned().await.map_err(|_| StoreError::Busy)?;
        let readers = Arc::clone(&self.readers);
        let read = move || {
            let _permit = permit;
            let mut connection = lock(&readers.idle).pop().ok_or(StoreError::Failed)?;
            let result = connection
                .transaction_with_behavior(TransactionBehavior::Deferred)
                .map_err(|error| failed(&error))
                .and_then(|transaction| run(&transaction));
            lock(&readers.idle).push(connection);
            result
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Failed)?
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Reports a database failure without its text, which could quote stored values.
fn failed(error: &rusqlite::Error) -> StoreError {
    tracing::error!(code = ?error.sqlite_error_code(), "database failure");
    StoreError::Failed
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        failed(&error)
    }
}

impl Store for SqliteStore {
    fn generation(&self) -> Generation {
        self.generation
    }

    fn trust(&self) -> Answer<'_, StoredTrust> {
        Box::pin(self.read(trust::load))
    }

    fn add_directories(
        &self,
        after: u64,
        directories: Vec<Vec<u8>>,
        organisations: Vec<OrganisationId>,
    ) -> Answer<'_, ()> {
        Box::pin(self.writer.cold(move |session: &mut Session| {
            trust::add_directories(session, after, &directories, &organisations)
        }))
    }

    fn add_rosters(
        &self,
        organisation: OrganisationId,
        after: u64,
        heads: Vec<Vec<u8>>,
        part: Option<(u64, Vec<u8>)>,
        used: Vec<Hash>,
    ) -> Answer<'_, ()> {
        Box::pin(self.writer.cold(move |session: &mut Session| {
            trust::add_rosters(session, &organisation, after, &heads, part.as_ref(), &used)
        }))
    }

    fn roster_part(&self, caller: Caller, organisation: OrganisationId, n: u64) -> Answer<'_, Vec<u8>> {
        Box::pin(self.read(move |connection| trust::roster_part(connection, &caller, &organisation, n)))
    }

    fn add_join(&self, organisation: OrganisationId, join: JoinRow) -> Answer<'_, ()> {
        let most = self.quotas.joins;
        Box::pin(
            self.writer
                .cold(move |session: &mut Session| trust::add_join(session, &organisation, &join, most)),
        )
    }

    fn joins(&self, caller: Caller, organisation: OrganisationId) -> Answer<'_, Vec<JoinRow>> {
        Box::pin(self.read(move |connection| trust::joins(connection, &caller, &organisation)))
    }

    fn add_renewal(
        &self,
        organisation: OrganisationId,
        device: DeviceId,
        renewal: Renewal,
    ) -> Answer<'_, ()> {
        Box::pin(
            self.writer.cold(move |session: &mut Session| {
                trust::add_renewal(session, &organisation, &device, &renewal)
            }),
        )
    }

    fn renewals(&self, caller: Caller, organisation: OrganisationId) -> Answer<'_, Vec<(DeviceId, Renewal)>> {
        Box::pin(self.read(move |connection| trust::renewals(connection, &caller, &organisation)))
    }

    fn drop_renewals(&self, organisation: OrganisationId, devices: Vec<DeviceId>) -> Answer<'_, ()> {
        Box::pin(
            self.writer
                .cold(move |session: &mut Session| trust::drop_renewals(session, &organisation, &devices)),
        )
    }

    fn file(&self, caller: Caller, filing: Filing, day: u32) -> Answer<'_, Appended> {
        let quotas = Arc::clone(&self.quotas);
        Box::pin(self.writer.acknowledged_cold(move |session: &mut Session| {
            file::run(session, &quotas, &caller, &filing, day)
        }))
    }

    fn append(&self, caller: Caller, envelopes: Vec<CheckedEnvelope>, day: u32) -> Answer<'_, Appended> {
        let quotas = Arc::clone(&self.quotas);
        Box::pin(self.writer.acknowledged_hot(move |session: &mut Session| {
            append::run(session, &quotas, &caller, &envelopes, day)
        }))
    }

    fn put_mailbox(&self, caller: Caller, id: MailboxId, put: MailboxPut) -> Answer<'_, u64> {
        let quotas = Arc::clone(&self.quotas);
        Box::pin(
            self.writer.cold(move |session: &mut Session| mailbox::put(session, &quotas, &caller, &id, &put)),
        )
    }

    fn delete_mailbox(&self, caller: Caller, id: MailboxId) -> Answer<'_, ()> {
        Box::pin(self.writer.cold(move |session: &mut Session| mailbox::delete(session, &caller, &id)))
    }

    fn read_mailbox(
        &self,
        caller: Caller,
        id: MailboxId,
        after: u64,
        limit: usize,
        bytes: usize,
    ) -> Answer<'_, Page> {
        Box::pin(self.read(move |connection| mailbox::read(connection, &caller, &id, after, limit, bytes)))
    }

    fn read_mailboxes(
        &self,
        caller: Caller,
        reads: Vec<ReadFrom>,
        limit: usize,
        bytes: usize,
    ) -> Answer<'_, Vec<Result<Page, ErrorCode>>> {
        Box::pin(self.read(move |connection| mailbox::read_many(connection, &caller, &reads, limit, bytes)))
    }

    fn feed(&self, caller: Caller, after: u64, limit: usize) -> Answer<'_, FeedPage> {
        Box::pin(self.read(move |connection| feed::read(connection, &caller, after, limit)))
    }

    fn retire(&self, day: u32) -> Answer<'_, u64> {
        Box::pin(self.writer.cold(move |session: &mut Session| mailbox::retire(session, day)))
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async {
            // Readers first: with them open the log cannot be emptied.
            let all = u32::try_from(self.readers.count).unwrap_or(u32::MAX);
            if let Ok(permits) = self.readers.permits.acquire_many(all).await {
                lock(&self.readers.idle).clear();
                self.readers.permits.close();
                permits.forget();
            }
            self.writer.close().await
        })
    }
}
