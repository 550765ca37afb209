//! `POST /v1/push`.

use std::sync::Arc;

use amana_domain::ids::BlobId;
use amana_protocol::{
    ErrorCode,
    limits::{MAX_APPENDS, MAX_BODY},
    wire::{Answer, Append, Push},
};
use axum::extract::State;

use crate::{
    api::{
        answer::{Answered, Cbor},
        appends,
    },
    auth::Authorised,
    state::App,
    store::{Appended, CheckedEnvelope},
};

/// Appends each envelope on its own.
pub(crate) async fn create(State(app): State<Arc<App>>, request: Authorised<MAX_BODY>) -> Answered<Answer> {
    let push: Push = request.parse()?;
    if push.appends.len() > MAX_APPENDS {
        return Err(ErrorCode::TooLarge.into());
    }
    let mut blobs = Vec::with_capacity(push.appends.len());
    let mut envelopes = Vec::with_capacity(push.appends.len());
    for Append(mailbox, envelope) in push.appends {
        let refused = BlobId::of(&envelope);
        match CheckedEnvelope::check(mailbox, envelope) {
            Some(envelope) => {
                blobs.push((*envelope.id(), None));
                envelopes.push(envelope);
            }
            None => blobs.push((refused, Some(ErrorCode::BadEnvelope))),
        }
    }
    let appended = if envelopes.is_empty() {
        Appended { results: Vec::new(), ack: None }
    } else {
        app.store.append(request.caller, envelopes, app.clock.today()).await?
    };
    Ok(Cbor(appends::answer(blobs, appended)))
}
