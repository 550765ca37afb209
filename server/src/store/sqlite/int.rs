//! SQLite has signed integers only; ours are unsigned and far from the top.

use rusqlite::{Row, types::Type};

/// An unsigned value for the database. One that does not fit is beyond all stored ones.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An unsigned value from the database.
pub(super) fn uint(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(at)?;
    u64::try_from(value)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Integer, error.into()))
}
