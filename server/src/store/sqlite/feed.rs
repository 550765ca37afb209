//! Feeds: what happened in the mailboxes that a principal may read, under one cursor.
//!
//! Only the writer appends, and a group becomes visible at once, so a cursor never skips a row.

use amana_domain::ids::{BlobId, MailboxId};
use amana_protocol::wire::{FeedChange, FeedRow};
use rusqlite::{Connection, params};

use super::{
    int::{int, uint},
    session::{Session, lookup},
};
use crate::{
    auth::Caller,
    store::{FeedPage, StoreError},
};

pub(super) const BLOB: u8 = 0;
pub(super) const JOINED: u8 = 1;
pub(super) const LEFT: u8 = 2;

/// Appends a row to a principal's feed.
pub(super) fn add(
    session: &mut Session,
    principal: i64,
    kind: u8,
    mailbox: i64,
    blob_seq: u64,
) -> Result<(), StoreError> {
    let seq = session.principal(principal)?.feed_head + 1;
    session
        .sql()
        .prepare_cached(
            "INSERT INTO feed (principal, seq, kind, mailbox, blob_seq) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![principal, int(seq), kind, mailbox, int(blob_seq)])?;
    session.change(principal, |row| row.feed_head = seq)
}

/// Rows after a cursor. Blobs of deleted mailboxes are left out.
pub(super) fn read(
    connection: &Connection,
    caller: &Caller,
    after: u64,
    limit: usize,
) -> Result<FeedPage, StoreError> {
    let Some(principal) = lookup(connection, caller.principal())? else {
        return Ok(FeedPage { rows: Vec::new(), more: false });
    };
    let mut statement = connection.prepare_cached(
        "SELECT f.seq, f.kind, m.name, f.blob_seq, b.id, length(b.envelope) \
         FROM feed f JOIN mailbox m ON m.id = f.mailbox \
         LEFT JOIN blob b ON f.kind = 0 AND b.place = (f.mailbox << 32) + f.blob_seq \
         WHERE f.principal = ?1 AND f.seq > ?2 AND (f.kind > 0 OR b.id IS NOT NULL) \
         ORDER BY f.seq LIMIT ?3",
    )?;
    let mut found = statement.query(params![principal, int(after), limit as i64 + 1])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            return Ok(FeedPage { rows, more: true });
        }
        let change = match row.get::<_, u8>(1)? {
            BLOB => FeedChange::Blob {
                seq: uint(row, 3)?,
                blob: BlobId::from_bytes(row.get(4)?),
                size: uint(row, 5)?,
            },
            JOINED => FeedChange::Joined,
            _ => FeedChange::Left,
        };
        rows.push(FeedRow { feed_seq: uint(row, 0)?, mailbox: MailboxId::from_bytes(row.get(2)?), change });
    }
    Ok(FeedPage { rows, more: false })
}
