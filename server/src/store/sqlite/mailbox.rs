//! Mailboxes: making, listing, reading, deleting.

use std::ops::Range;

use amana_domain::ids::{Hash, MailboxId, OrganisationId};
use amana_protocol::wire::FeedChange;
use amana_protocol::{
    ErrorCode, Principal,
    mailbox::chain_start,
    reading::ReadFrom,
    wire::{MailboxPut, NewMailbox},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    access::{self, Role},
    append::place,
    feed,
    int::uint,
    session::{Session, lookup},
};
use crate::{
    auth::Caller,
    config::Quotas,
    store::{Page, StoreError},
};

const fn refused<T>(code: ErrorCode) -> Result<T, StoreError> {
    Err(StoreError::Refused(code))
}

/// Makes a mailbox as one of its owners. One that is there stays as it is.
pub(super) fn make(
    session: &mut Session,
    quotas: &Quotas,
    caller: &Caller,
    new: &NewMailbox,
) -> Result<(), StoreError> {
    if !new.owners.contains(caller.principal()) {
        return refused(ErrorCode::NotOwner);
    }
    if let Some(row) = session.mailbox(&new.id)? {
        return if row.gone { refused(ErrorCode::MailboxGone) } else { Ok(()) };
    }
    let id = session.intern(caller.principal())?;
    if session.principal(id)?.mailboxes >= quotas.of(caller.principal()).mailboxes {
        return refused(ErrorCode::Quota);
    }
    session.change(id, |row| row.mailboxes += 1)?;
    insert(session, &new.id, false)?;
    let owners = new.owners.iter().map(|owner| session.intern(owner)).collect::<Result<Vec<_>, _>>()?;
    access::replace(session, &new.id, &owners, &new.readers, &new.writers)?;
    session.mailbox_mut(&new.id)?.list_version = 1;
    Ok(())
}

fn insert(session: &Session, id: &MailboxId, intake: bool) -> Result<(), StoreError> {
    session
        .sql()
        .prepare_cached(
            "INSERT INTO mailbox (name, intake, gone, list_version, head, chain, bytes, last_day) \
             VALUES (?1, ?2, 0, 0, 0, ?3, 0, 0)",
        )?
        .execute(params![&id.as_bytes()[..], intake, &chain_start(id).as_bytes()[..]])?;
    Ok(())
}

/// Makes the intake mailbox of an organisation, if it is not there.
pub(super) fn make_intake(session: &mut Session, organisation: &OrganisationId) -> Result<(), StoreError> {
    let id = organisation.intake();
    if session.mailbox(&id)?.is_some() {
        return Ok(());
    }
    insert(session, &id, true)?;
    let owner = session.intern(&Principal::Organisation(*organisation))?;
    access::replace(session, &id, &[owner], &[], &[])?;
    session.mailbox_mut(&id)?.list_version = 1;
    Ok(())
}

/// Makes a mailbox or replaces its list by compare-and-swap. Answers the version after it.
pub(super) fn put(
    session: &mut Session,
    quotas: &Quotas,
    caller: &Caller,
    id: &MailboxId,
    put: &MailboxPut,
) -> Result<u64, StoreError> {
    if let Some(create) = &put.create
        && session.mailbox(id)?.is_none()
    {
        if put.list_version != 0 {
            return Err(StoreError::Conflict { code: ErrorCode::ListConflict, version: 0 });
        }
        let known = session.find(caller.principal())?;
        let admitted = match known {
            Some(known) => caller.is_organisation() || session.principal(known)?.admitted,
            None => caller.is_organisation(),
        };
        if !admitted {
            return refused(ErrorCode::AdmissionRequired);
        }
        let new = NewMailbox {
            id: *id,
            owners: create.owners.clone(),
            nonce: create.nonce,
            readers: put.readers.clone(),
            writers: put.writers.clone(),
        };
        make(session, quotas, caller, &new)?;
        return Ok(1);
    }
    let caller_id = session.find(caller.principal())?;
    let row = access::owned(session, caller_id, id)?;
    if row.intake {
        return refused(ErrorCode::BadRequest);
    }
    if put.list_version + 1 == row.list_version && same_list(session, &row.access, put)? {
        return Ok(row.list_version);
    }
    if put.list_version != row.list_version {
        return Err(StoreError::Conflict { code: ErrorCode::ListConflict, version: row.list_version });
    }
    let owners: Vec<i64> =
        row.access.iter().filter(|(_, role)| role.owns()).map(|(principal, _)| *principal).collect();
    access::replace(session, id, &owners, &put.readers, &put.writers)?;
    session.mailbox_mut(id)?.list_version = row.list_version + 1;
    Ok(row.list_version + 1)
}

