//! Acknowledgements: one signature per commit group over a Merkle tree whose leaves are the requests.

use amana_domain::{
    canonical::{self, CanonicalError},
    ids::{BlobId, Generation, Hash, MailboxId, Signature, VerifyKey, sha256},
    signed::{Signable, Signed, SignedError, Unverified, Verifier},
};
use serde::{Deserialize, Serialize};

/// Longest Merkle path: a commit group has at most 2^32 requests.
pub const MAX_PATH: usize = 32;

/// What the relay signs after a commit group is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The relay's key, which signs.
    pub relay: VerifyKey,
    /// The store that holds the blobs.
    pub generation: Generation,
    /// Root of the Merkle tree over the group's requests.
    pub root: Hash,
}

impl Signable for Ack {
    const LABEL: &'static str = "amana/1/ack";
}

/// One blob that is durable: `[mailbox, blob, seq, chain head up to it]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckEntry(pub MailboxId, pub BlobId, pub u64, pub Hash);

/// A sibling on the way from a leaf to the root: whether it stands on the left, and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep(pub bool, pub Hash);

/// The proof that one request's blobs are durable, as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckProof {
    /// The signed message.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
    /// The relay's signature over it.
    pub signature: Signature,
    /// From the leaf to the root.
    pub path: Vec<PathStep>,
    /// The request's blobs.
    pub entries: Vec<AckEntry>,
}

/// Why an acknowledgement proves nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckError {
    /// Unreadable, or not signed by the relay.
    #[error("bad acknowledgement")]
    Signed(#[from] SignedError),
    /// It names another relay than the one that signed.
    #[error("another relay's acknowledgement")]
    Relay,
    /// The entries are not under the signed root.
    #[error("entries are not covered")]
    Path,
}

/// A checked acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAck {
    /// The store that holds the blobs.
    pub generation: Generation,
    /// The blobs that are durable there.
    pub entries: Vec<AckEntry>,
}

impl AckProof {
    /// Checks signature and path.
    pub fn verify(&self, relay: &VerifyKey, verifier: &impl Verifier) -> Result<VerifiedAck, AckError> {
        let signed =
            Unverified::<Ack>::from_parts(self.message.clone(), self.signature)?.verify(relay, verifier)?;
        if signed.body().relay != *relay {
            return Err(AckError::Relay);
        }
        if self.path.len() > MAX_PATH {
            return Err(AckError::Path);
        }
        let leaf = leaf(&self.entries).map_err(SignedError::from)?;
        if climb(leaf, &self.path) != signed.body().root {
            return Err(AckError::Path);
        }
        Ok(VerifiedAck { generation: signed.body().generation, entries: self.entries.clone() })
    }
}

impl VerifiedAck {
    /// Whether this blob in this mailbox is proven durable.
    pub fn covers(&self, mailbox: &MailboxId, blob: &BlobId) -> bool {
        self.entries.iter().any(|AckEntry(m, b, ..)| m == mailbox && b == blob)
    }
}

/// The leaf of one request.
pub fn leaf(entries: &[AckEntry]) -> Result<Hash, CanonicalError> {
    Ok(Hash::from_bytes(sha256(&[&[0], &canonical::to_vec(entries)?])))
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::from_bytes(sha256(&[&[1], left.as_bytes(), right.as_bytes()]))
}

fn climb(leaf: Hash, path: &[PathStep]) -> Hash {
    path.iter().fold(
        leaf,
        |hash, PathStep(left, sibling)| {
            if *left { node(sibling, &hash) } else { node(&hash, sibling) }
        },
    )
}

