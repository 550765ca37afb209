//! Opening the database: pragmas, migrations, generation.

use std::path::Path;

use amana_crypto::Random;
use amana_domain::ids::{Generation, Hash};
use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, config::DbConfig, params,
};

use super::session::PATIENCE;

/// The migrations in order, append-only. The schema's version is their number.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/0001_relay.sql"),
    include_str!("../../../migrations/0002_renewals.sql"),
];

/// The schema version that this program writes.
pub const SCHEMA_VERSION: usize = MIGRATIONS.len();

const STATEMENTS: usize = 64;
/// Pages in the log before SQLite copies them back: 32 MiB, so that a burst is not interrupted.
const CHECKPOINT_PAGES: u32 = 8192;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The database cannot be opened, or is damaged.
    #[error("the relay's database cannot be opened")]
    Database(#[from] rusqlite::Error),
    /// A newer program made it. Nothing was changed.
    #[error("the relay's database has the newer schema {found}; this program knows {SCHEMA_VERSION}")]
    TooNew {
        /// The version found.
        found: i64,
    },
    /// The writer thread cannot be started.
    #[error("the writer thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// A value that every store has is missing or malformed.
    #[error("the relay's database is damaged")]
    Damaged,
}

pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    let connection = Connection::open(path)?;
    keep_plans(&connection)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(connection)
}

/// Statements are kept and so are their plans: without a guarantee of that SQLite prepares a statement with an order anew
/// for every value bound to it.
fn keep_plans(connection: &Connection) -> Result<(), OpenError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

pub(super) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    keep_plans(&connection)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(found).map_err(|_| OpenError::Damaged)?;
    if done > SCHEMA_VERSION {
        return Err(OpenError::TooNew { found });
    }
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", at as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

pub(super) fn generation(connection: &mut Connection, random: &dyn Random) -> Result<Generation, OpenError> {
    let stored: Option<Vec<u8>> = connection
        .query_row("SELECT value FROM meta WHERE key = 'generation'", [], |row| row.get(0))
        .optional()?;
    if let Some(stored) = stored {
        return Generation::from_slice(&stored).map_err(|_| OpenError::Damaged);
    }
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    connection.execute("INSERT INTO meta (key, value) VALUES ('generation', ?1)", [&bytes[..]])?;
    Ok(Generation::from_bytes(bytes))
}

pub(super) fn import_tokens(connection: &mut Connection, tokens: &[Hash]) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for token in tokens {
        transaction.execute(
            "INSERT INTO token (hash, blob) VALUES (?1, NULL) ON CONFLICT DO NOTHING",
            params![&token.as_bytes()[..]],
        )?;
    }
    transaction.commit()?;
    Ok(())
}
