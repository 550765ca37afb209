//! How requests travel. The HTTP transport is the only user of reqwest; tests put a relay or a saboteur in its place.

mod http;

use std::{future::Future, pin::Pin};

pub use http::HttpTransport;

/// One request to the relay.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path with query, from `/v1` on.
    pub path: String,
    /// The body; empty for reads.
    pub body: Vec<u8>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

/// Methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "HTTP methods")]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
}

impl Method {
    /// As it is signed and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Nothing came back, or not all of it.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub struct NoAnswer;

/// The answer to come.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, NoAnswer>> + Send + 'a>>;

/// Carries requests to the relay at a base URL.
pub trait Transport: Send + Sync {
    /// Sends one request. Nothing is retried here.
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a>;
}
