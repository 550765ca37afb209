//! Path and query parameters, read strictly.

use std::str::FromStr;

use amana_protocol::ErrorCode;
use axum::{
    extract::{FromRequestParts, Path},
    http::{Uri, request::Parts},
};

use crate::error::ApiError;

/// One parsed path parameter.
pub(crate) struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| ErrorCode::BadRequest)?;
        text.parse().map(Self).map_err(|_| ErrorCode::BadRequest.into())
    }
}

/// Two parsed path parameters.
pub(crate) struct Ids<T, U>(pub T, pub U);

impl<S: Send + Sync, T: FromStr, U: FromStr> FromRequestParts<S> for Ids<T, U> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| ErrorCode::BadRequest)?;
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(ErrorCode::BadRequest.into()),
        }
    }
}

/// `after` and `limit`; anything else, or either twice, is refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    after: Option<u64>,
    limit: Option<u64>,
}

impl Query {
    /// Reads the query of an address.
    pub(crate) fn of(uri: &Uri) -> Result<Self, ApiError> {
        let mut query = Self::default();
        for pair in uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(ErrorCode::BadRequest)?;
            let slot = match name {
                "after" => &mut query.after,
                "limit" => &mut query.limit,
                _ => return Err(ErrorCode::BadRequest.into()),
            };
            let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            let value = value.parse().ok().filter(|_| digits).ok_or(ErrorCode::BadRequest)?;
            if slot.replace(value).is_some() {
                return Err(ErrorCode::BadRequest.into());
            }
        }
        Ok(query)
    }

    /// The cursor; 0 if absent.
    pub(crate) fn after(&self) -> u64 {
        self.after.unwrap_or(0)
    }

    /// How many, from 1 to `most`.
    pub(crate) fn limit(&self, most: usize) -> usize {
        let asked = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(most);
        asked.clamp(1, most)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(&parts.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_form_is_read() {
        let query = |text: &str| Query::of(&format!("/v1/feed{text}").parse().unwrap());
        assert_eq!(query("?after=7&limit=9").unwrap(), Query { after: Some(7), limit: Some(9) });
        assert_eq!(query("").unwrap(), Query::default());
        for text in ["?after", "?after=-1", "?after=+1", "?after=", "?x=1", "?after=1&after=2", "?limit=1e3"]
        {
            assert!(query(text).is_err(), "{text}");
        }
        assert_eq!(query("?limit=0").unwrap().limit(10), 1);
        assert_eq!(query("?limit=99999999999").unwrap().limit(10), 10);
    }
}
