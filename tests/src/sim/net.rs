//! The network between devices and relay, and everything that can go wrong on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use amana_client::transport::{Answer, NoAnswer, Request, Response, Transport};
use amana_domain::{
    canonical,
    ids::{BlobId, Hash},
};
use amana_protocol::wire::{self, AppendResult};
use amana_server::{Clock as _, ManualClock};
use axum::{Router, body::Body, http::header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::Rng;

/// How often what goes wrong, in percent of requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The request never arrives.
    pub drop_request: u32,
    /// It arrives, its answer does not.
    pub drop_answer: u32,
    /// It arrives twice; the client hears one of the two answers.
    pub duplicate: u32,
    /// A write is held back, and arrives later or never, in any order.
    pub hold: u32,
    /// A request seen earlier arrives once more.
    pub replay: u32,
    /// The answer is cut short.
    pub truncate: u32,
    /// A bit of the answer is flipped.
    pub garble: u32,
}

impl Faults {
    /// A bad network without bit errors, as TLS shows it: about three of ten requests fail.
    pub const LOSSY: Self =
        Self { drop_request: 15, drop_answer: 15, duplicate: 10, hold: 8, replay: 5, truncate: 5, garble: 0 };
}

/// Looks at a request before, or at its answer after the real relay; may put another answer in its place.
pub type Hook = Box<dyn FnMut(u32, &Request, Option<Response>) -> Option<Response> + Send>;

#[derive(Default)]
struct Inner {
    router: Option<Router>,
    faults: Faults,
    cut_off: BTreeMap<u32, u64>,
    held: Vec<(u32, Request)>,
    seen: Vec<(u32, Request)>,
    stored: BTreeSet<BlobId>,
    count: u64,
    wrong: u64,
    calls: BTreeMap<String, u64>,
    trace: [u8; 32],
    hook: Option<Hook>,
}

/// The network.
pub struct Net {
    inner: Mutex<Inner>,
    rng: Mutex<Rng>,
    clock: Arc<ManualClock>,
}

/// One device's way to the relay.
pub struct Line {
    net: Arc<Net>,
    device: u32,
}

