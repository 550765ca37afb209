//! `PUT /v1/joins/{org}`.

use std::sync::Arc;

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::{Hash, OrganisationId},
    signed::Unverified,
    trust::certificate::verify_invite,
};
use amana_protocol::{
    ErrorCode,
    limits::{MAX_BODY, MAX_JOIN_REQUEST},
    wire::{Done, JoinProof, JoinPut, JoinRow},
};
use axum::extract::State;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
    },
    auth::Open,
    state::App,
    store::CheckedEnvelope,
};

/// Keeps a join request: the invite must be the organisation's, unused and not over, and its key must
/// have signed the request's hash.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    body: Open<MAX_BODY>,
) -> Answered<Done> {
    let put: JoinPut = body.parse()?;
    if put.request.len() > MAX_JOIN_REQUEST {
        return Err(ErrorCode::TooLarge.into());
    }
    let trust = app.trust();
    let deployment = trust.directory_of(&organisation)?.deployment;
    let invite =
        verify_invite(&put.invite, &deployment, &organisation, &trust.roots(&organisation), &StrictVerifier)
            .map_err(|_| ErrorCode::JoinInvalid)?;
    let proof = Unverified::<JoinProof>::parse(&put.proof)
        .and_then(|proof| proof.verify(&invite.body().key, &StrictVerifier))
        .map_err(|_| ErrorCode::JoinInvalid)?;
    let expected = JoinProof { deployment, organisation, request: Hash::of(&put.request) };
    if *proof.body() != expected {
        return Err(ErrorCode::JoinInvalid.into());
    }
    if invite.body().expires_day < app.clock.today() {
        return Err(ErrorCode::InviteExpired.into());
    }
    let newest = trust.rosters.get(&organisation).and_then(|chain| chain.newest());
    let newest = newest.ok_or(ErrorCode::NotPublished)?;
    if newest.body().used_invite(&invite.hash()) {
        return Err(ErrorCode::InviteUsed.into());
    }
    if !CheckedEnvelope::check(organisation.intake(), put.request.clone()).is_some_and(|e| e.is_letter()) {
        return Err(ErrorCode::BadEnvelope.into());
    }
    app.store.add_join(organisation, JoinRow { invite: invite.hash(), request: put.request }).await?;
    Ok(Cbor(Done {}))
}
