//! `PUT /v1/rosters/{org}`.

use std::sync::Arc;

use amana_crypto::StrictVerifier;
use amana_domain::{
    canonical,
    ids::{Hash, OrganisationId},
    trust::{Extended, MAX_CERTIFICATE_DAYS, RosterChain, RosterError, RosterPart},
};
use amana_protocol::{
    ErrorCode,
    limits::{MAX_BODY, MAX_CHAIN_LINKS, MAX_ROSTER_PART},
    wire::{Newest, RostersPut},
};
use axum::extract::State;

use crate::{
    api::{
        Id,
        answer::{Answered, Cbor},
    },
    auth::Open,
    error::ApiError,
    state::{App, Trust},
};

/// Extends a team's chain. Anybody may offer it: the admins' signatures decide. A chain that differs
/// from the one held is refused, however long it is: else a removed admin could come back with a
/// longer one.
pub(crate) async fn extend(
    State(app): State<Arc<App>>,
    Id(organisation): Id<OrganisationId>,
    body: Open<MAX_BODY>,
) -> Answered<Newest> {
    let put: RostersPut = body.parse()?;
    let large = put.part.as_ref().is_some_and(|part| part.len() > MAX_ROSTER_PART);
    if put.heads.len() > MAX_CHAIN_LINKS || large {
        return Err(ErrorCode::TooLarge.into());
    }
    let _order = app.publishing.lock().await;
    let trust = app.trust();
    let deployment = trust.directory_of(&organisation)?.deployment;
    let mut chain = trust
        .rosters
        .get(&organisation)
        .map_or_else(|| trust.new_chain(deployment, organisation), |chain| RosterChain::clone(chain));
    let known = chain.number();
    let (mut new, mut last) = (Vec::new(), 0);
    for bytes in &put.heads {
        let extended = chain.extend(bytes, &StrictVerifier).map_err(|error| refusal(&error, known))?;
        if extended == Extended::Added {
            new.push(bytes.to_vec());
            last = chain.number();
        } else {
            last = number_of(&chain, bytes).unwrap_or(last);
        }
    }
    let newest = chain.newest().ok_or(ErrorCode::BadRequest)?.body();
    let longest = app.clock.today().saturating_add(MAX_CERTIFICATE_DAYS + 1);
    if !new.is_empty() && newest.devices.iter().any(|device| device.not_after_day > longest) {
        return Err(ApiError::from(ErrorCode::RosterInvalid).detail("a certificate is valid for too long"));
    }
    let part = match put.part {
        Some(part) => Some((last, check_part(&chain, last, part.into_vec())?)),
        None => None,
    };
    let version = chain.number();
    if new.is_empty() && part.is_none() {
        return Ok(Cbor(Newest { version }));
    }
    app.store.add_rosters(organisation, known, new, part, newest.invites.clone()).await?;
    let mut rosters = trust.rosters.clone();
    rosters.insert(organisation, Arc::new(chain));
    app.set_trust(Trust { directory: trust.directory.clone(), rosters });
    Ok(Cbor(Newest { version }))
}

fn refusal(error: &RosterError, known: u64) -> ApiError {
    match error {
        RosterError::Fork | RosterError::Gap => ApiError::conflict(ErrorCode::RosterConflict, known),
        // The chain's rules: somebody else's `prev` is a lost race, all else is an invalid roster.
        RosterError::Prev => ApiError::conflict(ErrorCode::RosterConflict, known),
        _ => ErrorCode::RosterInvalid.into(),
    }
}

fn number_of(chain: &RosterChain, bytes: &[u8]) -> Option<u64> {
    (1..=chain.number()).rev().find(|n| chain.by_number(*n).is_some_and(|head| head.to_bytes() == bytes))
}

fn check_part(chain: &RosterChain, n: u64, part: Vec<u8>) -> Result<Vec<u8>, ApiError> {
    let head = chain.by_number(n).ok_or(ErrorCode::BadRequest)?.body();
    let sound = Hash::of(&part) == head.part && canonical::from_slice::<RosterPart>(&part).is_ok();
    if sound {
        Ok(part)
    } else {
        Err(ApiError::from(ErrorCode::RosterInvalid).detail("not this head's part"))
    }
}
