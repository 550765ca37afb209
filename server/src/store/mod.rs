//! What a relay keeps, behind one trait, so that other databases can take SQLite's place.
//!
//! The store checks access lists, quotas and compare-and-swap inside its transaction; who the caller is
//! has been proven before and arrives as a [`Caller`], which only `auth` can make.

mod envelope;
pub mod sqlite;

#[cfg(test)]
pub(crate) mod conformance;

use std::{future::Future, pin::Pin, sync::Arc};

use amana_crypto::SigningKey;
use amana_domain::{
    ids::{DeviceId, Generation, Hash, MailboxId, OrganisationId, VerifyKey},
    signed::Signed,
};
use amana_protocol::{
    ErrorCode, Principal,
    ack::{self, Ack, AckEntry, AckProof, PathStep, Tree},
    reading::ReadFrom,
    wire::{FeedRow, JoinRow, MailboxPut, NewMailbox, Renewal},
};

pub use envelope::CheckedEnvelope;

use crate::{
    auth::{Caller, Payment},
    config::Quotas,
};

/// A store's answer, some time later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store does not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The rules forbid it.
    #[error("refused: {0}")]
    Refused(ErrorCode),
    /// Somebody else changed it in between.
    #[error("conflict: {code} at {version}")]
    Conflict {
        /// Which one.
        code: ErrorCode,
        /// The present version or number.
        version: u64,
    },
    /// Too many jobs wait, or the store is closing.
    #[error("busy")]
    Busy,
    /// The database failed; nothing was changed.
    #[error("database failure")]
    Failed,
}

/// Public signed data as read when the store is opened.
#[derive(Clone, Debug, Default)]
pub struct StoredTrust {
    /// Signed directories, ascending.
    pub directories: Vec<Vec<u8>>,
    /// Signed roster heads, ascending per organisation.
    pub rosters: Vec<(OrganisationId, Vec<u8>)>,
}

/// A batch of appends as it is stored.
#[derive(Clone, Debug)]
pub struct Appended {
    /// One result per envelope, in order.
    pub results: Vec<Result<AckEntry, ErrorCode>>,
    /// The proof for those that are stored; absent if none is.
    pub ack: Option<GroupAck>,
}

/// One request's share of a commit group's acknowledgement.
#[derive(Clone, Debug)]
pub struct GroupAck {
    signed: Arc<Signed<Ack>>,
    path: Vec<PathStep>,
}

impl GroupAck {
    /// The proof as it travels.
    pub fn proof(&self, entries: Vec<AckEntry>) -> AckProof {
        AckProof {
            message: self.signed.message().to_vec(),
            signature: *self.signed.signature(),
            path: self.path.clone(),
            entries,
        }
    }
}

/// An atomic filing.
#[derive(Clone, Debug)]
pub struct Filing {
    /// Mailboxes to make; their ids have been checked against owners and nonce.
    pub mailboxes: Vec<NewMailbox>,
    /// Events, then letters, in the order of the answer.
    pub envelopes: Vec<CheckedEnvelope>,
    /// What the caller paid.
    pub payment: Payment,
}

/// Blobs of one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The newest sequence.
    pub head: u64,
    /// The chain head at `head`.
    pub chain: Hash,
    /// The blobs after the cursor, without a gap.
    pub blobs: Vec<Vec<u8>>,
}

/// Rows of one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPage {
    /// The feed's newest sequence.
    pub head: u64,
    /// The chain at the cursor.
    pub chain: Hash,
    /// The chain at the last row of this page.
    pub next: Hash,
    /// The rows after the cursor.
    pub rows: Vec<FeedRow>,
    /// Whether there are more.
    pub more: bool,
}

/// Signs the acknowledgement of each commit group.
#[derive(Debug)]
pub struct Acknowledger {
    key: SigningKey,
    relay: VerifyKey,
    generation: Generation,
}

impl Acknowledger {
    /// An acknowledger of this store.
    pub fn new(key: SigningKey, generation: Generation) -> Self {
        Self { relay: key.verify_key(), key, generation }
    }

    /// One acknowledgement per leaf (a request's entries), or none if encoding fails.
    fn acknowledge(&self, leaves: Vec<Hash>) -> Vec<GroupAck> {
        let count = leaves.len();
        let Some(tree) = Tree::build(leaves) else { return Vec::new() };
        let Ok(signed) = ack::sign(&tree, self.relay, self.generation, |message| self.key.sign(message))
        else {
            return Vec::new();
        };
        let signed = Arc::new(signed);
        (0..count).map(|at| GroupAck { signed: Arc::clone(&signed), path: tree.path(at) }).collect()
    }
}

