//! `GET /v1/relay`.

use std::sync::Arc;

use amana_protocol::wire::RelayInfo;
use axum::extract::State;

use crate::{api::answer::Cbor, state::App};

/// The relay's key, store, time and state.
pub(crate) async fn show(State(app): State<Arc<App>>) -> Cbor<RelayInfo> {
    let trust = app.trust();
    Cbor(RelayInfo {
        key: app.key,
        generation: app.store.generation(),
        time_ms: app.clock.now_ms(),
        claimed: trust.directory.is_some(),
        directory_version: trust.directory.as_ref().map_or(0, |chain| chain.version()),
        pow_bits: app.pow_bits(),
        v: vec![1],
    })
}
