//! Atomic filing: mailboxes, events, letters and the admission, all or nothing.

use amana_domain::ids::{BlobId, Hash};
use amana_protocol::{ErrorCode, ack::AckEntry};
use rusqlite::{OptionalExtension as _, params};

use super::{append, mailbox, session::Session};
use crate::{
    auth::{Caller, Payment},
    config::Quotas,
    store::{CheckedEnvelope, Filing, StoreError},
};

pub(super) fn run(
    session: &mut Session,
    quotas: &Quotas,
    caller: &Caller,
    filing: &Filing,
    day: u32,
) -> Result<Vec<Result<AckEntry, ErrorCode>>, StoreError> {
    pay(session, caller, filing)?;
    let id = session.intern(caller.principal())?;
    for new in &filing.mailboxes {
        mailbox::make(session, quotas, caller, new)?;
    }
    filing
        .envelopes
        .iter()
        .map(|envelope| {
            let entry = append::one(session, quotas, caller, Some(id), envelope, day, true)?;
            entry.map(Ok).map_err(StoreError::Refused)
        })
        .collect()
}

/// Settles the admission. An organisation pays nothing; a phone pays for every filing that sends a
/// letter or is its first, except for an exact repeat.
fn pay(session: &mut Session, caller: &Caller, filing: &Filing) -> Result<(), StoreError> {
    if caller.is_organisation() {
        return Ok(());
    }
    let id = session.find(caller.principal())?;
    let admitted = match id {
        Some(id) => session.principal(id)?.admitted,
        None => false,
    };
    if admitted && !sends_new_letter(session, &filing.envelopes)? {
        return Ok(());
    }
    match &filing.payment {
        Payment::Settled => {}
        Payment::Token { hash, blob } => redeem(session, hash, blob)?,
        Payment::Missing(code) => return Err(StoreError::Refused(*code)),
    }
    let id = session.intern(caller.principal())?;
    session.change(id, |row| row.admitted = true)
}

fn sends_new_letter(session: &mut Session, envelopes: &[CheckedEnvelope]) -> Result<bool, StoreError> {
    for envelope in envelopes.iter().filter(|envelope| envelope.letter) {
        let Some(row) = session.mailbox(&envelope.mailbox)?.map(|mailbox| mailbox.row) else {
            return Ok(true);
        };
        if append::known(session, row, envelope)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Binds a token to the blob it pays for, so that a retry succeeds and another use does not.
fn redeem(session: &Session, hash: &Hash, blob: &BlobId) -> Result<(), StoreError> {
    let bound: Option<Option<[u8; 32]>> = session
        .sql()
        .prepare_cached("SELECT blob FROM token WHERE hash = ?1")?
        .query_row([&hash.as_bytes()[..]], |row| row.get(0))
        .optional()?;
    match bound {
        Some(Some(bound)) if bound == *blob.as_bytes() => Ok(()),
        Some(None) => {
            session
                .sql()
                .prepare_cached("UPDATE token SET blob = ?2 WHERE hash = ?1")?
                .execute(params![&hash.as_bytes()[..], &blob.as_bytes()[..]])?;
            Ok(())
        }
        _ => Err(StoreError::Refused(ErrorCode::AdmissionInvalid)),
    }
}
