//! Frozen ciphertexts of version 1 (`tests/vectors/crypto-v1.json`): what was sealed once must stay
//! readable for ever.
//!
//! The file is written once, with `AMANA_FREEZE=1`, and never overwritten: a new version gets a new file.
//! Deterministic values are computed again and compared, the others are opened.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod common;

use amana_crypto::{
    KemPublic, KemSecret, LogKey, Random, Seed, SeededRandom, SigningKey, StrictVerifier,
    attachment::{Chunks, FileKey},
    backlink::{open_backlink, seal_backlink},
    capsule::{self, ReleaseSecret},
    check_in::{CheckIn, CheckInChain},
    envelope::{open_event, open_letter, seal_event, seal_letter},
    names::{open_name, seal_name},
    passphrase::Passphrase,
    recovery,
    recovery_code::RecoveryCode,
    sealed_file::SealedFile,
    slots::{Contents, Cost, Header, KeystoreSecret, Place, Role},
    wrap::{unwrap_secret, wrap_secret},
};
use amana_domain::{
    canonical,
    ids::{DeviceId, EventId, Hash, MailboxId, Signature, VerifyKey, sha256},
    signed::Verifier,
};
use ciborium::Value as Cbor;
use common::{array, bytes, list, path, read, text};
use serde_json::{Value, json};

const FILE: &str = "vectors/crypto-v1.json";
const PASSPHRASE: &str = "harbour lantern seven quiet maps return";
const PURPOSE: &str = "deployment";

/// The frozen file; made first if that is asked for and it does not exist yet.
fn frozen(section: &str) -> Value {
    use std::sync::Once;
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        if std::env::var_os("AMANA_FREEZE").is_some() && !path(FILE).exists() {
            let file = serde_json::to_string_pretty(&make()).unwrap() + "\n";
            std::fs::write(path(FILE), file).unwrap();
        }
    });
    read(FILE)[section].clone()
}

fn random(section: u64) -> SeededRandom {
    SeededRandom::new(0xa11a_0000 + section)
}

fn kem(value: &Value, field: &str) -> KemSecret {
    KemSecret::from_seed(Seed::from_bytes(array(value, field)))
}

fn hex_of(bytes: impl AsRef<[u8]>) -> Value {
    Value::String(hex::encode(bytes))
}

fn seed_of(secret: &KemSecret) -> Value {
    hex_of(secret.seed().expose())
}

fn make() -> Value {
    json!({
        "note": "Frozen. Every secret here is made from a fixed seed and protects nothing.",
        "signing": make_signing(),
        "kem": make_kem(),
        "event": make_event(),
        "letter": make_letter(),
        "wrap": make_wrap(),
        "name": make_name(),
        "backlink": make_backlink(),
        "recovery": make_recovery(),
        "slots": make_slots(),
        "sealed_file": make_sealed_file(),
        "attachment": make_attachment(),
        "capsule": make_capsule(),
        "check_in": make_check_in(),
    })
}

fn make_signing() -> Value {
    let key = SigningKey::make(&random(1));
    json!({
        "seed": hex_of(key.seed().expose()), "key": hex_of(key.verify_key().as_bytes()),
        "message": hex_of(b"a message"), "signature": hex_of(key.sign(b"a message").as_bytes()),
    })
}

#[test]
fn signing_is_deterministic() {
    let frozen = frozen("signing");
    let key = SigningKey::from_seed(&Seed::from_bytes(array(&frozen, "seed")));
    let message = bytes(&frozen, "message");
    assert_eq!(key.verify_key(), VerifyKey::from_bytes(array(&frozen, "key")));
    assert_eq!(key.sign(&message), Signature::from_bytes(array(&frozen, "signature")));
    assert!(StrictVerifier.verify(&key.verify_key(), &message, &key.sign(&message)));
}

fn make_kem() -> Value {
    let secret = KemSecret::make(&random(2));
    json!({ "seed": seed_of(&secret), "public_hash": secret.public().hash().to_string() })
}

#[test]
fn a_seed_has_the_same_public_key() {
    let frozen = frozen("kem");
    assert_eq!(kem(&frozen, "seed").public().hash().to_string(), text(&frozen, "public_hash"));
}

