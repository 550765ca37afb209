//! Plain SQLite: the limit that most rows are measured against.

use std::path::Path;

use rusqlite::Connection;

/// An unencrypted database with the durability of ours.
pub fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
             CREATE TABLE IF NOT EXISTS blob (id BLOB PRIMARY KEY, mailbox BLOB, bytes BLOB) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS row (n INTEGER PRIMARY KEY, bytes BLOB);",
        )
        .unwrap();
    connection
}