/// Whether the list is already what a repeated request asks for.
fn same_list(session: &mut Session, present: &[(i64, Role)], put: &MailboxPut) -> Result<bool, StoreError> {
    for (list, role) in [(&put.readers, Role::READER), (&put.writers, Role::WRITER)] {
        let mut asked = Vec::new();
        for principal in list {
            match session.find(principal)? {
                Some(id) => asked.push(id),
                None => return Ok(false),
            }
        }
        asked.sort_unstable();
        asked.dedup();
        let mut held: Vec<i64> =
            present.iter().filter(|(_, held)| held.has(role)).map(|(principal, _)| *principal).collect();
        held.sort_unstable();
        if asked != held {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Deletes a mailbox as an owner.
pub(super) fn delete(session: &mut Session, caller: &Caller, id: &MailboxId) -> Result<(), StoreError> {
    let caller_id = session.find(caller.principal())?;
    let row = access::owned(session, caller_id, id)?;
    if row.intake {
        return refused(ErrorCode::BadRequest);
    }
    bury(session, id)
}

/// Removes blobs and list; the tombstone keeps the id, so that nothing is offered into it again.
fn bury(session: &mut Session, id: &MailboxId) -> Result<(), StoreError> {
    let row = session.mailbox(id)?.ok_or(StoreError::Failed)?.clone();
    session
        .sql()
        .prepare_cached("DELETE FROM blob WHERE place BETWEEN ?1 AND ?2")?
        .execute(params![place(row.row, 0), place(row.row, u64::from(u32::MAX))])?;
    session.sql().prepare_cached("DELETE FROM access WHERE mailbox = ?1")?.execute([row.row])?;
    for (principal, role) in row.access.iter() {
        if role.reads() {
            feed::add(session, *principal, (row.row, id), FeedChange::Left)?;
        }
    }
    session.erase();
    let row = session.mailbox_mut(id)?;
    row.gone = true;
    row.access = std::sync::Arc::new([]);
    row.bytes = 0;
    Ok(())
}

/// Deletes the mailboxes that had no arrival since before `day`.
pub(super) fn retire(session: &mut Session, day: u32) -> Result<u64, StoreError> {
    let ids = session
        .sql()
        .prepare_cached(
            "SELECT name FROM mailbox WHERE intake = 0 AND gone = 0 AND head > 0 AND last_day < ?1",
        )?
        .query_map([day], |row| row.get(0).map(MailboxId::from_bytes))?
        .collect::<Result<Vec<_>, _>>()?;
    for id in &ids {
        bury(session, id)?;
    }
    Ok(ids.len() as u64)
}

/// Reads blobs after a sequence.
pub(super) fn read(
    connection: &Connection,
    caller: &Caller,
    id: &MailboxId,
    after: u64,
    limit: usize,
    bytes: usize,
) -> Result<Page, StoreError> {
    let reader = lookup(connection, caller.principal())?;
    let Place { mailbox, head, chain } = readable(connection, reader, id)?;
    Ok(Page { head, chain, blobs: blobs(connection, mailbox, after..head, limit, (bytes, true))? })
}

/// Reads one mailbox after the other until the bounds are reached.
pub(super) fn read_many(
    connection: &Connection,
    caller: &Caller,
    reads: &[ReadFrom],
    limit: usize,
    bytes: usize,
) -> Result<Vec<Result<Page, ErrorCode>>, StoreError> {
    let reader = lookup(connection, caller.principal())?;
    let (mut limit, mut bytes) = (limit, bytes);
    let mut pages = Vec::with_capacity(reads.len());
    for ReadFrom(id, after) in reads {
        let Place { mailbox, head, chain } = match readable(connection, reader, id) {
            Ok(place) => place,
            Err(StoreError::Refused(code)) => {
                pages.push(Err(code));
                continue;
            }
            Err(error) => return Err(error),
        };
        let found = blobs(connection, mailbox, *after..head, limit, (bytes, pages.is_empty()))?;
        if found.is_empty() && *after < head {
            break;
        }
        limit -= found.len();
        bytes = bytes.saturating_sub(found.iter().map(Vec::len).sum());
        pages.push(Ok(Page { head, chain, blobs: found }));
    }
    Ok(pages)
}

/// A mailbox that the caller may read.
struct Place {
    mailbox: i64,
    head: u64,
    chain: Hash,
}

/// The mailbox, if this principal may read it. To others it does not exist.
fn readable(connection: &Connection, reader: Option<i64>, id: &MailboxId) -> Result<Place, StoreError> {
    type Found = (i64, bool, u64, [u8; 32]);
    let found: Option<Found> = connection
        .prepare_cached("SELECT id, gone, head, chain FROM mailbox WHERE name = ?1")?
        .query_row([&id.as_bytes()[..]], |row| Ok((row.get(0)?, row.get(1)?, uint(row, 2)?, row.get(3)?)))
        .optional()?;
    let Some((mailbox, gone, head, chain)) = found else { return refused(ErrorCode::NoMailbox) };
    if gone {
        return refused(ErrorCode::MailboxGone);
    }
    let role: Option<u8> = match reader {
        Some(principal) => connection
            .prepare_cached("SELECT role FROM access WHERE mailbox = ?1 AND principal = ?2")?
            .query_row(params![mailbox, principal], |row| row.get(0))
            .optional()?,
        None => None,
    };
    if !role.is_some_and(|bits| Role::from_bits(bits).reads()) {
        return refused(ErrorCode::NoMailbox);
    }
    Ok(Place { mailbox, head, chain: Hash::from_bytes(chain) })
}

/// The blobs of a range, at most `limit` and `bytes` of them; where `one` is set, the first in any case.
fn blobs(
    connection: &Connection,
    mailbox: i64,
    range: Range<u64>,
    limit: usize,
    (bytes, one): (usize, bool),
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut blobs = Vec::new();
    if range.is_empty() {
        return Ok(blobs);
    }
    let mut statement = connection.prepare_cached(
        "SELECT envelope FROM blob WHERE place > ?1 AND place <= ?2 ORDER BY place LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![place(mailbox, range.start), place(mailbox, range.end), limit])?;
    let mut total = 0;
    while let Some(row) = rows.next()? {
        let envelope: Vec<u8> = row.get(0)?;
        total += envelope.len();
        if total > bytes && !(one && blobs.is_empty()) {
            break;
        }
        blobs.push(envelope);
    }
    Ok(blobs)
}
