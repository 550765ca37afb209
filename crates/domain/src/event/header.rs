//! The event envelope's content: header, canonical message, signature.

use ciborium::Value;
use serde::{Deserialize, Serialize};

use super::{body::Body, kind::EventKind};
use crate::{
    canonical::{self, CanonicalError},
    ids::{
        CaseId, DeploymentId, DeviceId, EpochId, EventId, Hash, LogId, OrganisationId, Signature, VerifyKey,
        sha256,
    },
    signed::Verifier,
};

/// Most heads that one event names.
pub const MAX_HEADS: usize = 16;
/// Longest kind, in bytes.
pub const MAX_KIND_LENGTH: usize = 40;
const LABEL: &str = "amana/1/event";

/// Why bytes are not an event.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// Not a canonical event message.
    #[error("malformed event")]
    Encoding(#[from] CanonicalError),
    /// A field is outside what the format allows (heads, sequence, kind).
    #[error("event field out of bounds")]
    Field,
    /// The author's key did not sign these bytes.
    #[error("bad event signature")]
    Signature,
}

/// The roster an author knew when writing. `n` = 0 and a zero hash: none seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RosterRef(pub OrganisationId, pub u64, pub Hash);

impl RosterRef {
    /// No roster of this organisation was seen.
    pub fn none(organisation: OrganisationId) -> Self {
        Self(organisation, 0, Hash::ZERO)
    }
    /// Whose roster.
    pub fn organisation(&self) -> OrganisationId {
        self.0
    }
    /// Its number.
    pub fn number(&self) -> u64 {
        self.1
    }
    /// Its hash.
    pub fn hash(&self) -> Hash {
        self.2
    }
}

#[derive(Serialize, Deserialize)]
struct Wire(
    DeploymentId,
    CaseId,
    Option<LogId>,
    Option<EpochId>,
    VerifyKey,
    u64,
    Option<EventId>,
    Vec<EventId>,
    RosterRef,
    u64,
    String,
    bool,
    Value,
);

/// What an author decides about an event; [`Draft::sign`] makes it one.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The case.
    pub case: CaseId,
    /// The log; `None` in a genesis.
    pub log: Option<LogId>,
    /// The epoch whose key seals it; `None` = epoch 0.
    pub epoch: Option<EpochId>,
    /// The author's key.
    pub author: VerifyKey,
    /// Position among the author's events of this log, from 0.
    pub seq: u64,
    /// The author's event before this one.
    pub prev: Option<EventId>,
    /// What the author had seen, at most [`MAX_HEADS`].
    pub heads: Vec<EventId>,
    /// The roster the author knew.
    pub roster: RosterRef,
    /// The author's clock, ms since 1970 UTC.
    pub claimed_ms: u64,
    /// Kind and content.
    pub body: Body,
}

impl Draft {
    /// Encodes and signs.
    pub fn sign(mut self, sign: impl FnOnce(&[u8]) -> Signature) -> Result<AuthenticEvent, EventError> {
        self.heads.sort_unstable();
        self.heads.dedup();
        if self.heads.len() > MAX_HEADS || (self.seq == 0) != self.prev.is_none() {
            return Err(EventError::Field);
        }
        let kind = self.body.kind();
        let wire = Wire(
            self.deployment,
            self.case,
            self.log,
            self.epoch,
            self.author,
            self.seq,
            self.prev,
            self.heads,
            self.roster,
            self.claimed_ms,
            kind.as_str().to_owned(),
            kind.critical(),
            self.body.to_value()?,
        );
        let message = canonical::to_vec(&(LABEL, &wire))?;
        let signature = sign(&message);
        let event = Event::parse(&message)?;
        Ok(AuthenticEvent { event, body: self.body, message, signature })
    }
}

/// A well-formed event. Whether its author wrote it is [`AuthenticEvent`]'s affair.
#[derive(Clone, PartialEq)]
pub struct Event {
    id: EventId,
    wire_log: Option<LogId>,
    /// The deployment.
    pub deployment: DeploymentId,
    /// The case.
    pub case: CaseId,
    /// The epoch whose key seals it; `None` = epoch 0.
    pub epoch: Option<EpochId>,
    /// The author's key.
    pub author: VerifyKey,
    /// Position among the author's events of this log, from 0.
    pub seq: u64,
    /// The author's event before this one.
    pub prev: Option<EventId>,
    /// What the author had seen.
    pub heads: Vec<EventId>,
    /// The roster the author knew.
    pub roster: RosterRef,
    /// The author's clock, ms since 1970 UTC.
    pub claimed_ms: u64,
    /// Kind, known or not.
    pub kind: EventKind,
    /// Whether a reader that does not know the kind must stop writing.
    pub critical: bool,
    value: Value,
}

/// Id and kind only: what people wrote stays out of logs.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({:?} {})", self.id, self.kind.as_str())
    }
}

