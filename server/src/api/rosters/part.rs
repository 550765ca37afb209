//! `GET /v1/rosters/{org}/part/{n}`.

use std::sync::Arc;

use amana_domain::ids::OrganisationId;
use amana_protocol::frames;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};

use crate::{api::params::Ids, auth::Authorised, error::ApiError, state::App};

/// The part of a roster, raw, for the team's own desks.
pub(crate) async fn part(
    State(app): State<Arc<App>>,
    Ids(organisation, n): Ids<OrganisationId, u64>,
    request: Authorised<0>,
) -> Result<Response, ApiError> {
    let part = app.store.roster_part(request.caller, organisation, n).await?;
    Ok(([(header::CONTENT_TYPE, frames::MEDIA_TYPE)], part).into_response())
}
