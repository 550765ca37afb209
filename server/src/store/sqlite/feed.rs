//! Feeds: what happened in the mailboxes that a principal may read, under one cursor.
//!
//! Only the writer appends, and a group becomes visible at once, so a cursor never skips a row.

use amana_domain::ids::{BlobId, Hash, MailboxId};
use amana_protocol::{
    mailbox::{feed_next, feed_start},
    wire::{FeedChange, FeedRow},
};
use rusqlite::{Connection, params};

use super::{
    int::{int, uint},
    session::{Session, lookup},
};
use crate::{
    auth::Caller,
    store::{FeedPage, StoreError},
};

const BLOB: u8 = 0;
const JOINED: u8 = 1;
const LEFT: u8 = 2;

/// Appends a row to a principal's feed.
pub(super) fn add(
    session: &mut Session,
    principal: i64,
    (row, mailbox): (i64, &MailboxId),
    change: FeedChange,
) -> Result<(), StoreError> {
    let before = session.principal(principal)?;
    let seq = before.feed_head + 1;
    let (kind, blob_seq) = match change {
        FeedChange::Blob { seq, .. } => (BLOB, seq),
        FeedChange::Joined { seq } => (JOINED, seq),
        FeedChange::Left => (LEFT, 0),
    };
    let chain = feed_next(&before.feed_chain, &FeedRow { feed_seq: seq, mailbox: *mailbox, change });
    session
        .sql()
        .prepare_cached(
            "INSERT INTO feed (principal, seq, kind, mailbox, blob_seq, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![principal, int(seq), kind, row, int(blob_seq), &chain.as_bytes()[..]])?;
    session.change(principal, |row| {
        row.feed_head = seq;
        row.feed_chain = chain;
    })
}

/// Rows after a cursor. Blobs of deleted mailboxes are left out.
pub(super) fn read(
    connection: &Connection,
    caller: &Caller,
    after: u64,
    limit: usize,
) -> Result<FeedPage, StoreError> {
    let Some(principal) = lookup(connection, caller.principal())? else {
        let chain = feed_start(caller.principal());
        return Ok(FeedPage { head: 0, chain, next: chain, rows: Vec::new(), more: false });
    };
    let head: u64 = connection
        .prepare_cached("SELECT feed_head FROM principal WHERE id = ?1")?
        .query_row([principal], |row| uint(row, 0))?;
    let chain_at = |seq: u64| -> Result<Hash, StoreError> {
        if seq == 0 {
            return Ok(feed_start(caller.principal()));
        }
        Ok(connection
            .prepare_cached("SELECT chain FROM feed WHERE principal = ?1 AND seq = ?2")?
            .query_row(params![principal, int(seq)], |row| row.get(0).map(Hash::from_bytes))?)
    };
    let chain = chain_at(after.min(head))?;
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
            let next = chain_at(rows.last().map_or(after, |row: &FeedRow| row.feed_seq))?;
            return Ok(FeedPage { head, chain, next, rows, more: true });
        }
        let change = match row.get::<_, u8>(1)? {
            BLOB => FeedChange::Blob {
                seq: uint(row, 3)?,
                blob: BlobId::from_bytes(row.get(4)?),
                size: uint(row, 5)?,
            },
            JOINED => FeedChange::Joined { seq: uint(row, 3)? },
            _ => FeedChange::Left,
        };
        rows.push(FeedRow { feed_seq: uint(row, 0)?, mailbox: MailboxId::from_bytes(row.get(2)?), change });
    }
    let next = match rows.last() {
        Some(row) => chain_at(row.feed_seq)?,
        None => chain,
    };
    Ok(FeedPage { head, chain, next, rows, more: false })
}
