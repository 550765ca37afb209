//! `PUT /v1/directory`.

use std::sync::Arc;

use amana_crypto::StrictVerifier;
use amana_domain::trust::{DirectoryChain, DirectoryError, Extended};
use amana_protocol::{
    ErrorCode,
    limits::{MAX_BODY, MAX_CHAIN_LINKS},
    wire::{DirectoryPut, Newest},
};
use axum::extract::State;

use crate::{
    api::answer::{Answered, Cbor},
    auth::Open,
    claim,
    error::ApiError,
    state::{App, Trust, first_root},
};

/// Extends the chain. Anybody may offer it: the root's signature decides. The first one needs the
/// claim code and pins the root.
pub(crate) async fn extend(State(app): State<Arc<App>>, body: Open<MAX_BODY>) -> Answered<Newest> {
    let put: DirectoryPut = body.parse()?;
    if put.directories.len() > MAX_CHAIN_LINKS {
        return Err(ErrorCode::TooLarge.into());
    }
    let _order = app.publishing.lock().await;
    let trust = app.trust();
    let mut chain = match &trust.directory {
        Some(chain) => chain.clone(),
        None => claimed_chain(&app, &put)?,
    };
    let known = chain.version();
    let mut new = Vec::new();
    for bytes in &put.directories {
        match chain.extend(bytes, &StrictVerifier) {
            Ok(Extended::Added) => new.push(bytes.to_vec()),
            Ok(Extended::Known) => {}
            Err(DirectoryError::Rollback) => {
                return Err(ApiError::conflict(ErrorCode::DirectoryRollback, known));
            }
            Err(_) => return Err(ErrorCode::DirectoryInvalid.into()),
        }
    }
    let newest = chain.newest().ok_or(ErrorCode::DirectoryInvalid)?.body();
    if new.is_empty() {
        return Ok(Cbor(Newest { version: known }));
    }
    // A relay that is in service may be told that another one at another address takes its place: whoever still asks
    // here learns it. Everything else that names another key is a mistake.
    let moved = trust.newest().is_some_and(|before| before.relay.url != newest.relay.url);
    if newest.relay.key != app.key && !moved {
        return Err(ApiError::from(ErrorCode::DirectoryInvalid).detail("names another relay key"));
    }
    if trust.rosters.iter().any(|(organisation, rosters)| !rosters.fits(&chain.roots(organisation))) {
        return Err(ApiError::from(ErrorCode::DirectoryInvalid).detail("names another founding"));
    }
    let version = chain.version();
    let organisations = newest.organisations.iter().map(|organisation| organisation.id).collect();
    app.store.add_directories(known, new, organisations).await?;
    app.set_trust(Trust { directory: Some(chain), rosters: trust.rosters.clone() });
    app.claimed();
    Ok(Cbor(Newest { version }))
}

fn claimed_chain(app: &App, put: &DirectoryPut) -> Result<DirectoryChain, ApiError> {
    let offered = put.claim.as_deref().ok_or(ErrorCode::ClaimRequired)?;
    let code = app.claim().ok_or(ErrorCode::ClaimWrong)?;
    if !claim::matches(&code, offered) {
        return Err(ErrorCode::ClaimWrong.into());
    }
    let first = put.directories.first().ok_or(ErrorCode::BadRequest)?;
    Ok(DirectoryChain::pinned(first_root(first).ok_or(ErrorCode::DirectoryInvalid)?))
}
