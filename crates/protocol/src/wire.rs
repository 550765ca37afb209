//! The bodies of requests and answers: canonical CBOR maps.

use amana_domain::{
    ids::{BlobId, DeploymentId, Generation, Hash, MailboxId, Nonce, OrganisationId, VerifyKey},
    signed::Signable,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{ErrorCode, Principal, ack::AckProof};

/// The media type of canonical CBOR bodies.
pub const MEDIA_TYPE: &str = "application/cbor";

/// Answer of `GET /v1/relay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayInfo {
    /// The relay's Ed25519 key.
    pub key: VerifyKey,
    /// Its store.
    pub generation: Generation,
    /// Its time, ms since 1970.
    pub time_ms: u64,
    /// Whether a directory has been published.
    pub claimed: bool,
    /// The newest directory version; 0 = none.
    pub directory_version: u64,
    /// The proof-of-work difficulty in force.
    pub pow_bits: u8,
    /// The protocol versions it speaks.
    pub v: Vec<u64>,
}

/// Answer of `GET /v1/directory?after=V`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryAnswer {
    /// Signed directories after version V, ascending.
    pub directories: Vec<ByteBuf>,
    /// The newest roster of each organisation that has one.
    pub rosters: Vec<RosterRef>,
}

/// Names a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRef {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its number.
    pub n: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Body of `PUT /v1/directory`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryPut {
    /// Signed directories, ascending; ones that the relay holds already are skipped.
    pub directories: Vec<ByteBuf>,
    /// The claim code that a fresh relay printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
}

/// Answer of `PUT /v1/directory` and `PUT /v1/rosters/{org}`: the newest version or number now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// The newest version or number.
    pub version: u64,
}

/// Answer of `GET /v1/rosters/{org}?after=N`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RostersAnswer {
    /// Signed roster heads after number N, ascending.
    pub heads: Vec<ByteBuf>,
}

/// Body of `PUT /v1/rosters/{org}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RostersPut {
    /// Signed roster heads, ascending; ones that the relay holds already are skipped.
    pub heads: Vec<ByteBuf>,
    /// The part of the last head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ByteBuf>,
}

/// Body of `PUT /v1/joins/{org}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinPut {
    /// The signed invite.
    #[serde(with = "serde_bytes")]
    pub invite: Vec<u8>,
    /// The join request: a letter to the organisation's intake mailbox.
    #[serde(with = "serde_bytes")]
    pub request: Vec<u8>,
    /// The signed [`JoinProof`], by the invite's key.
    #[serde(with = "serde_bytes")]
    pub proof: Vec<u8>,
}

/// What the invite key signs when a device asks to be admitted (label `amana/1/admission`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinProof {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// SHA-256 of the request letter.
    pub request: Hash,
}

impl Signable for JoinProof {
    const LABEL: &'static str = "amana/1/admission";
}

/// Answer of `GET /v1/joins/{org}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinsAnswer {
    /// The join requests that wait.
    pub requests: Vec<JoinRow>,
    /// New certificates of listed devices that wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renewals: Vec<Renewal>,
}

/// Body of `PUT /v1/renewals/{org}`, a listed device's new certificate, and of `POST /v1/rosters/{org}/recovery`, the
/// proofs of a device that is not listed. They prove themselves, so nothing is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The signed invite by which it was admitted.
    #[serde(with = "serde_bytes")]
    pub invite: Vec<u8>,
    /// The signed certificate, of the same keys and role, with a later last day.
    #[serde(with = "serde_bytes")]
    pub certificate: Vec<u8>,
}

/// Answer of `POST /v1/rosters/{org}/recovery`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryAnswer {
    /// Number of the newest roster.
    pub n: u64,
    /// Its part.
    pub part: ByteBuf,
}

/// A join request that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRow {
    /// Hash of its invite.
    pub invite: Hash,
    /// The letter.
    #[serde(with = "serde_bytes")]
    pub request: Vec<u8>,
}

/// A mailbox to be made: `id` must be the one of owners and nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMailbox {
    /// Its id.
    pub id: MailboxId,
    /// Its owners, ascending.
    pub owners: Vec<Principal>,
    /// Random.
    pub nonce: Nonce,
    /// Who may read besides the owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<Principal>,
    /// Who may append besides the owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writers: Vec<Principal>,
}

/// `[mailbox, envelope]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Append(pub MailboxId, #[serde(with = "serde_bytes")] pub Vec<u8>);

/// `[organisation, envelope]`: a letter to the organisation's intake mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter(pub OrganisationId, #[serde(with = "serde_bytes")] pub Vec<u8>);

/// How a phone pays for filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// A proof of work over the first letter's blob id.
    Pow {
        /// Whole days since 1970.
        day: u32,
        /// The nonce found.
        nonce: u64,
    },
    /// A single-use token.
    Token(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// Body of `POST /v1/file`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The mailboxes to make.
    pub mailboxes: Vec<NewMailbox>,
    /// Events into these or other mailboxes.
    pub appends: Vec<Append>,
    /// Letters to intakes.
    pub letters: Vec<Letter>,
    /// The admission; organisations need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
}

/// Body of `POST /v1/push`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// Envelopes into mailboxes.
    pub appends: Vec<Append>,
}