impl Event {
    /// Reads a canonical event message.
    pub fn parse(message: &[u8]) -> Result<Self, EventError> {
        let (label, wire): (String, Wire) = canonical::from_slice(message)?;
        let Wire(
            deployment,
            case,
            wire_log,
            epoch,
            author,
            seq,
            prev,
            heads,
            roster,
            claimed_ms,
            kind,
            critical,
            value,
        ) = wire;
        let bounded = label == LABEL
            && heads.len() <= MAX_HEADS
            && heads.windows(2).all(|pair| pair[0] < pair[1])
            && (seq == 0) == prev.is_none()
            && kind.len() <= MAX_KIND_LENGTH
            && !kind.is_empty()
            && matches!(value, Value::Map(_))
            && (roster.number() > 0 || roster.hash() == Hash::ZERO);
        if !bounded {
            return Err(EventError::Field);
        }
        let kind = EventKind::from_wire(&kind);
        // A genesis has no past; everything else names its log.
        if (kind == EventKind::Genesis) != wire_log.is_none()
            || (wire_log.is_none() && (seq != 0 || !heads.is_empty()))
        {
            return Err(EventError::Field);
        }
        Ok(Self {
            id: EventId::from_bytes(sha256(&[message])),
            wire_log,
            deployment,
            case,
            epoch,
            author,
            seq,
            prev,
            heads,
            roster,
            claimed_ms,
            kind,
            critical,
            value,
        })
    }

    /// SHA-256 of the message.
    pub fn id(&self) -> EventId {
        self.id
    }
    /// The log it belongs to; a genesis names its own.
    pub fn log(&self) -> LogId {
        self.wire_log.unwrap_or(LogId::from(self.id))
    }
    /// The epoch that seals it.
    pub fn epoch(&self) -> EpochId {
        self.epoch.unwrap_or(EpochId::from(self.log()))
    }
    /// Whether it opens its log.
    pub fn is_genesis(&self) -> bool {
        self.wire_log.is_none()
    }
    /// The author as a device (meaningless for a migrant's key).
    pub fn device(&self) -> DeviceId {
        DeviceId::from_key(&self.author)
    }
    /// `prev` and heads: what must be there before this event counts.
    pub fn parents(&self) -> impl Iterator<Item = &EventId> {
        self.prev.iter().chain(self.heads.iter().filter(|head| Some(**head) != self.prev))
    }
}

/// An event whose author's signature, and every statement inside, has been checked.
#[derive(Clone, PartialEq)]
pub struct AuthenticEvent {
    event: Event,
    body: Body,
    message: Vec<u8>,
    signature: Signature,
}

impl std::fmt::Debug for AuthenticEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthenticEvent({:?} {})", self.event.id, self.event.kind.as_str())
    }
}

impl AuthenticEvent {
    /// Reads `sig(64) ‖ message` and checks it.
    pub fn read(content: &[u8], verifier: &impl Verifier) -> Result<Self, EventError> {
        let (event, message, signature) = Self::split(content)?;
        if !verifier.verify(&event.author, message, &signature) {
            return Err(EventError::Signature);
        }
        Ok(Self::assemble(event, message.to_vec(), signature, verifier))
    }

    /// Reads `sig(64) ‖ message` that this replica checked before it stored it: the vault's own rows, whose
    /// pages are authenticated. Statements inside are checked again; they decide who may read.
    pub fn read_stored(content: &[u8], verifier: &impl Verifier) -> Result<Self, EventError> {
        let (event, message, signature) = Self::split(content)?;
        Ok(Self::assemble(event, message.to_vec(), signature, verifier))
    }

    /// The parts of an event content, for checking many signatures at once.
    pub fn split(content: &[u8]) -> Result<(Event, &[u8], Signature), EventError> {
        let (signature, message) = content.split_at_checked(64).ok_or(EventError::Field)?;
        let signature = Signature::from_slice(signature).map_err(|_| EventError::Field)?;
        Ok((Event::parse(message)?, message, signature))
    }

    fn assemble(event: Event, message: Vec<u8>, signature: Signature, verifier: &impl Verifier) -> Self {
        let body = Body::read(&event.kind, &event.value, verifier);
        Self { event, body, message, signature }
    }

    /// The header.
    pub fn event(&self) -> &Event {
        &self.event
    }
    /// The content.
    pub fn body(&self) -> &Body {
        &self.body
    }
    /// The id.
    pub fn id(&self) -> EventId {
        self.event.id
    }
    /// The signed bytes.
    pub fn message(&self) -> &[u8] {
        &self.message
    }
    /// `sig(64) ‖ message`: what an envelope seals.
    pub fn to_content(&self) -> Vec<u8> {
        [self.signature.as_bytes().as_slice(), &self.message].concat()
    }
}

#[cfg(test)]
impl AuthenticEvent {
    /// The same event as a version reads it that does not know some kinds.
    pub(crate) fn without_knowing(&self, kinds: &[EventKind]) -> Self {
        let mut read = self.clone();
        if kinds.contains(&read.event.kind) {
            let kind = EventKind::Unknown(read.event.kind.as_str().to_owned());
            read.body = Body::Opaque(kind.clone(), read.event.value.clone());
            read.event.kind = kind;
        }
        read
    }
}