/// What a relay keeps.
///
/// Everything that changes something is durable when the answer arrives, and either done whole or not at all.
pub trait Store: Send + Sync + 'static {
    /// Names this store's life: random, made with it.
    fn generation(&self) -> Generation;

    /// The public signed data.
    fn trust(&self) -> Answer<'_, StoredTrust>;

    /// Appends directories (version, signed) after version `after`, and makes the intake mailboxes of
    /// `organisations`.
    fn add_directories(
        &self,
        after: u64,
        directories: Vec<Vec<u8>>,
        organisations: Vec<OrganisationId>,
    ) -> Answer<'_, ()>;

    /// Appends verified roster heads after number `after`, sets the part of the last one if it has
    /// none, and drops join requests whose invites are used.
    fn add_rosters(
        &self,
        organisation: OrganisationId,
        after: u64,
        heads: Vec<Vec<u8>>,
        part: Option<(u64, Vec<u8>)>,
        used: Vec<Hash>,
    ) -> Answer<'_, ()>;

    /// The part of a roster of the caller's own organisation.
    fn roster_part(&self, caller: Caller, organisation: OrganisationId, n: u64) -> Answer<'_, Vec<u8>>;

    /// Keeps a join request whose proof was checked; a repeat changes nothing.
    fn add_join(&self, organisation: OrganisationId, join: JoinRow) -> Answer<'_, ()>;

    /// The join requests that wait for the caller's own organisation.
    fn joins(&self, caller: Caller, organisation: OrganisationId) -> Answer<'_, Vec<JoinRow>>;

    /// Keeps the new certificate of a listed device, which was checked, in place of an earlier one.
    fn add_renewal(&self, organisation: OrganisationId, device: DeviceId, renewal: Renewal)
    -> Answer<'_, ()>;

    /// The new certificates that wait for the caller's own organisation.
    fn renewals(&self, caller: Caller, organisation: OrganisationId) -> Answer<'_, Vec<(DeviceId, Renewal)>>;

    /// Forgets new certificates that a roster has taken up, or whose devices it does not list.
    fn drop_renewals(&self, organisation: OrganisationId, devices: Vec<DeviceId>) -> Answer<'_, ()>;

    /// Makes mailboxes and appends, all or nothing. A repeat answers what the first one did.
    fn file(&self, caller: Caller, filing: Filing, day: u32) -> Answer<'_, Appended>;

    /// Appends, each on its own. A blob that is there already is answered as it was the first time.
    fn append(&self, caller: Caller, envelopes: Vec<CheckedEnvelope>, day: u32) -> Answer<'_, Appended>;

    /// Makes a mailbox or changes its list; answers the list's version.
    fn put_mailbox(&self, caller: Caller, id: MailboxId, put: MailboxPut) -> Answer<'_, u64>;

    /// Deletes a mailbox's blobs and leaves a tombstone.
    fn delete_mailbox(&self, caller: Caller, id: MailboxId) -> Answer<'_, ()>;

    /// Blobs after a sequence, at most `limit` and about `bytes`, but one if there is one.
    fn read_mailbox(
        &self,
        caller: Caller,
        id: MailboxId,
        after: u64,
        limit: usize,
        bytes: usize,
    ) -> Answer<'_, Page>;

    /// Blobs of many mailboxes on one state of the store, in order, at most `limit` and about `bytes` of them together.
    /// Answers the first mailboxes as far as it came, at least one; each for itself as [`Store::read_mailbox`] does,
    /// with one blob at least if there is one.
    fn read_mailboxes(
        &self,
        caller: Caller,
        reads: Vec<ReadFrom>,
        limit: usize,
        bytes: usize,
    ) -> Answer<'_, Vec<Result<Page, ErrorCode>>>;

    /// Rows of the caller's feed after a sequence.
    fn feed(&self, caller: Caller, after: u64, limit: usize) -> Answer<'_, FeedPage>;

    /// Deletes mailboxes (not intakes) without arrivals since before `day`; answers how many.
    fn retire(&self, day: u32) -> Answer<'_, u64>;

    /// Finishes what has begun and closes. Later calls answer [`StoreError::Busy`].
    fn close(&self) -> Answer<'_, ()>;
}

/// What limits a caller.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    bytes: u64,
    mailboxes: u64,
}

impl Quotas {
    fn of(&self, principal: &Principal) -> Allowance {
        match principal {
            Principal::Phone(_) => Allowance { bytes: self.phone_bytes, mailboxes: self.phone_mailboxes },
            Principal::Organisation(_) => {
                Allowance { bytes: self.organisation_bytes, mailboxes: self.organisation_mailboxes }
            }
        }
    }
}
