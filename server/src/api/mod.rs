//! The relay's calls: one route table, one thin handler per file.

mod answer;
mod appends;
mod directory;
mod feed;
mod filing;
mod joins;
mod mailboxes;
mod params;
mod push;
mod relay;
mod renewals;
mod rosters;

use std::sync::Arc;

use amana_protocol::ErrorCode;
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{self, Next},
    response::Response,
    routing::{get, post, put},
};

use crate::{error::ApiError, state::App};

pub(crate) use params::{Id, Query};

/// All calls.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/v1/relay", get(relay::show))
        .route("/v1/directory", get(directory::show).put(directory::extend))
        .route("/v1/rosters/{organisation}", get(rosters::show).put(rosters::extend))
        .route("/v1/rosters/{organisation}/part/{n}", get(rosters::part))
        .route("/v1/rosters/{organisation}/recovery", post(rosters::recovery))
        .route("/v1/joins/{organisation}", get(joins::list).put(joins::create))
        .route("/v1/renewals/{organisation}", put(renewals::create))
        .route("/v1/file", post(filing::create))
        .route("/v1/push", post(push::create))
        .route("/v1/mailboxes/read", post(mailboxes::read_many))
        .route("/v1/mailboxes/{id}", put(mailboxes::replace).get(mailboxes::read).delete(mailboxes::delete))
        .route("/v1/feed", get(feed::list))
        .fallback(|| async { ApiError::from(ErrorCode::NotFound) })
        .method_not_allowed_fallback(|| async { ApiError::from(ErrorCode::NotFound) })
        .layer(middleware::from_fn(log))
        .with_state(app)
}

/// One line per request: the call and its outcome. No ids, addresses or content.
async fn log(request: Request, next: Next) -> Response {
    let call = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let response = next.run(request).await;
    tracing::debug!(%method, call, status = response.status().as_u16(), "request");
    response
}