/// An event of PROTOCOL §3, signed: (content of the envelope, its id).
fn event(key: &SigningKey) -> (Vec<u8>, EventId) {
    let id = |byte: u8, length: usize| Cbor::Bytes(vec![byte; length]);
    let body = Cbor::Map(vec![(Cbor::Text("text".into()), Cbor::Text("They keep my passport. ደመወዝ".into()))]);
    let roster = Cbor::Array(vec![id(0x44, 16), Cbor::from(0), id(0, 32)]);
    let fields = Cbor::Array(vec![
        id(0x11, 16),
        id(0x22, 16),
        id(0x33, 32),
        Cbor::Null,
        Cbor::Bytes(key.verify_key().as_bytes().to_vec()),
        Cbor::from(1),
        id(0x33, 32),
        Cbor::Array(vec![id(0x33, 32)]),
        roster,
        Cbor::from(1_790_000_000_000u64),
        Cbor::Text("message".into()),
        Cbor::Bool(false),
        body,
    ]);
    let message = canonical::to_vec(&("amana/1/event", fields)).unwrap();
    let id = EventId::from_bytes(sha256(&[&message]));
    ([&key.sign(&message).as_bytes()[..], &message].concat(), id)
}

fn make_event() -> Value {
    let random = random(3);
    let (key, log_key) = (SigningKey::make(&random), LogKey::make(&random));
    let mailbox = MailboxId::from_bytes([0x55; 16]);
    let (content, id) = event(&key);
    let envelope = seal_event(&log_key, mailbox, id, &content).unwrap();
    json!({
        "log_key": hex_of(log_key.expose()), "mailbox": mailbox.to_string(), "event": id.to_string(),
        "content": hex_of(content), "envelope": hex_of(envelope),
    })
}

#[test]
fn event_envelopes_are_the_same_bytes() {
    let frozen = frozen("event");
    let key = LogKey::from_bytes(array(&frozen, "log_key"));
    let mailbox: MailboxId = text(&frozen, "mailbox").parse().unwrap();
    let id: EventId = text(&frozen, "event").parse().unwrap();
    let (content, envelope) = (bytes(&frozen, "content"), bytes(&frozen, "envelope"));
    assert_eq!(seal_event(&key, mailbox, id, &content).unwrap(), envelope);
    let opened = open_event(&envelope, mailbox, [&key]).unwrap();
    assert_eq!(&*opened.content, &content[..]);
    assert!(opened.fits(&key, EventId::from_bytes(sha256(&[&content[64..]]))));
    // The content is the event that this file makes today.
    let again = event(&SigningKey::make(&random(3)));
    assert_eq!(again, (content, id));
}

fn make_letter() -> Value {
    let random = random(4);
    let secret = KemSecret::make(&random);
    let mailbox = MailboxId::from_bytes([0x66; 16]);
    let envelope = seal_letter(&secret.public(), mailbox, b"a letter", &random).unwrap();
    json!({
        "seed": seed_of(&secret), "mailbox": mailbox.to_string(), "content": hex_of(b"a letter"),
        "envelope": hex_of(envelope),
    })
}

#[test]
fn letters_open() {
    let frozen = frozen("letter");
    let mailbox = text(&frozen, "mailbox").parse().unwrap();
    let opened = open_letter(&bytes(&frozen, "envelope"), mailbox, &[&kem(&frozen, "seed")]).unwrap();
    assert_eq!(&*opened.1, &bytes(&frozen, "content")[..]);
}

fn make_wrap() -> Value {
    let random = random(5);
    let secret = KemSecret::make(&random);
    let wrap = wrap_secret(&secret.public(), b"context", &[0x77; 32], &random);
    json!({
        "seed": seed_of(&secret), "context": hex_of(b"context"), "secret": hex_of([0x77; 32]), "wrap": hex_of(wrap),
    })
}

#[test]
fn wraps_open() {
    let frozen = frozen("wrap");
    let opened = unwrap_secret(&kem(&frozen, "seed"), &bytes(&frozen, "context"), &bytes(&frozen, "wrap"));
    assert_eq!(opened.unwrap().expose(), &array(&frozen, "secret"));
}

fn make_name() -> Value {
    let random = random(6);
    let secret = KemSecret::make(&random);
    let device = DeviceId::from_bytes([0x88; 32]);
    let sealed = seal_name(&secret, device, "Amina, desk 2", &random).unwrap();
    json!({
        "seed": seed_of(&secret), "device": device.to_string(), "name": "Amina, desk 2", "sealed": hex_of(sealed),
    })
}

#[test]
fn names_open() {
    let frozen = frozen("name");
    let device = text(&frozen, "device").parse().unwrap();
    let name = open_name(&kem(&frozen, "seed"), device, &bytes(&frozen, "sealed")).unwrap();
    assert_eq!(name, text(&frozen, "name"));
}

fn make_backlink() -> Value {
    let random = random(7);
    let (newer, earlier) = (KemSecret::make(&random), KemSecret::make(&random));
    let sealed = seal_backlink(&newer, b"open 1", &earlier, &random);
    json!({
        "newer": seed_of(&newer), "earlier": seed_of(&earlier), "context": hex_of(b"open 1"), "sealed": hex_of(sealed),
    })
}

