//! Envelopes whose outside has been checked: the only ones that a store takes.

use amana_crypto::envelope::{EnvelopeKind, Header};
use amana_domain::ids::{BlobId, MailboxId};

/// An envelope of a known version and type, of a bucket's size, addressed to the mailbox it goes to.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedEnvelope {
    pub(super) mailbox: MailboxId,
    pub(super) id: BlobId,
    pub(super) letter: bool,
    pub(super) bytes: Vec<u8>,
}

impl CheckedEnvelope {
    /// Checks the outside; `None` for everything else than an honest envelope.
    pub fn check(mailbox: MailboxId, bytes: Vec<u8>) -> Option<Self> {
        let header = Header::parse(&bytes).ok()?;
        (header.mailbox == mailbox).then(|| Self {
            mailbox,
            id: BlobId::of(&bytes),
            letter: header.kind == EnvelopeKind::Letter,
            bytes,
        })
    }

    /// The blob id.
    pub fn id(&self) -> &BlobId {
        &self.id
    }
    /// Whether it is a letter.
    pub fn is_letter(&self) -> bool {
        self.letter
    }
}

impl std::fmt::Debug for CheckedEnvelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckedEnvelope").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
