//! `DELETE /v1/mailboxes/{id}`.

use std::sync::Arc;

use amana_domain::ids::MailboxId;
use amana_protocol::wire::Done;
use axum::extract::State;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
    },
    auth::Authorised,
    state::App,
};

/// Deletes a mailbox as an owner; a tombstone stays.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Id(id): Id<MailboxId>,
    request: Authorised<0>,
) -> Answered<Done> {
    app.store.delete_mailbox(request.caller, id).await?;
    Ok(Cbor(Done {}))
}
