//! `GET /v1/feed`.

use std::sync::Arc;

use amana_protocol::{limits::MAX_FEED_ROWS, wire::FeedAnswer};
use axum::extract::State;

use crate::{
    api::{
        Query,
        answer::{Answered, Cbor},
    },
    auth::Authorised,
    state::App,
};

/// Rows of the caller's feed after a cursor.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Query,
    request: Authorised<0>,
) -> Answered<FeedAnswer> {
    let page = app.store.feed(request.caller, query.after(), query.limit(MAX_FEED_ROWS)).await?;
    let generation = app.store.generation();
    let crate::store::FeedPage { head, chain, next, rows, more } = page;
    Ok(Cbor(FeedAnswer { generation, head, chain, next, rows, more }))
}
