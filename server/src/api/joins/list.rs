//! `GET /v1/joins/{org}`.

use std::sync::Arc;

use amana_domain::{
    ids::{DeviceId, OrganisationId},
    signed::Unverified,
    trust::{DeviceCertificate, RosterHead},
};
use amana_protocol::wire::{JoinsAnswer, Renewal};
use axum::extract::State;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
    },
    auth::Authorised,
    state::App,
};

/// The join requests and renewals that wait for the caller's team.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    request: Authorised<0>,
) -> Answered<JoinsAnswer> {
    let mut requests = app.store.joins(request.caller, organisation).await?;
    let renewals = app.store.renewals(request.caller, organisation).await?;
    // One may have arrived while its invite was being used.
    let trust = app.trust();
    let Some(newest) = trust.rosters.get(&organisation).and_then(|chain| chain.newest()) else {
        return Ok(Cbor(JoinsAnswer { requests, renewals: Vec::new() }));
    };
    requests.retain(|join| !newest.body().used_invite(&join.invite));
    let (waiting, over): (Vec<_>, Vec<_>) =
        renewals.into_iter().partition(|(device, renewal)| is_news(newest.body(), device, renewal));
    if !over.is_empty() {
        let over = over.into_iter().map(|(device, _)| device).collect();
        app.store.drop_renewals(organisation, over).await?;
    }
    let renewals = waiting.into_iter().map(|(_, renewal)| renewal).collect();
    Ok(Cbor(JoinsAnswer { requests, renewals }))
}

/// Whether it would list a device of the team for longer.
fn is_news(newest: &RosterHead, device: &DeviceId, renewal: &Renewal) -> bool {
    let until = Unverified::<DeviceCertificate>::parse(&renewal.certificate)
        .map(|certificate| certificate.claimed().not_after_day);
    until.is_ok_and(|until| newest.device(device).is_some_and(|listed| until > listed.not_after_day))
}
