//! Checking one request's authorization, cheapest checks first.

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::{DeviceId, Hash},
    signed::Unverified,
};
use amana_protocol::{
    ErrorCode, Principal,
    limits::CLOCK_WINDOW_MS,
    request::{self, Request},
};
use axum::http::{header, request::Parts};

use super::{Caller, replay::Seen};
use crate::{error::ApiError, state::App};

/// A verified caller and the hash that the body must have.
pub(super) struct Verified {
    pub caller: Caller,
    pub body: Hash,
}

/// Checks everything but the body.
pub(super) fn verify(app: &App, parts: &Parts) -> Result<Verified, ApiError> {
    let now_ms = app.clock.now_ms();
    let refuse = |code| ApiError::at(code, now_ms);
    let header = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| refuse(ErrorCode::Unauthorised))?;
    let unverified: Unverified<Request> =
        request::parse(header).map_err(|_| refuse(ErrorCode::Unauthorised))?;
    let claimed = unverified.claimed();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    if claimed.method != parts.method.as_str() || claimed.path != path || claimed.relay != app.key {
        return Err(refuse(ErrorCode::Unauthorised));
    }
    // Nonces from before this start are forgotten, so requests from before it are not taken (unless
    // the relay's clock was set back since, and nobody could ask anything).
    let from_before = claimed.time_ms < app.started_ms && app.started_ms <= now_ms;
    if claimed.time_ms.abs_diff(now_ms) > CLOCK_WINDOW_MS || from_before {
        return Err(refuse(ErrorCode::ClockSkew));
    }
    let key = claimed.key;
    let signed = unverified.verify(&key, &StrictVerifier).map_err(|_| refuse(ErrorCode::Unauthorised))?;
    let request = signed.body();
    match app.nonces.remember(&key, &request.nonce, now_ms) {
        Seen::New => {}
        Seen::Before => return Err(refuse(ErrorCode::Replayed)),
        Seen::Full => return Err(ErrorCode::Busy.into()),
    }
    let trust = app.trust();
    if trust.directory.is_none() {
        // Until its operator has claimed it, a relay keeps nothing for anybody.
        return Err(ErrorCode::NotPublished.into());
    }
    if let Some(organisation) = request.organisation {
        let chain = trust.rosters.get(&organisation);
        let newest = chain.and_then(|chain| chain.newest()).ok_or(ErrorCode::NotPublished)?;
        let device = newest.body().device(&DeviceId::from_key(&key)).ok_or(ErrorCode::DeviceRemoved)?;
        if device.not_after_day < app.clock.today() {
            return Err(ErrorCode::CertificateExpired.into());
        }
    }
    let principal: Principal = request.principal();
    Ok(Verified { caller: Caller::verified(principal), body: request.body })
}
