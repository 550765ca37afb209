//! `GET /v1/mailboxes/{id}`.

use std::sync::Arc;

use amana_domain::ids::MailboxId;
use amana_protocol::{
    ErrorCode,
    frames::{self, FrameHeader},
    limits::{MAX_FRAME_BYTES, MAX_FRAMES},
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};

use crate::{
    api::{Id, Query},
    auth::Authorised,
    error::ApiError,
    state::App,
};

/// Blobs after a sequence, as frames.
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Id(id): Id<MailboxId>,
    query: Query,
    request: Authorised<0>,
) -> Result<Response, ApiError> {
    let limit = query.limit(MAX_FRAMES);
    let page = app.store.read_mailbox(request.caller, id, query.after(), limit, MAX_FRAME_BYTES).await?;
    let from = query.after().min(page.head);
    let header = FrameHeader {
        generation: app.store.generation(),
        from,
        to: from + page.blobs.len() as u64,
        head: page.head,
        chain: page.chain,
    };
    let bytes = frames::encode(&header, page.blobs.iter().map(Vec::as_slice))
        .map_err(|_| ApiError::from(ErrorCode::Internal))?;
    Ok(([(header::CONTENT_TYPE, frames::MEDIA_TYPE)], bytes).into_response())
}
