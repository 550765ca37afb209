//! What relay and clients say to each other.

use amana_crypto::StrictVerifier;
use amana_domain::{
    canonical::{from_slice, to_vec},
    ids::{MailboxId, VerifyKey},
    signed::{Signable, Unverified},
};
use amana_protocol::{
    ErrorBody, Principal, frames as frame, limits,
    mailbox::mailbox_id,
    reading::{self as read, ReadFrom, ReadMailboxes},
    request as authorization, wire,
};
use serde::{Serialize, de::DeserializeOwned};

use super::domain::AnySignature;

/// An `Authorization` header.
pub fn request(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else { return };
    let Ok(request) = authorization::parse(header) else { return };
    assert!(header.len() <= limits::MAX_AUTHORIZATION);
    let key = request.claimed().key;
    let signed = request.verify(&key, &AnySignature).expect("any signature is taken");
    let (body, signature) = (signed.body().clone(), *signed.signature());
    // Fields that this version does not know are signed too: only without them the header is written the same way.
    let plain = amana_domain::signed::message(&body).is_ok_and(|message| message == signed.message());
    if plain {
        assert_eq!(body.sign(|_| signature).as_deref(), Ok(header));
    }
}

/// The blobs of one mailbox.
pub fn frames(data: &[u8]) {
    let Ok(read) = frame::decode(data) else { return };
    assert_eq!(read.blobs.len() as u64, read.header.to - read.header.from);
    assert!(read.header.to <= read.header.head && read.blobs.len() <= limits::MAX_FRAMES);
    let bytes =
        frame::encode(&read.header, read.blobs.iter().copied()).expect("what was read can be written");
    assert_eq!(frame::decode(&bytes), Ok(read));
}

/// The blobs of many: the first byte says how many were asked for.
pub fn reading(data: &[u8]) {
    let Some((count, answer)) = data.split_first() else { return };
    let asked: Vec<ReadFrom> =
        (1..=count % 4).map(|n| ReadFrom(MailboxId::from_bytes([n; 16]), u64::from(n))).collect();
    let Ok((generation, sections)) = read::decode(answer, &asked) else { return };
    assert!(sections.len() <= asked.len());
    let blobs: usize =
        sections.iter().filter_map(|section| section.found.as_ref().ok()).map(|f| f.blobs.len()).sum();
    assert!(blobs <= limits::MAX_FRAMES);
    let bytes = read::encode(generation, &sections).expect("what was read can be written");
    assert_eq!(read::decode(&bytes, &asked), Ok((generation, sections)));
}

/// What was read and written again is the same value.
fn stable<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(data: &[u8]) -> Option<T> {
    let value = from_slice::<T>(data).ok()?;
    let bytes = to_vec(&value).expect("what was read can be written");
    assert!(bytes.len() <= data.len(), "nothing is made up");
    assert_eq!(from_slice::<T>(&bytes).as_ref(), Ok(&value));
    Some(value)
}

/// Bodies that a relay reads.
pub fn bodies(data: &[u8]) {
    stable::<wire::DirectoryPut>(data);
    stable::<wire::RostersPut>(data);
    stable::<wire::Renewal>(data);
    stable::<wire::Push>(data);
    stable::<wire::MailboxPut>(data);
    stable::<wire::MailboxCreate>(data);
    stable::<ReadMailboxes>(data);
    if let Some(join) = stable::<wire::JoinPut>(data) {
        let _ = Unverified::<wire::JoinProof>::parse(&join.proof);
    }
    if let Some(file) = stable::<wire::File>(data) {
        for mailbox in &file.mailboxes {
            if let Some(id) = mailbox_id(&mailbox.owners, &mailbox.nonce) {
                assert!(mailbox.owners.len() <= limits::MAX_OWNERS);
                assert_eq!(mailbox_id(&mailbox.owners, &mailbox.nonce), Some(id));
            }
        }
    }
    if let Ok(principal) = Principal::from_slice(data) {
        assert_eq!(principal.to_bytes(), data);
    }
}

/// Answers that a client reads.
pub fn answers(data: &[u8]) {
    stable::<wire::RelayInfo>(data);
    stable::<wire::DirectoryAnswer>(data);
    stable::<wire::RostersAnswer>(data);
    stable::<wire::JoinsAnswer>(data);
    stable::<wire::RecoveryAnswer>(data);
    stable::<wire::MailboxState>(data);
    stable::<wire::Newest>(data);
    stable::<wire::FeedAnswer>(data);
    let _ = from_slice::<ErrorBody>(data);
    if let Some(ack) = stable::<wire::Answer>(data).and_then(|answer| answer.ack) {
        let relay = Unverified::<amana_protocol::ack::Ack>::from_parts(ack.message.clone(), ack.signature)
            .map_or(VerifyKey::from_bytes([0; 32]), |claimed| claimed.claimed().relay);
        let strict = ack.verify(&relay, &StrictVerifier);
        let loose = ack.verify(&relay, &AnySignature);
        assert!(strict.is_err() || strict == loose);
        assert!(!amana_protocol::ack::Ack::LABEL.is_empty());
    }
}
