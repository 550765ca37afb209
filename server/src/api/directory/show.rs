//! `GET /v1/directory`.

use std::sync::Arc;

use amana_protocol::{
    limits::MAX_CHAIN_LINKS,
    wire::{DirectoryAnswer, RosterRef},
};
use axum::extract::State;
use serde_bytes::ByteBuf;

use crate::{
    api::{Query, answer::Cbor},
    state::App,
};

/// The directories after a version and the newest roster of each organisation.
pub(crate) async fn show(State(app): State<Arc<App>>, query: Query) -> Cbor<DirectoryAnswer> {
    let trust = app.trust();
    let limit = query.limit(MAX_CHAIN_LINKS);
    let directories = trust.directory.as_ref().map_or(&[][..], |chain| chain.after(query.after()));
    let mut rosters: Vec<RosterRef> = trust
        .rosters
        .iter()
        .filter_map(|(organisation, chain)| {
            let newest = chain.newest()?;
            Some(RosterRef { organisation: *organisation, n: newest.body().n, hash: newest.hash() })
        })
        .collect();
    rosters.sort_unstable_by_key(|roster| roster.organisation);
    Cbor(DirectoryAnswer {
        directories: directories.iter().take(limit).map(|link| ByteBuf::from(link.to_bytes())).collect(),
        rosters,
    })
}
