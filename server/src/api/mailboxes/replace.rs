//! `PUT /v1/mailboxes/{id}`.

use std::sync::Arc;

use amana_domain::ids::MailboxId;
use amana_protocol::{
    ErrorCode,
    limits::MAX_SMALL_BODY,
    mailbox::mailbox_id,
    wire::{MailboxPut, MailboxState},
};
use axum::extract::State;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
        filing::lists_fit,
    },
    auth::Authorised,
    state::App,
};

/// Makes a mailbox or replaces its list by compare-and-swap.
pub(crate) async fn replace(
    State(app): State<Arc<App>>,
    Id(id): Id<MailboxId>,
    request: Authorised<MAX_SMALL_BODY>,
) -> Answered<MailboxState> {
    let put: MailboxPut = request.parse()?;
    if !lists_fit(&put.readers, &put.writers) {
        return Err(ErrorCode::TooLarge.into());
    }
    if let Some(create) = &put.create
        && mailbox_id(&create.owners, &create.nonce) != Some(id)
    {
        return Err(ErrorCode::BadRequest.into());
    }
    let changed = app.store.put_mailbox(request.caller, id, put).await;
    let list_version = changed.map_err(|error| app.admission_error(error))?;
    Ok(Cbor(MailboxState { list_version }))
}
