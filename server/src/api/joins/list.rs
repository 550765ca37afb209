//! `GET /v1/joins/{org}`.

use std::sync::Arc;

use amana_domain::ids::OrganisationId;
use amana_protocol::wire::JoinsAnswer;
use axum::extract::State;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
    },
    auth::Authorised,
    state::App,
};

/// The join requests that wait for the caller's team.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    request: Authorised<0>,
) -> Answered<JoinsAnswer> {
    let mut requests = app.store.joins(request.caller, organisation).await?;
    // One may have arrived while its invite was being used.
    let trust = app.trust();
    if let Some(newest) = trust.rosters.get(&organisation).and_then(|chain| chain.newest()) {
        requests.retain(|join| !newest.body().used_invite(&join.invite));
    }
    Ok(Cbor(JoinsAnswer { requests }))
}
