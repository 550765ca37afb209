//! The writer's view of the database within and between commit groups: rows that every append touches
//! are kept here and written once per group.

use std::{collections::HashMap, sync::Arc, time::Duration};

use amana_domain::ids::{Hash, MailboxId};
use amana_protocol::{Principal, mailbox::feed_start};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    access::Role,
    failed,
    int::{int, uint},
};
use crate::store::StoreError;

/// How long the writer waits for a lock that another program (a backup) holds.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Rows kept between groups; more, and all are read anew.
const KEPT: usize = 20_000;

/// A mailbox as the writer knows it.
#[derive(Clone, Debug)]
pub(super) struct MailboxRow {
    pub row: i64,
    pub intake: bool,
    pub gone: bool,
    pub list_version: u64,
    pub head: u64,
    pub chain: Hash,
    pub bytes: u64,
    pub last_day: u32,
    pub access: Arc<[(i64, Role)]>,
    dirty: bool,
}

/// A principal as the writer knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrincipalRow {
    pub admitted: bool,
    pub mailboxes: u64,
    pub bytes: u64,
    pub feed_head: u64,
    pub feed_chain: Hash,
    dirty: bool,
}

enum Before {
    Mailbox(MailboxId, MailboxRow),
    Principal(i64, PrincipalRow),
}

/// One writer's session.
pub(super) struct Session {
    connection: Connection,
    mailboxes: HashMap<MailboxId, MailboxRow>,
    names: HashMap<Principal, i64>,
    principals: HashMap<i64, PrincipalRow>,
    /// What the running job changed, to be put back if it fails.
    before: Vec<Before>,
    /// Something was deleted whose bytes are still in the write-ahead log.
    erasing: bool,
}

