//! Envelopes: what a relay stores (PROTOCOL §4).
//!
//! ```text
//! event   0x01 0x01 mailbox(16) salt(32) commitment(32) ciphertext+tag(16)
//! letter  0x01 0x02 mailbox(16) enc(1120) ciphertext+tag(16)
//! ```

use amana_domain::ids::{EventId, MailboxId};
use zeroize::Zeroizing;

use crate::{
    CryptoError, KemPublic, KemSecret, LogKey, Plaintext, Random, aead, bucket, hpke_suite, kdf,
    label::Label, secret::equal,
};

const VERSION: u8 = 1;
const EVENT: u8 = 1;
const LETTER: u8 = 2;

const PREFIX: usize = 18;
const SALT: std::ops::Range<usize> = PREFIX..PREFIX + 32;
const COMMITMENT: std::ops::Range<usize> = SALT.end..SALT.end + 32;
const EVENT_HEADER: usize = COMMITMENT.end;
const LETTER_HEADER: usize = PREFIX + hpke_suite::ENC;
/// Bytes of the length in front of the content.
pub(crate) const LENGTH: usize = 4;

/// Most content bytes of an event envelope.
pub const MAX_EVENT_CONTENT: usize = bucket::MAX - EVENT_HEADER - LENGTH - aead::TAG;
/// Most content bytes of a letter.
pub const MAX_LETTER_CONTENT: usize = bucket::MAX - LETTER_HEADER - LENGTH - aead::TAG;

/// What an envelope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnvelopeKind {
    /// One event, under a log key.
    Event,
    /// One letter, to a clearance key.
    Letter,
}

/// What everybody, the relay too, can read of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: EnvelopeKind,
    /// The mailbox it was sealed for.
    pub mailbox: MailboxId,
}

impl Header {
    /// Reads the outside of an envelope and checks that its size is a bucket.
    pub fn parse(envelope: &[u8]) -> Result<Self, CryptoError> {
        let (prefix, _) = envelope.split_first_chunk::<PREFIX>().ok_or(CryptoError::Malformed)?;
        if prefix[0] != VERSION {
            return Err(CryptoError::UnknownVersion);
        }
        let kind = match prefix[1] {
            EVENT => EnvelopeKind::Event,
            LETTER => EnvelopeKind::Letter,
            _ => return Err(CryptoError::Malformed),
        };
        if !bucket::is_bucket(envelope.len()) {
            return Err(CryptoError::Malformed);
        }
        let mailbox = MailboxId::from_slice(&prefix[2..]).map_err(|_| CryptoError::Malformed)?;
        Ok(Self { kind, mailbox })
    }

    fn expect(envelope: &[u8], kind: EnvelopeKind, mailbox: MailboxId) -> Result<(), CryptoError> {
        let header = Self::parse(envelope)?;
        if header.kind != kind {
            return Err(CryptoError::Malformed);
        }
        if header.mailbox != mailbox { Err(CryptoError::OtherMailbox) } else { Ok(()) }
    }
}

/// An opened event envelope. The caller makes the event id from the content and then asks
/// [`OpenedEvent::fits`].
pub struct OpenedEvent {
    /// Which of the given keys opened it.
    pub key_index: usize,
    /// The content: sig(64) ‖ event message.
    pub content: Plaintext,
    salt: [u8; 32],
}

impl std::fmt::Debug for OpenedEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenedEvent(..)")
    }
}

impl OpenedEvent {
    /// Whether the envelope is the one that this event has under this key: every replica seals the
    /// same event into the same bytes, and nobody can give one event many envelopes.
    pub fn fits(&self, key: &LogKey, event: EventId) -> bool {
        equal(&self.salt, &expected_salt(key, event))
    }
}

/// The salt of an event's envelope: HKDF(CK, event id).
pub fn expected_salt(key: &LogKey, event: EventId) -> [u8; 32] {
    *kdf::derive::<32>(key.expose(), event.as_bytes(), Label::EnvelopeSalt, &[])
}

/// Key and commitment of an event envelope.
fn event_keys(key: &LogKey, salt: &[u8]) -> Zeroizing<[u8; 64]> {
    kdf::derive::<64>(key.expose(), salt, Label::EnvelopeKey, &[])
}

fn halves(okm: &[u8; 64]) -> (&[u8; 32], &[u8]) {
    okm.split_first_chunk::<32>().expect("64 bytes hold 32")
}

fn event_aad(header: &[u8]) -> Vec<u8> {
    Label::EnvelopeAad.aad(&[header])
}

