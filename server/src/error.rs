//! Errors as clients see them, mapped in this one place.

use amana_domain::canonical;
use amana_protocol::{ErrorBody, ErrorCode, wire::MEDIA_TYPE};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::store::StoreError;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError(ErrorBody);

impl ApiError {
    /// An error that tells the relay's time.
    pub(crate) fn at(code: ErrorCode, now_ms: u64) -> Self {
        Self(ErrorBody { time_ms: Some(now_ms), ..code.into() })
    }

    /// An error that tells the present version or number.
    pub(crate) fn conflict(code: ErrorCode, version: u64) -> Self {
        Self(ErrorBody { version: Some(version), ..code.into() })
    }

    /// Adds the proof-of-work difficulty to admission errors.
    pub(crate) fn with_pow_bits(mut self, bits: u8) -> Self {
        if matches!(self.0.code, ErrorCode::AdmissionRequired | ErrorCode::AdmissionInvalid) {
            self.0.pow_bits = Some(bits);
        }
        self
    }

    /// Adds fixed words for developers.
    pub(crate) fn detail(mut self, detail: &'static str) -> Self {
        self.0.detail = Some(detail.to_owned());
        self
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self(code.into())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(code) => code.into(),
            StoreError::Conflict { code, version } => Self::conflict(code, version),
            StoreError::Busy => ErrorCode::Busy.into(),
            StoreError::Failed => ErrorCode::Internal.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = canonical::to_vec(&self.0).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
    }
}
