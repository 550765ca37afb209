//! Appending envelopes.

use amana_domain::ids::{BlobId, Hash};
use amana_protocol::{ErrorCode, ack::AckEntry, mailbox::chain_next, wire::FeedChange};
use rusqlite::params;

use super::{feed, int::uint, session::Session};
use crate::{
    auth::Caller,
    config::Quotas,
    store::{CheckedEnvelope, StoreError},
};

/// Most blobs of one mailbox: a place has 32 bits for the sequence.
const MAX_SEQUENCE: u64 = u32::MAX as u64;

/// Appends each envelope on its own.
pub(super) fn run(
    session: &mut Session,
    quotas: &Quotas,
    caller: &Caller,
    envelopes: &[CheckedEnvelope],
    day: u32,
) -> Result<Vec<Result<AckEntry, ErrorCode>>, StoreError> {
    let id = session.find(caller.principal())?;
    envelopes
        .iter()
        .map(|envelope| one(session, quotas, caller, id, envelope, day, caller.is_organisation()))
        .collect()
}

/// Where a blob stands in its mailbox's table of places.
pub(super) fn place(mailbox: i64, seq: u64) -> i64 {
    (mailbox << 32) | seq as i64
}

/// Appends one envelope. Refusals change nothing; only database failures are `Err`.
pub(super) fn one(
    session: &mut Session,
    quotas: &Quotas,
    caller: &Caller,
    caller_id: Option<i64>,
    envelope: &CheckedEnvelope,
    day: u32,
    may_send_letters: bool,
) -> Result<Result<AckEntry, ErrorCode>, StoreError> {
    let Some(mailbox) = session.mailbox(&envelope.mailbox)? else { return Ok(Err(ErrorCode::NoMailbox)) };
    if mailbox.gone {
        return Ok(Err(ErrorCode::MailboxGone));
    }
    let writes = if mailbox.intake { may_send_letters } else { mailbox.role(caller_id).writes() };
    let (Some(caller_id), true) = (caller_id, writes) else { return Ok(Err(ErrorCode::NoMailbox)) };
    if mailbox.intake != envelope.letter {
        return Ok(Err(ErrorCode::BadEnvelope));
    }
    let (row, intake, head, bytes) = (mailbox.row, mailbox.intake, mailbox.head, mailbox.bytes);
    let (chain, access) = (chain_next(&mailbox.chain, &envelope.id), mailbox.access.clone());

    let size = envelope.bytes.len() as u64;
    let of_mailbox = if intake { quotas.intake_bytes } else { quotas.mailbox_bytes };
    let full = bytes + size > of_mailbox
        || head >= MAX_SEQUENCE
        || session.principal(caller_id)?.bytes + size > quotas.of(caller.principal()).bytes;
    if full {
        // A repeat costs nothing and must be answered even when nothing more fits.
        return Ok(known(session, row, envelope)?.ok_or(ErrorCode::Quota));
    }
    let seq = head + 1;
    let inserted = session
        .sql()
        .prepare_cached(
            "INSERT INTO blob (place, mailbox, id, day, chain, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (mailbox, id) DO NOTHING",
        )?
        .execute(params![
            place(row, seq),
            row,
            &envelope.id.as_bytes()[..],
            day,
            &chain.as_bytes()[..],
            &envelope.bytes
        ])?;
    if inserted == 0 {
        return Ok(Ok(known(session, row, envelope)?.ok_or(StoreError::Failed)?));
    }
    for (principal, role) in access.iter() {
        if role.reads() {
            let change = FeedChange::Blob { seq, blob: envelope.id, size };
            feed::add(session, *principal, (row, &envelope.mailbox), change)?;
        }
    }
    session.change(caller_id, |principal| principal.bytes += size)?;
    let mailbox = session.mailbox_mut(&envelope.mailbox)?;
    mailbox.head = seq;
    mailbox.chain = chain;
    mailbox.bytes += size;
    mailbox.last_day = day;
    Ok(Ok(AckEntry(envelope.mailbox, envelope.id, seq, chain)))
}

/// The entry of a blob that is stored already.
pub(super) fn known(
    session: &Session,
    mailbox: i64,
    envelope: &CheckedEnvelope,
) -> Result<Option<AckEntry>, StoreError> {
    use rusqlite::OptionalExtension as _;
    let id: &BlobId = &envelope.id;
    Ok(session
        .sql()
        .prepare_cached("SELECT place & 4294967295, chain FROM blob WHERE mailbox = ?1 AND id = ?2")?
        .query_row(params![mailbox, &id.as_bytes()[..]], |row| {
            Ok(AckEntry(envelope.mailbox, *id, uint(row, 0)?, Hash::from_bytes(row.get(1)?)))
        })
        .optional()?)
}