/// Seals an event. Deterministic: the same event, key and mailbox give the same bytes.
/// Fails with `TooLarge` over [`MAX_EVENT_CONTENT`].
pub fn seal_event(
    key: &LogKey,
    mailbox: MailboxId,
    event: EventId,
    content: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let salt = expected_salt(key, event);
    let okm = event_keys(key, &salt);
    let (secret, commitment) = halves(&okm);
    let mut envelope = framed(EVENT, mailbox, EVENT_HEADER, content)?;
    envelope[SALT].copy_from_slice(&salt);
    envelope[COMMITMENT].copy_from_slice(commitment);
    let (header, body) = envelope.split_at_mut(EVENT_HEADER);
    aead::seal_in_place(secret, aead::ONE_TIME, &event_aad(header), body);
    Ok(envelope)
}

/// Opens an event envelope from `mailbox` with whichever key it commits to. Errors: `OtherMailbox`,
/// `NoKey`, `NotAuthentic`, `UnknownVersion`, `Malformed`.
pub fn open_event<'k>(
    envelope: &[u8],
    mailbox: MailboxId,
    keys: impl IntoIterator<Item = &'k LogKey>,
) -> Result<OpenedEvent, CryptoError> {
    Header::expect(envelope, EnvelopeKind::Event, mailbox)?;
    let (header, body) = envelope.split_at(EVENT_HEADER);
    let mut salt = [0; 32];
    salt.copy_from_slice(&header[SALT]);
    for (key_index, key) in keys.into_iter().enumerate() {
        let okm = event_keys(key, &salt);
        let (secret, commitment) = halves(&okm);
        if !equal(commitment, &header[COMMITMENT]) {
            continue;
        }
        let mut body = Zeroizing::new(body.to_vec());
        let length = aead::open_in_place(secret, aead::ONE_TIME, &event_aad(header), &mut body)?.len();
        body.truncate(length);
        return Ok(OpenedEvent { key_index, content: unframed(std::mem::take(&mut *body))?, salt });
    }
    Err(CryptoError::NoKey)
}

/// Seals a letter to a clearance key. Fails with `TooLarge` over [`MAX_LETTER_CONTENT`].
pub fn seal_letter(
    to: &KemPublic,
    mailbox: MailboxId,
    content: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, CryptoError> {
    let mut envelope = framed(LETTER, mailbox, LETTER_HEADER, content)?;
    let (header, body) = envelope.split_at_mut(PREFIX);
    hpke_suite::seal_in_place(to, Label::Letter, header, body, random);
    Ok(envelope)
}

/// Opens a letter from `mailbox` with whichever secret fits: (its index, content).
pub fn open_letter(
    envelope: &[u8],
    mailbox: MailboxId,
    secrets: &[&KemSecret],
) -> Result<(usize, Plaintext), CryptoError> {
    Header::expect(envelope, EnvelopeKind::Letter, mailbox)?;
    let (header, body) = envelope.split_at(PREFIX);
    for (index, secret) in secrets.iter().enumerate() {
        match hpke_suite::open(secret, Label::Letter, header, body) {
            Ok(plaintext) => return Ok((index, unframed(plaintext.into_bytes())?)),
            Err(CryptoError::NotAuthentic) => {}
            Err(other) => return Err(other),
        }
    }
    Err(CryptoError::NoKey)
}

/// An envelope with prefix and plaintext in place: length ‖ content ‖ zeros, and room for the tag.
fn framed(kind: u8, mailbox: MailboxId, header: usize, content: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let total = (header + LENGTH + aead::TAG).checked_add(content.len()).ok_or(CryptoError::TooLarge)?;
    let mut envelope = vec![0; bucket::padded(total)?];
    envelope[0] = VERSION;
    envelope[1] = kind;
    envelope[2..PREFIX].copy_from_slice(mailbox.as_bytes());
    frame(&mut envelope[header..], content);
    Ok(envelope)
}

/// Writes length ‖ content into a zeroed buffer that holds them.
pub(crate) fn frame(buffer: &mut [u8], content: &[u8]) {
    buffer[..LENGTH].copy_from_slice(&(content.len() as u32).to_be_bytes());
    buffer[LENGTH..LENGTH + content.len()].copy_from_slice(content);
}

/// Takes the content out of length ‖ content ‖ zeros.
pub(crate) fn unframed(plaintext: Vec<u8>) -> Result<Plaintext, CryptoError> {
    let mut plaintext = Zeroizing::new(plaintext);
    let (length, rest) = plaintext.split_first_chunk::<LENGTH>().ok_or(CryptoError::Malformed)?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > rest.len() || rest[length..].iter().any(|byte| *byte != 0) {
        return Err(CryptoError::Malformed);
    }
    plaintext.copy_within(LENGTH..LENGTH + length, 0);
    plaintext.truncate(length);
    Ok(Plaintext::new(std::mem::take(&mut *plaintext)))
}

#[cfg(test)]
mod tests;
