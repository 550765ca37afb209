//! `POST /v1/rosters/{org}/recovery`.

use std::sync::Arc;

use amana_domain::ids::OrganisationId;
use amana_protocol::{
    limits::MAX_JOIN_REQUEST,
    wire::{RecoveryAnswer, Renewal},
};
use axum::extract::State;
use serde_bytes::ByteBuf;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
    },
    auth::{Authorised, recovering},
    state::App,
};

/// The newest part, for a device that comes with an unused admin invite to recover the team.
pub(crate) async fn recovery(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    request: Authorised<MAX_JOIN_REQUEST>,
) -> Answered<RecoveryAnswer> {
    let proofs: Renewal = request.parse()?;
    let (caller, n) = recovering(&app, &request.caller, organisation, &proofs)?;
    let part = app.store.roster_part(caller, organisation, n).await?;
    Ok(Cbor(RecoveryAnswer { n, part: ByteBuf::from(part) }))
}
