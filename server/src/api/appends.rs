//! What filing and pushing share: the answer from a store's results.

use amana_domain::ids::BlobId;
use amana_protocol::{
    ErrorCode,
    ack::AckEntry,
    wire::{Answer, AppendResult},
};

use crate::store::Appended;

/// The answer, with `blobs` in the order of the request: those that never reached the store carry
/// their error, the others take the store's results in turn.
pub(super) fn answer(blobs: Vec<(BlobId, Option<ErrorCode>)>, appended: Appended) -> Answer {
    let mut stored = appended.results.into_iter();
    let mut entries: Vec<AckEntry> = Vec::with_capacity(blobs.len());
    let results = blobs
        .into_iter()
        .map(|(blob, error)| match error.map_or_else(|| stored.next(), |code| Some(Err(code))) {
            Some(Ok(entry)) => {
                let seq = entry.2;
                entries.push(entry);
                AppendResult::Stored { blob, seq }
            }
            Some(Err(error)) => AppendResult::Refused { blob, error },
            None => AppendResult::Refused { blob, error: ErrorCode::Internal },
        })
        .collect();
    Answer { results, ack: appended.ack.map(|ack| ack.proof(entries)) }
}