#[test]
fn backlinks_open() {
    let frozen = frozen("backlink");
    let newer = kem(&frozen, "newer");
    let opened = open_backlink(&newer, &bytes(&frozen, "context"), &bytes(&frozen, "sealed"));
    assert_eq!(opened.unwrap(), kem(&frozen, "earlier"));
}

fn make_recovery() -> Value {
    let random = random(8);
    let officers: Vec<_> = (0..3).map(|_| KemSecret::make(&random)).collect();
    let secrets: Vec<_> = (0..3).map(|_| KemSecret::make(&random)).collect();
    let publics: Vec<KemPublic> = officers.iter().map(KemSecret::public).collect();
    let to = [&publics[0], &publics[1], &publics[2]];
    let by_officers = recovery::seal_for_officers(to, b"team", &secrets, &random).unwrap();
    let code = RecoveryCode::make(&random);
    let by_code = recovery::seal_for_code(&code, b"team", &secrets, &random).unwrap();
    json!({
        "context": hex_of(b"team"), "printed": *code.printed(), "by_code": hex_of(by_code),
        "officers": officers.iter().map(seed_of).collect::<Vec<_>>(), "by_officers": hex_of(by_officers),
        "secrets": secrets.iter().map(seed_of).collect::<Vec<_>>(),
    })
}

#[test]
fn recoveries_open() {
    let frozen = frozen("recovery");
    let seeds = |field| -> Vec<KemSecret> {
        let seed = |value: &Value| kem(&json!({ "seed": value }), "seed");
        list(&frozen, field).iter().map(seed).collect()
    };
    let (context, secrets, officers) = (bytes(&frozen, "context"), seeds("secrets"), seeds("officers"));
    let code = RecoveryCode::parse(text(&frozen, "printed")).unwrap();
    assert_eq!(recovery::open_with_code(&bytes(&frozen, "by_code"), &context, &code).unwrap(), secrets);
    let blob = bytes(&frozen, "by_officers");
    for first in 0..3 {
        let half = recovery::begin(&blob, &context, &officers[first]).unwrap();
        assert_eq!(recovery::finish(&blob, &context, &half, &officers[(first + 1) % 3]).unwrap(), secrets);
    }
}

fn make_slots() -> Value {
    let random = random(9);
    let cost = Cost::new(256, 2, 1).unwrap();
    let passphrase = Passphrase::parse(PASSPHRASE).unwrap();
    let (mut header, opened) = Header::create(&passphrase, None, cost, &random).unwrap();
    let keystore = KeystoreSecret::make(&random);
    let decoy = Contents::make(&random);
    let pin = Passphrase::pin("420417").unwrap();
    header.add_slot(&opened, Place::Duress, &decoy, &pin, Some(&keystore), &random).unwrap();
    let contents = |contents: &Contents| json!({ "label": hex_of(contents.label), "key": hex_of(contents.key.expose()) });
    json!({
        "passphrase": PASSPHRASE, "primary": contents(&opened.contents), "pin": "420417",
        "keystore": hex_of(keystore.expose()), "duress": contents(&decoy), "header": hex_of(header.to_bytes()),
    })
}

#[test]
fn key_slots_open() {
    let frozen = frozen("slots");
    let header = Header::parse(&bytes(&frozen, "header")).unwrap();
    let expect = |field: &str, opened: &Contents| {
        assert_eq!(opened.label, array(&frozen[field], "label"));
        assert_eq!(opened.key.expose(), &array(&frozen[field], "key"));
    };
    let primary = header.open(&Passphrase::parse(text(&frozen, "passphrase")).unwrap(), None).unwrap();
    assert_eq!(primary.role, Role::Primary);
    expect("primary", &primary.contents);
    let keystore = KeystoreSecret::from_bytes(array(&frozen, "keystore"));
    let duress = header.open(&Passphrase::pin(text(&frozen, "pin")).unwrap(), Some(&keystore)).unwrap();
    assert_eq!(duress.role, Role::Duress);
    expect("duress", &duress.contents);
    // The primary still finds the place of the duress slot.
    let mut changed = header.clone();
    changed.remove_slot(&primary, Place::Duress, &random(0)).unwrap();
    assert!(changed.open(&Passphrase::pin("420417").unwrap(), Some(&keystore)).is_err());
}

