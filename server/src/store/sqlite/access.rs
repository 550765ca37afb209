//! Access lists: who may do what with a mailbox.

use std::{collections::BTreeMap, sync::Arc};

use amana_domain::ids::MailboxId;
use amana_protocol::wire::FeedChange;
use amana_protocol::{ErrorCode, Principal};
use rusqlite::params;

use super::{
    feed,
    session::{MailboxRow, Session},
};
use crate::store::StoreError;

/// What one principal may do with one mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role(u8);

impl Role {
    pub(super) const NONE: Self = Self(0);
    pub(super) const OWNER: Self = Self(1);
    pub(super) const READER: Self = Self(2);
    pub(super) const WRITER: Self = Self(4);

    pub(super) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
    pub(super) const fn bits(self) -> u8 {
        self.0
    }
    pub(super) const fn owns(self) -> bool {
        self.0 & 1 != 0
    }
    pub(super) const fn reads(self) -> bool {
        self.0 & 3 != 0
    }
    pub(super) const fn writes(self) -> bool {
        self.0 & 5 != 0
    }
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl MailboxRow {
    /// What this principal may do here.
    pub(super) fn role(&self, principal: Option<i64>) -> Role {
        self.access.iter().find(|(id, _)| Some(*id) == principal).map_or(Role::NONE, |(_, role)| *role)
    }
}

/// The mailbox, if the principal owns it. To others a mailbox that they may not read does not exist.
pub(super) fn owned(
    session: &mut Session,
    caller: Option<i64>,
    id: &MailboxId,
) -> Result<MailboxRow, StoreError> {
    let row = session.mailbox(id)?.ok_or(StoreError::Refused(ErrorCode::NoMailbox))?;
    if row.gone {
        return Err(StoreError::Refused(ErrorCode::MailboxGone));
    }
    let role = row.role(caller);
    if role.owns() {
        return Ok(row.clone());
    }
    let known = role.reads() || role.writes();
    Err(StoreError::Refused(if known { ErrorCode::NotOwner } else { ErrorCode::NoMailbox }))
}

/// Replaces the list of a mailbox (owners stay) and tells those who join and leave in their feeds.
pub(super) fn replace(
    session: &mut Session,
    id: &MailboxId,
    owners: &[i64],
    readers: &[Principal],
    writers: &[Principal],
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<i64, Role> = owners.iter().map(|owner| (*owner, Role::OWNER)).collect();
    for (list, role) in [(readers, Role::READER), (writers, Role::WRITER)] {
        for principal in list {
            let entry = wanted.entry(session.intern(principal)?).or_insert(Role::NONE);
            *entry = entry.with(role);
        }
    }
    let row = session.mailbox(id)?.ok_or(StoreError::Failed)?.clone();
    session.sql().prepare_cached("DELETE FROM access WHERE mailbox = ?1")?.execute([row.row])?;
    for (principal, role) in &wanted {
        session
            .sql()
            .prepare_cached("INSERT INTO access (mailbox, principal, role) VALUES (?1, ?2, ?3)")?
            .execute(params![row.row, principal, role.bits()])?;
    }
    for (principal, role) in &wanted {
        if role.reads() && !row.role(Some(*principal)).reads() {
            feed::add(session, *principal, (row.row, id), FeedChange::Joined { seq: row.head })?;
        }
    }
    for (principal, role) in row.access.iter() {
        if role.reads() && !wanted.get(principal).is_some_and(|role| role.reads()) {
            feed::add(session, *principal, (row.row, id), FeedChange::Left)?;
        }
    }
    session.mailbox_mut(id)?.access = wanted.into_iter().collect::<Arc<[_]>>();
    Ok(())
}
