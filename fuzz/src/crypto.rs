//! Envelopes, key slots, sealed files and recovery texts.

use amana_crypto::{
    KemSecret, LogKey, Seed, SeededRandom,
    attachment::{CHUNK, Chunks, FileKey, Layout},
    backlink::open_backlink,
    bucket, capsule,
    envelope::{self as sealed, EnvelopeKind, MAX_EVENT_CONTENT},
    names::{open_name, seal_name},
    passphrase::Passphrase,
    recovery as recover,
    recovery_code::RecoveryCode,
    sealed_file::SealedFile,
    slots::{Cost, HEADER_LEN, Header, SlotError},
    wrap::unwrap_secret,
};
use amana_domain::ids::{DeviceId, EventId, MailboxId, sha256};

fn mailbox() -> MailboxId {
    MailboxId::from_bytes([0x55; 16])
}

fn passphrase() -> Passphrase {
    Passphrase::parse("harbour lantern seven quiet maps return").expect("six words")
}

/// Raw bytes never open; what was sealed opens, and after a change nowhere any more.
pub fn envelope(data: &[u8]) {
    let key = LogKey::from_bytes([7; 32]);
    if let Ok(header) = sealed::Header::parse(data) {
        assert!(bucket::is_bucket(data.len()));
        assert!(sealed::open_event(data, header.mailbox, [&key]).is_err());
    }
    let Some((at, content)) = data.split_first_chunk::<4>() else { return };
    let event = EventId::from_bytes(sha256(&[content]));
    let Ok(mut envelope) = sealed::seal_event(&key, mailbox(), event, content) else {
        assert!(content.len() > MAX_EVENT_CONTENT);
        return;
    };
    assert!(bucket::is_bucket(envelope.len()));
    assert_eq!(sealed::Header::parse(&envelope).map(|header| header.kind), Ok(EnvelopeKind::Event));
    let other = LogKey::from_bytes([8; 32]);
    let opened = sealed::open_event(&envelope, mailbox(), [&other, &key]).expect("what was sealed opens");
    assert!(opened.key_index == 1 && opened.content[..] == *content && opened.fits(&key, event));
    let at = u32::from_be_bytes(*at) as usize % (envelope.len() * 8);
    envelope[at / 8] ^= 1 << (at % 8);
    assert!(sealed::open_event(&envelope, mailbox(), [&other, &key]).is_err());
}

/// The same of a letter.
pub fn letter(data: &[u8]) {
    let secret = KemSecret::from_seed(Seed::from_bytes([9; 32]));
    if let Ok(header) = sealed::Header::parse(data) {
        assert!(sealed::open_letter(data, header.mailbox, &[&secret]).is_err());
    }
    let Some((at, content)) = data.split_first_chunk::<4>() else { return };
    let random = SeededRandom::new(1);
    let Ok(mut envelope) = sealed::seal_letter(&secret.public(), mailbox(), content, &random) else { return };
    let (index, opened) =
        sealed::open_letter(&envelope, mailbox(), &[&secret]).expect("what was sealed opens");
    assert!(index == 0 && opened[..] == *content);
    let at = u32::from_be_bytes(*at) as usize % (envelope.len() * 8);
    envelope[at / 8] ^= 1 << (at % 8);
    assert!(sealed::open_letter(&envelope, mailbox(), &[&secret]).is_err());
}

/// A header with its checksum made right, so that what stands behind it is reached.
fn with_checksum(data: &[u8]) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let length = data.len().min(HEADER_LEN - 32);
    bytes[..length].copy_from_slice(&data[..length]);
    let checksum = sha256(&[&bytes[..HEADER_LEN - 32]]);
    bytes[HEADER_LEN - 32..].copy_from_slice(&checksum);
    bytes
}

/// Key slots: bytes are kept, costs stay within bounds, nothing opens.
pub fn slots(data: &[u8]) {
    if let Ok(header) = Header::parse(data) {
        assert_eq!(header.to_bytes(), data);
    }
    let bytes = with_checksum(data);
    let Ok(header) = Header::parse(&bytes) else { return };
    assert_eq!(header.to_bytes(), bytes);
    // Argon2 is run only where it is cheap; its bounds are checked by the parser.
    if header.cost() == Cost::for_tests() {
        assert_eq!(header.open(&passphrase(), None).err(), Some(SlotError::WrongKey));
    }
}

/// A sealed file.
pub fn sealed_file(data: &[u8]) {
    let file = match data.split_at_checked(HEADER_LEN) {
        Some((header, body)) => [&with_checksum(header), body].concat(),
        None => data.to_vec(),
    };
    let header = file.get(..HEADER_LEN).and_then(|header| Header::parse(header).ok());
    if header.is_none_or(|header| header.cost() == Cost::for_tests()) {
        assert!(SealedFile::open(&file, &passphrase(), None, b"fuzz").is_err());
    }
}

/// Recovery blobs and codes, capsules, names, wraps.
pub fn recovery(data: &[u8]) {
    let secret = KemSecret::from_seed(Seed::from_bytes([9; 32]));
    if let Ok(half) = recover::HalfOpened::parse(data) {
        assert_eq!(half.to_bytes(), data);
        assert!(half.finisher() < recover::OFFICERS);
        assert!(recover::finish(data, b"team", &half, &secret).is_err());
    }
    assert!(recover::begin(data, b"team", &secret).is_err());
    let code = RecoveryCode::make(&SeededRandom::new(2));
    assert!(recover::open_with_code(data, b"team", &code).is_err());
    assert!(open_backlink(&secret, b"team", data).is_err());
    assert!(unwrap_secret(&secret, b"team", data).is_err());
    let device = DeviceId::from_bytes([3; 32]);
    assert!(open_name(&secret, device, data).is_err());
    let _ = capsule::awaits(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(code) = RecoveryCode::parse(text) {
        let printed = code.printed();
        assert_eq!(RecoveryCode::parse(&printed).map(|again| again.printed()), Ok(printed));
    }
    let _ = (Passphrase::parse(text), Passphrase::pin(text), Passphrase::entered(text));
    if let Ok(sealed) = seal_name(&secret, device, text, &SeededRandom::new(3)) {
        assert_eq!(open_name(&secret, device, &sealed).as_deref(), Ok(text));
    }
}

/// Chunks of an attachment: only at their own place of a file of their own length.
pub fn attachment(data: &[u8]) {
    let Some((numbers, content)) = data.split_first_chunk::<16>() else { return };
    let word = |at: usize| numbers[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let (length, index) = (word(0), word(8));
    let key = FileKey::from_bytes([4; 32]);
    if let (Ok(chunks), Ok(layout)) = (Chunks::new(&key, length), Layout::new(length)) {
        assert!(layout.sealed_length() >= layout.length());
        assert_eq!(layout.content_length(index).is_some(), index < layout.chunks());
        assert!(chunks.open(index, &mut content.to_vec()).is_err());
        assert!(chunks.open(layout.chunks() - 1, &mut content.to_vec()).is_err());
    }
    let own = &content[..content.len().min(CHUNK)];
    let chunks = Chunks::new(&key, own.len() as u64).expect("short");
    let chunk = chunks.seal(0, own).expect("its own length");
    assert_eq!(chunks.open(0, &mut chunk.clone()).expect("what was sealed opens"), own);
    assert!(chunks.open(1, &mut chunk.clone()).is_err());
    let mut changed = chunk;
    let at = (length % changed.len() as u64) as usize;
    changed[at] ^= 1;
    assert!(chunks.open(0, &mut changed).is_err());
}