impl Session {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            mailboxes: HashMap::new(),
            names: HashMap::new(),
            principals: HashMap::new(),
            before: Vec::new(),
            erasing: false,
        }
    }

    pub(super) fn sql(&self) -> &Connection {
        &self.connection
    }

    /// Notes that something was deleted for good.
    pub(super) fn erase(&mut self) {
        self.erasing = true;
    }

    /// Empties the write-ahead log if something was deleted, so that no copy stays in it. While
    /// somebody reads it cannot be done; then it is tried again after the next group.
    pub(super) fn erase_log(&mut self) {
        if self.erasing && self.empty_log() {
            self.erasing = false;
        }
    }

    /// Copies the write-ahead log into the database and empties it; `false` = somebody still reads.
    pub(super) fn empty_log(&self) -> bool {
        let now = self.connection.busy_timeout(Duration::ZERO);
        let blocked: Result<bool, _> =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        let _stays_impatient = self.connection.busy_timeout(PATIENCE);
        now.is_ok() && matches!(blocked, Ok(false))
    }

    /// Starts a job: what it changes can be put back from here on.
    pub(super) fn mark(&mut self) {
        self.before.clear();
    }

    /// Puts back what the job changed in memory.
    pub(super) fn put_back(&mut self) {
        while let Some(before) = self.before.pop() {
            match before {
                Before::Mailbox(id, row) => drop(self.mailboxes.insert(id, row)),
                Before::Principal(id, row) => drop(self.principals.insert(id, row)),
            }
        }
    }

    /// Forgets everything that was read. Dirty rows must have been flushed or given up.
    pub(super) fn forget(&mut self) {
        self.mailboxes.clear();
        self.names.clear();
        self.principals.clear();
        self.before.clear();
    }

    /// Keeps memory bounded between groups.
    pub(super) fn trim(&mut self) {
        if self.mailboxes.len() > KEPT || self.principals.len() > KEPT {
            self.forget();
        }
    }

    /// The mailbox with this id.
    pub(super) fn mailbox(&mut self, id: &MailboxId) -> Result<Option<&MailboxRow>, StoreError> {
        if !self.mailboxes.contains_key(id) {
            match self.load_mailbox(id)? {
                Some(row) => drop(self.mailboxes.insert(*id, row)),
                None => return Ok(None),
            }
        }
        Ok(self.mailboxes.get(id))
    }

    /// The same mailbox, to be changed.
    pub(super) fn mailbox_mut(&mut self, id: &MailboxId) -> Result<&mut MailboxRow, StoreError> {
        let row = self.mailboxes.get_mut(id).ok_or(StoreError::Failed)?;
        self.before.push(Before::Mailbox(*id, row.clone()));
        row.dirty = true;
        Ok(row)
    }

    fn load_mailbox(&self, id: &MailboxId) -> Result<Option<MailboxRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, intake, gone, list_version, head, chain, bytes, last_day FROM mailbox WHERE name = ?1",
        )?;
        let row = statement
            .query_row([&id.as_bytes()[..]], |row| {
                Ok(MailboxRow {
                    row: row.get(0)?,
                    intake: row.get(1)?,
                    gone: row.get(2)?,
                    list_version: uint(row, 3)?,
                    head: uint(row, 4)?,
                    chain: Hash::from_bytes(row.get(5)?),
                    bytes: uint(row, 6)?,
                    last_day: row.get(7)?,
                    access: Arc::new([]),
                    dirty: false,
                })
            })
            .optional()?;
        let Some(mut row) = row else { return Ok(None) };
        let mut statement =
            self.connection.prepare_cached("SELECT principal, role FROM access WHERE mailbox = ?1")?;
        row.access = statement
            .query_map([row.row], |row| Ok((row.get(0)?, Role::from_bits(row.get(1)?))))?
            .collect::<Result<_, _>>()?;
        Ok(Some(row))
    }

    /// The row number of a principal, if it has ever been named.
    pub(super) fn find(&mut self, principal: &Principal) -> Result<Option<i64>, StoreError> {
        if let Some(id) = self.names.get(principal) {
            return Ok(Some(*id));
        }
        let id = lookup(&self.connection, principal)?;
        if let Some(id) = id {
            self.names.insert(*principal, id);
        }
        Ok(id)
    }

    /// The row number of a principal, made if need be.
    pub(super) fn intern(&mut self, principal: &Principal) -> Result<i64, StoreError> {
        if let Some(id) = self.find(principal)? {
            return Ok(id);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO principal (name, admitted, mailboxes, bytes, feed_head, feed_chain) \
                 VALUES (?1, 0, 0, 0, 0, ?2)",
            )?
            .execute(params![principal.to_bytes(), &feed_start(principal).as_bytes()[..]])?;
        // Not kept in `names`: a rollback would leave a wrong number there.
        Ok(self.connection.last_insert_rowid())
    }

    /// A principal's counters.
    pub(super) fn principal(&mut self, id: i64) -> Result<PrincipalRow, StoreError> {
        if let Some(row) = self.principals.get(&id) {
            return Ok(*row);
        }
        let row = self
            .connection
            .prepare_cached(
                "SELECT admitted, mailboxes, bytes, feed_head, feed_chain FROM principal WHERE id = ?1",
            )?
            .query_row([id], |row| {
                Ok(PrincipalRow {
                    admitted: row.get(0)?,
                    mailboxes: uint(row, 1)?,
                    bytes: uint(row, 2)?,
                    feed_head: uint(row, 3)?,
                    feed_chain: Hash::from_bytes(row.get(4)?),
                    dirty: false,
                })
            })?;
        self.principals.insert(id, row);
        Ok(row)
    }

    /// Changes a principal's counters.
    pub(super) fn change(
        &mut self,
        id: i64,
        change: impl FnOnce(&mut PrincipalRow),
    ) -> Result<(), StoreError> {
        let before = self.principal(id)?;
        let row = self.principals.get_mut(&id).ok_or(StoreError::Failed)?;
        self.before.push(Before::Principal(id, before));
        change(row);
        row.dirty = true;
        Ok(())
    }

    /// Writes the changed rows.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let mut update = self.connection.prepare_cached(
            "UPDATE mailbox SET gone = ?2, list_version = ?3, head = ?4, chain = ?5, bytes = ?6, last_day = ?7 \
             WHERE id = ?1",
        )?;
        for row in self.mailboxes.values_mut().filter(|row| row.dirty) {
            update
                .execute(params![
                    row.row,
                    row.gone,
                    int(row.list_version),
                    int(row.head),
                    &row.chain.as_bytes()[..],
                    int(row.bytes),
                    row.last_day
                ])
                .map_err(|error| failed(&error))?;
            row.dirty = false;
        }
        let mut update = self.connection.prepare_cached(
            "UPDATE principal SET admitted = ?2, mailboxes = ?3, bytes = ?4, feed_head = ?5, feed_chain = ?6 \
             WHERE id = ?1",
        )?;
        for (id, row) in self.principals.iter_mut().filter(|(_, row)| row.dirty) {
            update.execute(params![
                id,
                row.admitted,
                int(row.mailboxes),
                int(row.bytes),
                int(row.feed_head),
                &row.feed_chain.as_bytes()[..]
            ])?;
            row.dirty = false;
        }
        Ok(())
    }
}

/// The row number of a principal.
pub(super) fn lookup(connection: &Connection, principal: &Principal) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM principal WHERE name = ?1")?
        .query_row([principal.to_bytes()], |row| row.get(0))
        .optional()?)
}
