//! A relay that lies with its own key.

use std::path::Path;

use amana_crypto::{Seed, SigningKey};
use amana_domain::ids::{Generation, MailboxId};
use amana_protocol::{
    ack::{self, AckEntry, AckProof, Tree},
    mailbox::{chain_next, chain_start},
    wire::{Answer, Append, AppendResult},
};

/// The key of the relay on this data folder.
pub fn relay_key(folder: &Path) -> SigningKey {
    let seed: [u8; 32] = std::fs::read(folder.join("relay.key")).unwrap().try_into().unwrap();
    SigningKey::from_seed(&Seed::from_bytes(seed))
}

/// Signs acknowledgements for whatever it likes.
pub struct Forger {
    pub key: SigningKey,
    pub generation: Generation,
}

impl Forger {
    /// An answer that swears that these appends are durable, from sequence `from` + 1 of each mailbox on.
    pub fn swear(
        &self,
        appends: &[Append],
        mut place: impl FnMut(&MailboxId) -> (u64, Option<amana_domain::ids::Hash>),
    ) -> Answer {
        let mut entries: Vec<AckEntry> = Vec::new();
        let mut results = Vec::new();
        for Append(mailbox, envelope) in appends {
            let blob = amana_domain::ids::BlobId::of(envelope);
            let last =
                entries.iter().rev().find(|entry| entry.0 == *mailbox).map(|entry| (entry.2, Some(entry.3)));
            let (seq, chain) = last.unwrap_or_else(|| place(mailbox));
            let chain = chain.unwrap_or_else(|| chain_start(mailbox));
            entries.push(AckEntry(*mailbox, blob, seq + 1, chain_next(&chain, &blob)));
            results.push(AppendResult::Stored { blob, seq: seq + 1 });
        }
        Answer { results, ack: Some(self.prove(entries)) }
    }

    /// A valid proof over these entries.
    pub fn prove(&self, entries: Vec<AckEntry>) -> AckProof {
        let tree = Tree::build(vec![ack::leaf(&entries).unwrap()]).unwrap();
        let relay = self.key.verify_key();
        let signed = ack::sign(&tree, relay, self.generation, |message| self.key.sign(message)).unwrap();
        AckProof {
            message: signed.message().to_vec(),
            signature: *signed.signature(),
            path: tree.path(0),
            entries,
        }
    }
}
