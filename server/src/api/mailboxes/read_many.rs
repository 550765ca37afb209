//! `POST /v1/mailboxes/read`.

use std::{collections::HashSet, sync::Arc};

use amana_protocol::{
    ErrorCode,
    frames::{self, FrameHeader, Frames},
    limits::{MAX_FRAME_BYTES, MAX_FRAMES, MAX_READS, MAX_READS_BODY},
    reading::{self, ReadFrom, ReadMailboxes, Section},
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};

use crate::{auth::Authorised, error::ApiError, state::App};

/// Blobs of many mailboxes, each after a sequence, as frames. One that may not be read spoils nothing for the others.
pub(crate) async fn read_many(
    State(app): State<Arc<App>>,
    request: Authorised<MAX_READS_BODY>,
) -> Result<Response, ApiError> {
    let ReadMailboxes { mailboxes: reads } = request.parse()?;
    if reads.len() > MAX_READS {
        return Err(ErrorCode::TooLarge.into());
    }
    let distinct: HashSet<_> = reads.iter().map(|ReadFrom(mailbox, _)| mailbox).collect();
    if distinct.len() != reads.len() {
        return Err(ErrorCode::BadRequest.into());
    }
    let pages = app.store.read_mailboxes(request.caller, reads.clone(), MAX_FRAMES, MAX_FRAME_BYTES).await?;
    let generation = app.store.generation();
    let sections: Vec<Section<'_>> = reads
        .iter()
        .zip(&pages)
        .map(|(ReadFrom(mailbox, after), page)| {
            let found = page.as_ref().map_err(|code| *code).map(|page| {
                let from = *after.min(&page.head);
                let to = from + page.blobs.len() as u64;
                let header = FrameHeader { generation, from, to, head: page.head, chain: page.chain };
                Frames { header, blobs: page.blobs.iter().map(Vec::as_slice).collect() }
            });
            Section { mailbox: *mailbox, found }
        })
        .collect();
    let bytes = reading::encode(generation, &sections).map_err(|_| ApiError::from(ErrorCode::Internal))?;
    Ok(([(header::CONTENT_TYPE, frames::MEDIA_TYPE)], bytes).into_response())
}
