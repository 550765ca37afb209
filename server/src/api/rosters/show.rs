//! `GET /v1/rosters/{org}`.

use std::sync::Arc;

use amana_domain::ids::OrganisationId;
use amana_protocol::{limits::MAX_CHAIN_LINKS, wire::RostersAnswer};
use axum::extract::State;
use serde_bytes::ByteBuf;

use crate::{
    api::{
        Id, Query,
        answer::{Answered, Cbor},
    },
    state::App,
};

/// The roster heads after a number.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    query: Query,
) -> Answered<RostersAnswer> {
    let trust = app.trust();
    trust.directory_of(&organisation)?;
    let heads = trust.rosters.get(&organisation).map_or(&[][..], |chain| chain.after(query.after()));
    let limit = query.limit(MAX_CHAIN_LINKS);
    let heads = heads.iter().take(limit).map(|head| ByteBuf::from(head.to_bytes())).collect();
    Ok(Cbor(RostersAnswer { heads }))
}
