//! Reading and writing, one file per kind of row. Everything happens inside a [`Tx`].

mod cases;
mod due;
mod events;
mod mailboxes;
mod merges;
mod meta;
mod outbox;
mod projection;
mod proxies;
mod search;
mod trust;

pub use cases::{CaseKeys, StoredCase, StoredLog};
pub use due::DueRow;
pub use events::StoredEvent;
pub use mailboxes::{Letter, Mailbox};
pub use merges::Merge;
pub use outbox::{ItemKind, OutboxItem};
pub use projection::CaseRow;
pub use search::SearchRow;

use crate::VaultError;

/// A stored secret, zeroised on drop.
pub type StoredSecret = zeroize::Zeroizing<[u8; 32]>;

/// One transaction. What it wrote is durable when [`crate::Vault::write`] has returned, and what it read is true when
/// [`crate::Vault::write`] or [`crate::Vault::read`] has: nothing may leave the closure by another way.
pub struct Tx<'c>(pub(crate) &'c rusqlite::Connection);

impl Tx<'_> {
    fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, VaultError> {
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_map(parameters, read)?.collect::<Result<_, _>>()?)
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

/// Whether every page read so far was authentic. SQLCipher hands out a page that is not as one of zeros, and where
/// such a page only continues a long value SQLite does not notice: it has to be asked before anything that was read is
/// believed, which is at the end of every transaction.
pub(crate) fn is_intact(connection: &rusqlite::Connection) -> Result<bool, VaultError> {
    let status: String = connection.query_row("PRAGMA cipher_status", [], |row| row.get(0))?;
    Ok(status == "1")
}

/// Reads an id column.
pub(crate) fn id<T, E>(bytes: Vec<u8>, read: impl FnOnce(&[u8]) -> Result<T, E>) -> rusqlite::Result<T> {
    read(&bytes).map_err(|_| rusqlite::Error::InvalidQuery)
}

/// A number as SQLite keeps it. What a relay or roster claims beyond that is as good as endless, never negative.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