/// Answer of `POST /v1/file` (appends, then letters) and `POST /v1/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// One result per append or letter, in order.
    pub results: Vec<AppendResult>,
    /// Covers every stored blob of `results`; absent if none was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<AckProof>,
}

/// What became of one append.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AppendResultWire", into = "AppendResultWire")]
pub enum AppendResult {
    /// It is durable, now or since an earlier request.
    Stored {
        /// The blob.
        blob: BlobId,
        /// Its sequence in the mailbox, from 1.
        seq: u64,
    },
    /// It was refused.
    Refused {
        /// The blob.
        blob: BlobId,
        /// Why.
        error: ErrorCode,
    },
}

impl AppendResult {
    /// The blob.
    pub fn blob(&self) -> &BlobId {
        match self {
            Self::Stored { blob, .. } | Self::Refused { blob, .. } => blob,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct AppendResultWire {
    blob: BlobId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ErrorCode>,
}

impl From<AppendResult> for AppendResultWire {
    fn from(result: AppendResult) -> Self {
        match result {
            AppendResult::Stored { blob, seq } => Self { blob, seq: Some(seq), error: None },
            AppendResult::Refused { blob, error } => Self { blob, seq: None, error: Some(error) },
        }
    }
}

impl TryFrom<AppendResultWire> for AppendResult {
    type Error = &'static str;
    fn try_from(AppendResultWire { blob, seq, error }: AppendResultWire) -> Result<Self, Self::Error> {
        match (seq, error) {
            (Some(seq), None) => Ok(Self::Stored { blob, seq }),
            (None, Some(error)) => Ok(Self::Refused { blob, error }),
            _ => Err("either seq or error"),
        }
    }
}

/// Body of `PUT /v1/mailboxes/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxPut {
    /// Makes the mailbox if it is not there (`list_version` 0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<MailboxCreate>,
    /// The version that this list replaces; a mailbox is made with version 1.
    pub list_version: u64,
    /// Who may read besides the owners.
    pub readers: Vec<Principal>,
    /// Who may append besides the owners.
    pub writers: Vec<Principal>,
}

/// What a mailbox id is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxCreate {
    /// Its owners, ascending.
    pub owners: Vec<Principal>,
    /// Random.
    pub nonce: Nonce,
}

/// Answer of `PUT /v1/mailboxes/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxState {
    /// The list's version now.
    pub list_version: u64,
}

/// Answer of `GET /v1/feed?after=F&limit=L`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedAnswer {
    /// The store that answers.
    pub generation: Generation,
    /// The feed's newest sequence.
    pub head: u64,
    /// The feed's chain head at `after`: shows a reader whether the relay still has the history it read.
    pub chain: Hash,
    /// Its chain head at the last row of this answer: what to compare the next answer's `chain` with.
    pub next: Hash,
    /// The rows after `after`, ascending; numbers are missing only where a mailbox was deleted.
    pub rows: Vec<FeedRow>,
    /// Whether there are more rows.
    pub more: bool,
}

/// One row of a feed: `[feed_seq, kind, mailbox, seq, blob, size]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FeedRowWire", into = "FeedRowWire")]
pub struct FeedRow {
    /// The row's place in the feed: the cursor.
    pub feed_seq: u64,
    /// The mailbox it is about.
    pub mailbox: MailboxId,
    /// What happened.
    pub change: FeedChange,
}

/// What a feed row says about its mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedChange {
    /// Kind 0: a blob arrived.
    Blob {
        /// Its sequence in the mailbox.
        seq: u64,
        /// Its id.
        blob: BlobId,
        /// Its size in bytes.
        size: u64,
    },
    /// Kind 1: the principal may read the mailbox from now on, from the beginning.
    Joined {
        /// The mailbox's newest sequence then: these blobs have no rows in this feed.
        seq: u64,
    },
    /// Kind 2: the principal may no longer read the mailbox, or it is gone.
    Left,
}

#[derive(Serialize, Deserialize)]
struct FeedRowWire(u64, u8, MailboxId, u64, Option<BlobId>, u64);

impl From<FeedRow> for FeedRowWire {
    fn from(FeedRow { feed_seq, mailbox, change }: FeedRow) -> Self {
        match change {
            FeedChange::Blob { seq, blob, size } => Self(feed_seq, 0, mailbox, seq, Some(blob), size),
            FeedChange::Joined { seq } => Self(feed_seq, 1, mailbox, seq, None, 0),
            FeedChange::Left => Self(feed_seq, 2, mailbox, 0, None, 0),
        }
    }
}

impl TryFrom<FeedRowWire> for FeedRow {
    type Error = &'static str;
    fn try_from(
        FeedRowWire(feed_seq, kind, mailbox, seq, blob, size): FeedRowWire,
    ) -> Result<Self, Self::Error> {
        let change = match (kind, blob) {
            (0, Some(blob)) => FeedChange::Blob { seq, blob, size },
            (1, None) => FeedChange::Joined { seq },
            (2, None) => FeedChange::Left,
            _ => return Err("unknown kind of feed row"),
        };
        Ok(Self { feed_seq, mailbox, change })
    }
}

/// An answer that says nothing but "done".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}