impl Net {
    pub fn new(seed: u64, clock: Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self { inner: Mutex::default(), rng: Mutex::new(Rng::new(seed)), clock })
    }

    pub fn line(self: &Arc<Self>, device: u32) -> Arc<Line> {
        Arc::new(Line { net: Arc::clone(self), device })
    }

    /// Connects a relay, or none.
    pub fn connect(&self, router: Option<Router>) {
        self.inner.lock().unwrap().router = router;
    }

    pub fn set_faults(&self, faults: Faults) {
        self.inner.lock().unwrap().faults = faults;
    }

    /// No faults, nothing cut off, nothing held.
    pub fn heal(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.faults = Faults::default();
        inner.cut_off.clear();
        inner.held.clear();
    }

    pub fn set_hook(&self, hook: Option<Hook>) {
        self.inner.lock().unwrap().hook = hook;
    }

    /// The device reaches nobody until this time.
    pub fn cut_off(&self, device: u32, until_ms: u64) {
        self.inner.lock().unwrap().cut_off.insert(device, until_ms);
    }

    /// Blobs that the relay has answered for as stored, whoever heard it.
    pub fn stored(&self) -> BTreeSet<BlobId> {
        self.inner.lock().unwrap().stored.clone()
    }

    /// The relay's store is another one now.
    pub fn forget_stored(&self) {
        self.inner.lock().unwrap().stored.clear();
    }

    /// Something went wrong outside of requests.
    pub fn note_fault(&self) {
        self.inner.lock().unwrap().wrong += 1;
    }

    pub fn wrong(&self) -> u64 {
        self.inner.lock().unwrap().wrong
    }

    /// Requests so far.
    pub fn count(&self) -> u64 {
        self.inner.lock().unwrap().count
    }

    /// Requests so far by method and first two path segments.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.inner.lock().unwrap().calls.clone()
    }

    /// A digest of everything that happened so far.
    pub fn trace(&self) -> [u8; 32] {
        self.inner.lock().unwrap().trace
    }

    /// The signed requests of a device, as they were sent.
    pub fn seen(&self, device: u32) -> Vec<Request> {
        let inner = self.inner.lock().unwrap();
        inner.seen.iter().filter(|(from, _)| *from == device).map(|(_, request)| request.clone()).collect()
    }

    fn note(&self, what: &str, detail: &[u8]) {
        let mut inner = self.inner.lock().unwrap();
        let mut bytes = inner.trace.to_vec();
        bytes.extend_from_slice(what.as_bytes());
        bytes.extend_from_slice(detail);
        inner.trace = *Hash::of(&bytes).as_bytes();
    }

    fn chance(&self, percent: u32) -> bool {
        let hit = percent > 0 && self.rng.lock().unwrap().percent(percent);
        if hit {
            self.note_fault();
        }
        hit
    }

    /// Brings a request to the relay as it is.
    pub async fn deliver(&self, device: u32, request: Request) -> Result<Response, NoAnswer> {
        if let Some(mut hook) = self.take_hook() {
            let answer = hook(device, &request, None);
            self.give_hook(hook);
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
        let router = self.inner.lock().unwrap().router.clone().ok_or(NoAnswer)?;
        let mut built = axum::http::Request::builder().method(request.method.as_str()).uri(&request.path);
        if let Some(authorization) = &request.authorization {
            built = built.header(header::AUTHORIZATION, authorization);
        }
        let built = built.body(Body::from(request.body.clone())).map_err(|_| NoAnswer)?;
        let response = router.oneshot(built).await.map_err(|_| NoAnswer)?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|_| NoAnswer)?.to_bytes().to_vec();
        let mut response = Response { status, body };
        if status == 200 && (request.path == "/v1/file" || request.path == "/v1/push") {
            let answer: wire::Answer = canonical::from_slice(&response.body).unwrap();
            let stored = answer.results.iter().filter_map(|result| match result {
                AppendResult::Stored { blob, .. } => Some(*blob),
                AppendResult::Refused { .. } => None,
            });
            self.inner.lock().unwrap().stored.extend(stored);
        }
        if let Some(mut hook) = self.take_hook() {
            if let Some(other) = hook(device, &request, Some(response.clone())) {
                response = other;
            }
            self.give_hook(hook);
        }
        Ok(response)
    }

    fn take_hook(&self) -> Option<Hook> {
        self.inner.lock().unwrap().hook.take()
    }

    fn give_hook(&self, hook: Hook) {
        self.inner.lock().unwrap().hook.get_or_insert(hook);
    }

    fn one_of(
        &self,
        which: fn(&mut Inner) -> &mut Vec<(u32, Request)>,
        remove: bool,
    ) -> Option<(u32, Request)> {
        let mut inner = self.inner.lock().unwrap();
        let list = which(&mut inner);
        if list.is_empty() {
            return None;
        }
        let at = self.rng.lock().unwrap().below(list.len());
        Some(if remove { list.swap_remove(at) } else { list[at].clone() })
    }

    async fn carry(&self, device: u32, request: Request) -> Result<Response, NoAnswer> {
        let now = self.clock.now_ms();
        let faults = {
            let mut inner = self.inner.lock().unwrap();
            inner.count += 1;
            let path = request.path.split('?').next().unwrap_or_default();
            let call: Vec<&str> = path.split('/').take(3).collect();
            *inner.calls.entry(format!("{} {}", request.method.as_str(), call.join("/"))).or_default() += 1;
            if inner.cut_off.get(&device).is_some_and(|until| now < *until) {
                inner.wrong += 1;
                drop(inner);
                self.note("cut", &[]);
                return Err(NoAnswer);
            }
            if request.authorization.is_some() {
                if inner.seen.len() >= 256 {
                    inner.seen.remove(0);
                }
                inner.seen.push((device, request.clone()));
            }
            inner.faults
        };
        self.note(&request.path, Hash::of(&request.body).as_bytes());
        if self.chance(faults.replay)
            && let Some((from, old)) = self.one_of(|inner| &mut inner.seen, false)
        {
            let _unheard = self.deliver(from, old).await;
        }
        if faults.hold > 0
            && self.rng.lock().unwrap().percent(25)
            && let Some((from, late)) = self.one_of(|inner| &mut inner.held, true)
        {
            let _unheard = self.deliver(from, late).await;
        }
        if self.chance(faults.drop_request) {
            self.note("lost", &[]);
            return Err(NoAnswer);
        }
        if request.authorization.is_some() && !request.body.is_empty() && self.chance(faults.hold) {
            self.inner.lock().unwrap().held.push((device, request));
            self.note("held", &[]);
            return Err(NoAnswer);
        }
        let twice = self.chance(faults.duplicate).then(|| request.clone());
        let mut response = self.deliver(device, request).await?;
        if let Some(copy) = twice {
            let second = self.deliver(device, copy).await?;
            if self.rng.lock().unwrap().percent(50) {
                response = second;
            }
        }
        if self.chance(faults.drop_answer) {
            self.note("unheard", &[]);
            return Err(NoAnswer);
        }
        if faults.garble == 0 && self.chance(faults.truncate) {
            // HTTP notices an answer that is cut short.
            return Err(NoAnswer);
        }
        if !response.body.is_empty() && faults.garble > 0 && self.chance(faults.truncate) {
            let length = self.rng.lock().unwrap().below(response.body.len());
            response.body.truncate(length);
        }
        if !response.body.is_empty() && self.chance(faults.garble) {
            let mut rng = self.rng.lock().unwrap();
            let at = rng.below(response.body.len());
            response.body[at] ^= 1 << rng.below(8);
        }
        self.note("answer", &response.status.to_be_bytes());
        self.note("body", &response.body);
        Ok(response)
    }
}

impl Transport for Line {
    fn send<'a>(&'a self, _base: &'a str, request: Request) -> Answer<'a> {
        Box::pin(self.net.carry(self.device, request))
    }
}
