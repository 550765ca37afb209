//! `POST /v1/file`.

use std::sync::Arc;

use amana_protocol::{
    ErrorCode, Principal,
    limits::{MAX_APPENDS, MAX_BODY, MAX_LIST, MAX_MAILBOXES},
    mailbox::mailbox_id,
    wire::{Answer, Append, File, Letter, NewMailbox},
};
use axum::extract::State;

use crate::{
    api::{
        answer::{Answered, Cbor},
        appends,
    },
    auth::{Authorised, settle},
    state::App,
    store::{CheckedEnvelope, Filing},
};

/// Makes mailboxes, appends events and letters, takes the admission: all or nothing.
pub(crate) async fn create(State(app): State<Arc<App>>, request: Authorised<MAX_BODY>) -> Answered<Answer> {
    let file: File = request.parse()?;
    check(&file)?;
    let mut envelopes = Vec::with_capacity(file.appends.len() + file.letters.len());
    for Append(mailbox, envelope) in file.appends {
        let envelope = CheckedEnvelope::check(mailbox, envelope).filter(|envelope| !envelope.is_letter());
        envelopes.push(envelope.ok_or(ErrorCode::BadEnvelope)?);
    }
    let trust = app.trust();
    let events = envelopes.len();
    for Letter(organisation, envelope) in file.letters {
        trust.directory_of(&organisation)?;
        let envelope = CheckedEnvelope::check(organisation.intake(), envelope).filter(|e| e.is_letter());
        envelopes.push(envelope.ok_or(ErrorCode::BadEnvelope)?);
    }
    let first = envelopes.get(events).or_else(|| envelopes.first()).map(|envelope| *envelope.id());
    let required = app.config.admission.required;
    let (bits, today) = (app.pow_bits(), app.clock.today());
    let payment = settle(required, file.admission.as_ref(), first.as_ref(), bits, today);
    let blobs = envelopes.iter().map(|envelope| (*envelope.id(), None)).collect();
    let filing = Filing { mailboxes: file.mailboxes, envelopes, payment };
    let filed = app.store.file(request.caller, filing, today).await;
    let appended = filed.map_err(|error| app.admission_error(error))?;
    Ok(Cbor(appends::answer(blobs, appended)))
}

fn check(file: &File) -> Result<(), ErrorCode> {
    if file.appends.len() + file.letters.len() > MAX_APPENDS
        || file.mailboxes.len() > MAX_MAILBOXES
        || file.mailboxes.iter().any(|new| !lists_fit(&new.readers, &new.writers))
    {
        return Err(ErrorCode::TooLarge);
    }
    let named = |new: &NewMailbox| mailbox_id(&new.owners, &new.nonce) == Some(new.id);
    if file.mailboxes.iter().all(named) { Ok(()) } else { Err(ErrorCode::BadRequest) }
}

/// Whether both lists are within the format's bounds.
pub(in crate::api) fn lists_fit(readers: &[Principal], writers: &[Principal]) -> bool {
    readers.len() <= MAX_LIST && writers.len() <= MAX_LIST
}
