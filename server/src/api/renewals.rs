//! `PUT /v1/renewals/{org}`: a device that asks its admins for more days.

use std::sync::Arc;

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::OrganisationId,
    trust::{MAX_CERTIFICATE_DAYS, certificate::verify_signatures},
};
use amana_protocol::{
    ErrorCode,
    limits::MAX_BODY,
    wire::{Done, Renewal},
};
use axum::extract::State;

use super::{
    Id,
    answer::{Answered, Cbor},
};
use crate::{auth::Open, state::App};

/// Keeps a listed device's new certificate until a roster takes it up. It proves itself, so that a device whose
/// days are over can still ask. One per device; one that ends later replaces it.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    body: Open<MAX_BODY>,
) -> Answered<Done> {
    let put: Renewal = body.parse()?;
    let trust = app.trust();
    let deployment = trust.directory_of(&organisation)?.deployment;
    let certified = verify_signatures(
        &put.invite,
        &put.certificate,
        &deployment,
        &organisation,
        &trust.roots(&organisation),
        &StrictVerifier,
    )
    .map_err(|_| ErrorCode::JoinInvalid)?;
    let newest = trust.rosters.get(&organisation).and_then(|chain| chain.newest());
    let newest = newest.ok_or(ErrorCode::NotPublished)?.body();
    let listed = newest.device(&certified.device).ok_or(ErrorCode::DeviceRemoved)?;
    let (today, until) = (app.clock.today(), certified.certificate.not_after_day);
    if !newest.used_invite(&certified.invite)
        || until < today
        || until > today.saturating_add(MAX_CERTIFICATE_DAYS + 1)
    {
        return Err(ErrorCode::JoinInvalid.into());
    }
    if until > listed.not_after_day {
        app.store.add_renewal(organisation, certified.device, put).await?;
    }
    Ok(Cbor(Done {}))
}
