//! HTTPS (or HTTP on loopback) through reqwest and rustls.

use std::time::Duration;

use super::{Answer, Method, NoAnswer, Request, Response, Transport};

/// Longest wait for a connection. A phone without network should know soon.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest silence; together with the connection under the ten seconds after which `sync` gives up.
const READ_TIMEOUT: Duration = Duration::from_secs(6);
/// Longest answer that is read.
const MAX_ANSWER: usize = 64 << 20;

/// The transport of real devices.
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// Makes a client. Fails only when the TLS library cannot start.
    pub fn new() -> Result<Self, NoAnswer> {
        // A second installation of the provider is refused, which is fine: it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("amana")
            .build()
            .map_err(|_| NoAnswer)?;
        Ok(Self { client })
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a> {
        Box::pin(async move {
            let url = format!("{}{}", base.trim_end_matches('/'), request.path);
            let method = match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Put => reqwest::Method::PUT,
                Method::Post => reqwest::Method::POST,
                Method::Delete => reqwest::Method::DELETE,
            };
            let mut builder = self.client.request(method, url);
            if let Some(value) = request.authorization {
                builder = builder.header("authorization", value);
            }
            if !request.body.is_empty() {
                builder = builder.header("content-type", amana_protocol::wire::MEDIA_TYPE).body(request.body);
            }
            let mut response = builder.send().await.map_err(|_| NoAnswer)?;
            let status = response.status().as_u16();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|_| NoAnswer)? {
                if body.len() + chunk.len() > MAX_ANSWER {
                    return Err(NoAnswer);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Response { status, body })
        })
    }
}
