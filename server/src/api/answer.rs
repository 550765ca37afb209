//! Canonical CBOR answers.

use amana_domain::canonical;
use amana_protocol::{ErrorCode, wire::MEDIA_TYPE};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::error::ApiError;

/// A canonical CBOR body.
pub(super) struct Cbor<T>(pub T);

impl<T: Serialize> IntoResponse for Cbor<T> {
    fn into_response(self) -> Response {
        match canonical::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response(),
            Err(_) => ApiError::from(ErrorCode::Internal).into_response(),
        }
    }
}

/// What a handler answers.
pub(super) type Answered<T> = Result<Cbor<T>, ApiError>;
