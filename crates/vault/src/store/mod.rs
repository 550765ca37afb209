//! Reading and writing, one file per kind of row. Everything happens inside a [`Tx`].

mod cases;
mod events;
mod mailboxes;
mod meta;
mod outbox;
mod projection;
mod trust;

pub use cases::{CaseKeys, StoredCase, StoredLog};
pub use events::StoredEvent;
pub use mailboxes::{Letter, Mailbox};
pub use outbox::{ItemKind, OutboxItem};
pub use projection::CaseRow;

use crate::VaultError;

/// A stored secret, zeroised on drop.
pub type StoredSecret = zeroize::Zeroizing<[u8; 32]>;

/// One transaction. What it wrote is durable when [`crate::Vault::write`] has returned.
pub struct Tx<'c>(pub(crate) &'c rusqlite::Connection);

impl Tx<'_> {
    fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, VaultError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, VaultError> {
        use rusqlite::OptionalExtension as _;
        Ok(self.0.prepare_cached(sql)?.query_row(parameters, read).optional()?)
    }

    fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, VaultError> {
        Ok(self.0.prepare_cached(sql)?.execute(parameters)?)
    }
}

/// Reads an id column.
pub(crate) fn id<T, E>(bytes: Vec<u8>, read: impl FnOnce(&[u8]) -> Result<T, E>) -> rusqlite::Result<T> {
    read(&bytes).map_err(|_| rusqlite::Error::InvalidQuery)
}
