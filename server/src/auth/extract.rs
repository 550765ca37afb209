//! Extractors: a verified caller with the body it signed, or a bounded body without a caller.

use std::{sync::Arc, time::Duration};

use amana_domain::{canonical, canonical::CanonicalError, ids::Hash};
use amana_protocol::ErrorCode;
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::{Caller, verify::verify};
use crate::{error::ApiError, state::App};

/// A verified caller and the body that its signature covers, at most `LIMIT` bytes.
pub(crate) struct Authorised<const LIMIT: usize> {
    pub caller: Caller,
    body: Received,
}

/// A body of at most `LIMIT` bytes from anybody.
pub(crate) struct Open<const LIMIT: usize> {
    body: Received,
}

struct Received {
    bytes: Bytes,
    _memory: OwnedSemaphorePermit,
}

impl<const LIMIT: usize> Authorised<LIMIT> {
    /// The body as a structure.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        parse(&self.body.bytes)
    }
}

impl<const LIMIT: usize> Open<LIMIT> {
    /// The body as a structure.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        parse(&self.body.bytes)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    canonical::from_slice(bytes).map_err(|error| match error {
        CanonicalError::Shape => ErrorCode::BadRequest.into(),
        _ => ErrorCode::NotCanonical.into(),
    })
}

impl<const LIMIT: usize> FromRequest<Arc<App>> for Authorised<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let verified = verify(app, &parts)?;
        let body = receive(app, &parts.headers, body, LIMIT).await?;
        if Hash::of(&body.bytes) != verified.body {
            return Err(ApiError::at(ErrorCode::Unauthorised, app.clock.now_ms()));
        }
        Ok(Self { caller: verified.caller, body })
    }
}

impl<const LIMIT: usize> FromRequest<Arc<App>> for Open<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        Ok(Self { body: receive(app, &parts.headers, body, LIMIT).await? })
    }
}

/// Reads a body within its limit, the time for it, and the memory for all bodies together.
async fn receive(app: &App, headers: &HeaderMap, body: Body, limit: usize) -> Result<Received, ApiError> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(ErrorCode::TooLarge.into());
    }
    let kib = announced.unwrap_or(limit).div_ceil(1024).max(1) as u32;
    let memory =
        Arc::clone(&app.memory).try_acquire_many_owned(kib).map_err(|_| ApiError::from(ErrorCode::Busy))?;
    let time = Duration::from_secs(app.config.limits.body_seconds);
    let collected = tokio::time::timeout(time, Limited::new(body, limit).collect()).await;
    match collected {
        Err(_late) => Err(ErrorCode::BadRequest.into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ErrorCode::TooLarge.into()),
        Ok(Err(_)) => Err(ErrorCode::BadRequest.into()),
        Ok(Ok(collected)) => Ok(Received { bytes: collected.to_bytes(), _memory: memory }),
    }
}