fn make_sealed_file() -> Value {
    let random = random(10);
    let passphrase = Passphrase::parse(PASSPHRASE).unwrap();
    let file = SealedFile::create(&passphrase, PURPOSE.as_bytes(), Cost::for_tests(), &random).unwrap();
    json!({
        "passphrase": PASSPHRASE, "purpose": PURPOSE, "content": hex_of(b"root keys"),
        "file": hex_of(file.seal(b"root keys", &random)),
    })
}

#[test]
fn sealed_files_open() {
    let frozen = frozen("sealed_file");
    let passphrase = Passphrase::parse(text(&frozen, "passphrase")).unwrap();
    let purpose = text(&frozen, "purpose").as_bytes();
    let (_, content) = SealedFile::open(&bytes(&frozen, "file"), &passphrase, None, purpose).unwrap();
    assert_eq!(&*content, &bytes(&frozen, "content")[..]);
}

/// The content of the frozen attachment: byte n is n mod 251.
fn attachment(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}

fn sealed_chunks(key: &FileKey, content: &[u8]) -> Vec<Vec<u8>> {
    let chunks = Chunks::new(key, content.len() as u64).unwrap();
    let pieces = content.chunks(amana_crypto::attachment::CHUNK);
    pieces.enumerate().map(|(index, piece)| chunks.seal(index as u64, piece).unwrap()).collect()
}

fn make_attachment() -> Value {
    let mut key = [0; 32];
    random(11).fill(&mut key);
    let chunks = sealed_chunks(&FileKey::from_bytes(key), &attachment(70_000));
    json!({
        "file_key": hex_of(key), "length": 70_000, "content": "byte n is n mod 251",
        "chunk_hashes": chunks.iter().map(|chunk| Hash::of(chunk).to_string()).collect::<Vec<_>>(),
        "last_chunk": hex_of(chunks.last().unwrap()),
    })
}

#[test]
fn attachment_chunks_are_the_same_bytes() {
    let frozen = frozen("attachment");
    let key = FileKey::from_bytes(array(&frozen, "file_key"));
    let content = attachment(frozen["length"].as_u64().unwrap() as usize);
    let chunks = sealed_chunks(&key, &content);
    let hashes: Vec<_> = chunks.iter().map(|chunk| Value::String(Hash::of(chunk).to_string())).collect();
    assert_eq!(hashes, list(&frozen, "chunk_hashes"));
    let mut last = bytes(&frozen, "last_chunk");
    let opener = Chunks::new(&key, content.len() as u64).unwrap();
    let opened = opener.open(chunks.len() as u64 - 1, &mut last).unwrap();
    assert_eq!(opened, &content[(chunks.len() - 1) * amana_crypto::attachment::CHUNK..]);
}

fn make_capsule() -> Value {
    let random = random(12);
    let desk = KemSecret::make(&random);
    let armed = capsule::arm(&desk.public(), b"case", b"no answer since noon", &random).unwrap();
    json!({
        "desk": seed_of(&desk), "context": hex_of(b"case"), "alert": hex_of(b"no answer since noon"),
        "release": hex_of(armed.release.expose()), "release_hash": armed.release.hash().to_string(),
        "capsule": hex_of(armed.capsule),
    })
}

#[test]
fn capsules_open() {
    let frozen = frozen("capsule");
    let release = ReleaseSecret::from_bytes(array(&frozen, "release"));
    assert_eq!(release.hash().to_string(), text(&frozen, "release_hash"));
    let desk = kem(&frozen, "desk");
    let opened =
        capsule::open(&bytes(&frozen, "capsule"), &bytes(&frozen, "context"), &release, &[&desk]).unwrap();
    assert_eq!(&*opened.1, &bytes(&frozen, "alert")[..]);
}

fn make_check_in() -> Value {
    let seed = Seed::make(&random(13));
    let chain = CheckInChain::from_seed(seed.clone(), 5);
    let values = (1..=5).map(|step| chain.reveal(step).unwrap().to_string()).collect::<Vec<_>>();
    json!({ "seed": hex_of(seed.expose()), "anchor": chain.anchor().value.to_string(), "values": values })
}

#[test]
fn check_in_chains_have_the_same_values() {
    let frozen = frozen("check_in");
    let chain = CheckInChain::from_seed(Seed::from_bytes(array(&frozen, "seed")), 5);
    let mut anchor = chain.anchor();
    assert_eq!(anchor.value.to_string(), text(&frozen, "anchor"));
    for (step, value) in (1..).zip(list(&frozen, "values")) {
        assert_eq!(chain.reveal(step).unwrap().to_string(), value.as_str().unwrap());
        assert_eq!(anchor.take(step, &value.as_str().unwrap().parse().unwrap()), CheckIn::Accepted);
    }
    assert_eq!(anchor.step, 5);
}