/// A Merkle tree. A node without a sibling moves up as it is.
#[derive(Clone, Debug)]
pub struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Builds the tree over at least one leaf.
    pub fn build(leaves: Vec<Hash>) -> Option<Self> {
        if leaves.is_empty() {
            return None;
        }
        let mut levels = vec![leaves];
        while let Some(level) = levels.last()
            && level.len() > 1
        {
            let next = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node(left, right),
                    rest => rest[0],
                })
                .collect();
            levels.push(next);
        }
        Some(Self { levels })
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.levels[self.levels.len() - 1][0]
    }

    /// The way from leaf `at` (counted from 0) to the root.
    pub fn path(&self, mut at: usize) -> Vec<PathStep> {
        let mut path = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            if let Some(sibling) = level.get(at ^ 1) {
                path.push(PathStep(at % 2 == 1, *sibling));
            }
            at /= 2;
        }
        path
    }
}

/// Signs a commit group's tree.
pub fn sign(
    tree: &Tree,
    relay: VerifyKey,
    generation: Generation,
    sign: impl FnOnce(&[u8]) -> Signature,
) -> Result<Signed<Ack>, CanonicalError> {
    Signed::make(Ack { relay, generation, root: tree.root() }, sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake;
    impl Verifier for Fake {
        fn verify(&self, key: &VerifyKey, message: &[u8], signature: &Signature) -> bool {
            signature == &fake_sign(key, message)
        }
    }
    fn fake_sign(key: &VerifyKey, message: &[u8]) -> Signature {
        let half = sha256(&[key.as_bytes(), message]);
        Signature::from_slice(&[half, half].concat()).unwrap()
    }

    fn entries(n: u8) -> Vec<AckEntry> {
        vec![AckEntry(MailboxId::from_bytes([n; 16]), BlobId::of(&[n]), u64::from(n), Hash::of(&[n]))]
    }

    #[test]
    fn every_request_of_a_group_gets_its_proof() {
        let relay = VerifyKey::from_bytes([1; 32]);
        let generation = Generation::from_bytes([2; 16]);
        for size in 1..=17u8 {
            let tree = Tree::build((0..size).map(|n| leaf(&entries(n)).unwrap()).collect()).unwrap();
            let signed = sign(&tree, relay, generation, |message| fake_sign(&relay, message)).unwrap();
            for n in 0..size {
                let proof = AckProof {
                    message: signed.message().to_vec(),
                    signature: *signed.signature(),
                    path: tree.path(n.into()),
                    entries: entries(n),
                };
                let ack = proof.verify(&relay, &Fake).unwrap();
                assert!(ack.covers(&MailboxId::from_bytes([n; 16]), &BlobId::of(&[n])));
                assert!(!ack.covers(&MailboxId::from_bytes([n; 16]), &BlobId::of(&[n + 1])));

                let other = AckProof { entries: entries(n + 1), ..proof.clone() };
                assert_eq!(other.verify(&relay, &Fake), Err(AckError::Path));
                let stranger = VerifyKey::from_bytes([9; 32]);
                assert!(matches!(proof.verify(&stranger, &Fake), Err(AckError::Signed(_))));
            }
        }
        assert!(Tree::build(vec![]).is_none());
    }

    #[test]
    fn an_inner_node_is_no_leaf() {
        let leaves: Vec<Hash> = (0..2).map(|n| leaf(&entries(n)).unwrap()).collect();
        let tree = Tree::build(leaves.clone()).unwrap();
        assert_ne!(tree.root(), Hash::of(&[leaves[0].as_bytes(), &leaves[1].as_bytes()[..]].concat()));
    }

    #[test]
    fn a_key_that_names_another_relay_proves_nothing() {
        let (relay, other) = (VerifyKey::from_bytes([1; 32]), VerifyKey::from_bytes([2; 32]));
        let tree = Tree::build(vec![leaf(&entries(0)).unwrap()]).unwrap();
        let signed =
            sign(&tree, other, Generation::from_bytes([0; 16]), |message| fake_sign(&relay, message))
                .unwrap();
        let proof = AckProof {
            message: signed.message().to_vec(),
            signature: *signed.signature(),
            path: vec![],
            entries: entries(0),
        };
        assert_eq!(proof.verify(&relay, &Fake), Err(AckError::Relay));
    }
}
