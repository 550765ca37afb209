//! Mailbox ids and chain heads.

use amana_domain::{
    canonical,
    ids::{BlobId, Hash, MailboxId, Nonce, sha256},
};

use crate::{
    Principal,
    limits::MAX_OWNERS,
    wire::{FeedChange, FeedRow},
};

/// The mailbox that these owners make with this nonce, or `None` if the owners are not 1–8,
/// ascending and distinct.
pub fn mailbox_id(owners: &[Principal], nonce: &Nonce) -> Option<MailboxId> {
    let sound = (1..=MAX_OWNERS).contains(&owners.len()) && owners.windows(2).all(|pair| pair[0] < pair[1]);
    if !sound {
        return None;
    }
    let hash = sha256(&[b"amana/1/mailbox", &canonical::to_vec(&(owners, nonce)).ok()?]);
    MailboxId::from_slice(&hash[..16]).ok()
}

/// Chain head of a mailbox without blobs.
pub fn chain_start(mailbox: &MailboxId) -> Hash {
    Hash::from_bytes(sha256(&[b"amana/1/chain", mailbox.as_bytes()]))
}

/// Chain head after one more blob.
pub fn chain_next(chain: &Hash, blob: &BlobId) -> Hash {
    Hash::from_bytes(sha256(&[chain.as_bytes(), blob.as_bytes()]))
}

/// The chain head of a principal's feed that has no row yet.
pub fn feed_start(principal: &Principal) -> Hash {
    Hash::from_bytes(sha256(&[b"amana/1/feed", &principal.to_bytes()]))
}

/// The chain head of a feed after one more row.
pub fn feed_next(chain: &Hash, row: &FeedRow) -> Hash {
    let (kind, seq, blob, size) = match row.change {
        FeedChange::Blob { seq, blob, size } => (0u8, seq, *blob.as_bytes(), size),
        FeedChange::Joined { seq } => (1, seq, [0; 32], 0),
        FeedChange::Left => (2, 0, [0; 32], 0),
    };
    Hash::from_bytes(sha256(&[
        chain.as_bytes(),
        &row.feed_seq.to_be_bytes(),
        &[kind],
        row.mailbox.as_bytes(),
        &seq.to_be_bytes(),
        &blob,
        &size.to_be_bytes(),
    ]))
}

#[cfg(test)]
mod tests {
    use amana_domain::ids::VerifyKey;

    use super::*;

    #[test]
    fn owners_have_one_order() {
        let [a, b] = [1, 2].map(|byte| Principal::Phone(VerifyKey::from_bytes([byte; 32])));
        let nonce = Nonce::from_bytes([9; 16]);
        assert!(mailbox_id(&[a, b], &nonce).is_some());
        assert_ne!(mailbox_id(&[a], &nonce), mailbox_id(&[a, b], &nonce));
        for refused in [&[][..], &[b, a], &[a, a], &[a; 9]] {
            assert_eq!(mailbox_id(refused, &nonce), None);
        }
    }
}
