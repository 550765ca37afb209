//! Signed requests to the relay: one place that signs, retries, and follows the relay's clock.

use std::time::Duration;

use amana_domain::{
    canonical,
    ids::{Hash, Nonce, VerifyKey},
};
use amana_protocol::{ErrorBody, ErrorCode, request};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Report,
    observer::{Stage, Watch},
};
use crate::{
    ClientError, Env,
    client::RequestKey,
    transport::{Method, Request, Transport},
};

/// How often a request is tried when no answer comes back.
const TRIES: u32 = 4;
/// First pause between two tries; doubles, with jitter.
const PAUSE_MS: u64 = 40;
/// No further try after this long: a try takes up to nine seconds, and people are told after ten.
const PATIENCE: Duration = Duration::from_secs(1);

/// The relay as one sync run sees it.
pub(crate) struct Api<'a> {
    transport: &'a dyn Transport,
    url: String,
    env: &'a Env,
    relay: Option<VerifyKey>,
    /// How far the relay's clock is ahead of this device's, ms.
    pub skew_ms: i64,
    /// Whether everything was offered again in this run: once is enough, a relay that still shows less lies.
    pub offered: bool,
    /// The present version that the relay told with its last conflict.
    pub version: Option<u64>,
    watch: Option<Watch<'a>>,
}

impl<'a> Api<'a> {
    pub fn new(transport: &'a dyn Transport, url: String, env: &'a Env, skew_ms: i64) -> Self {
        Self { transport, url, env, relay: None, skew_ms, offered: false, version: None, watch: None }
    }

    /// Somebody watches this run.
    pub fn watched(mut self, watch: Watch<'a>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// The next stage of the run begins.
    pub fn stage(&mut self, stage: Stage, report: &Report) {
        if let Some(watch) = &mut self.watch {
            watch.stage(stage, report);
        }
    }

    /// Tells whoever watches what is new.
    pub fn tell(&mut self, report: &Report) {
        if let Some(watch) = &mut self.watch {
            watch.tell(report);
        }
    }

    pub fn set_relay(&mut self, relay: VerifyKey) {
        self.relay = Some(relay);
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn set_url(&mut self, url: String) {
        self.url = url;
    }

    /// The relay's time, as far as this device can tell.
    pub fn relay_ms(&self) -> u64 {
        self.env.now_ms().saturating_add_signed(self.skew_ms)
    }

    /// An unsigned read, tried once when `once`: the first word to a relay should fail fast.
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str, once: bool) -> Result<T, ClientError> {
        let tries = if once { 1 } else { TRIES };
        let body = self.call(Method::Get, path, Vec::new(), None, tries).await?;
        canonical::from_slice(&body).map_err(|_| ClientError::RelayAnswer)
    }

    /// A signed read.
    pub async fn read(&mut self, path: &str, key: &RequestKey) -> Result<Vec<u8>, ClientError> {
        self.call(Method::Get, path, Vec::new(), Some(key), TRIES).await
    }

    /// A signed read of what a body names.
    pub async fn ask(
        &mut self,
        path: &str,
        body: &impl Serialize,
        key: &RequestKey,
    ) -> Result<Vec<u8>, ClientError> {
        let body = canonical::to_vec(body).map_err(|_| ClientError::Internal("request body"))?;
        self.call(Method::Post, path, body, Some(key), TRIES).await
    }

    /// A write; signed if a key is given.
    pub async fn send<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        key: Option<&RequestKey>,
    ) -> Result<T, ClientError> {
        let body = canonical::to_vec(body).map_err(|_| ClientError::Internal("request body"))?;
        let answer = self.call(method, path, body, key, TRIES).await?;
        canonical::from_slice(&answer).map_err(|_| ClientError::RelayAnswer)
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        key: Option<&RequestKey>,
        tries: u32,
    ) -> Result<Vec<u8>, ClientError> {
        let mut corrected = 0;
        let mut attempt = 0;
        let begun = tokio::time::Instant::now();
        loop {
            let authorization = key.map(|key| self.authorize(method, path, &body, key)).transpose()?;
            let request = Request { method, path: path.to_owned(), body: body.clone(), authorization };
            let Ok(response) = self.transport.send(&self.url, request).await else {
                attempt += 1;
                if attempt >= tries || begun.elapsed() >= PATIENCE {
                    return Err(ClientError::RelayUnreachable);
                }
                self.pause(attempt).await;
                continue;
            };
            if (200..300).contains(&response.status) {
                return Ok(response.body);
            }
            let error: ErrorBody =
                canonical::from_slice(&response.body).map_err(|_| ClientError::RelayAnswer)?;
            self.version = error.version;
            match (error.code, error.time_ms) {
                // The relay tells its time: sign again with the offset. A replayed nonce means that the first copy
                // arrived though its answer was lost; a new nonce asks again.
                (ErrorCode::ClockSkew | ErrorCode::Replayed, Some(time_ms)) if corrected < TRIES => {
                    corrected += 1;
                    self.skew_ms = time_ms.cast_signed().wrapping_sub(self.env.now_ms().cast_signed());
                }
                (ErrorCode::Busy, _) if attempt + 1 < tries => {
                    attempt += 1;
                    self.pause(attempt).await;
                }
                (ErrorCode::DeviceRemoved, _) => return Err(ClientError::DeviceRemoved),
                (ErrorCode::CertificateExpired, _) => return Err(ClientError::CertificateExpired),
                (ErrorCode::NotPublished, _) => return Err(ClientError::RelayNotPublished),
                (code, _) => return Err(ClientError::Relay(code)),
            }
        }
    }

    fn authorize(
        &self,
        method: Method,
        path: &str,
        body: &[u8],
        key: &RequestKey,
    ) -> Result<String, ClientError> {
        let request = request::Request {
            method: method.as_str().to_owned(),
            path: path.to_owned(),
            body: Hash::of(body),
            relay: self.relay.ok_or(ClientError::RelayNotPublished)?,
            time_ms: self.relay_ms(),
            nonce: Nonce::from_bytes(self.env.bytes()),
            key: key.key.verify_key(),
            organisation: key.organisation,
        };
        request.sign(|message| key.key.sign(message)).map_err(|_| ClientError::Internal("request"))
    }

    async fn pause(&self, attempt: u32) {
        let [jitter] = self.env.bytes::<1>();
        let base = PAUSE_MS << attempt.min(5);
        tokio::time::sleep(Duration::from_millis(base + base * u64::from(jitter) / 256)).await;
    }
}
