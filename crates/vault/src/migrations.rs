//! Numbered, append-only schema changes. The schema version is the length of the list.

use rusqlite::Connection;

use crate::VaultError;

const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_initial.sql")];

/// Brings the schema up to date, each step in a transaction of its own; refuses a newer one.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), VaultError> {
    let version: usize = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?
        .try_into()
        .map_err(|_| VaultError::Damaged)?;
    if version > MIGRATIONS.len() {
        return Err(VaultError::TooNew);
    }
    for (index, step) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}
