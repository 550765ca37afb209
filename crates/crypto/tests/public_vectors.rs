//! Published vectors: RFC 9180, hpke-pq X-Wing, Wycheproof.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod common;

use std::{cell::RefCell, convert::Infallible};

use amana_crypto::{
    KemSecret, Seed, StrictVerifier,
    signing::{SignedItem, verify_all},
};
use amana_domain::{
    ids::{Signature, VerifyKey},
    signed::Verifier,
};
use common::{array, bytes, list, read, text};
use hpke::{
    Deserializable, OpModeR, OpModeS, PskBundle, Serializable,
    aead::ChaCha20Poly1305,
    kdf::{HkdfSha256, Kdf, KdfShake256},
    kem::{Kem, X25519HkdfSha256, XWing},
    rand_core::{TryCryptoRng, TryRng},
    setup_receiver, setup_sender_with_rng,
};
use ring::{aead, hkdf};
use serde_json::Value;

/// Gives the bytes of a vector, once.
struct Fixed(RefCell<Vec<u8>>);

impl TryRng for Fixed {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("key encapsulation draws bytes")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("key encapsulation draws bytes")
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let rest = self.0.borrow_mut().split_off(out.len());
        out.copy_from_slice(&self.0.replace(rest));
        Ok(())
    }
}
impl TryCryptoRng for Fixed {}

/// Runs one HPKE vector in both directions; returns how many messages were compared.
fn hpke_vector<K: Kem, F: Kdf>(vector: &Value) -> usize {
    let mode = vector["mode"].as_u64().unwrap();
    let psk = (mode == 1).then(|| (bytes(vector, "psk"), bytes(vector, "psk_id")));
    let bundle = psk.as_ref().map(|(psk, id)| PskBundle::new(psk, id).unwrap());
    let (sender, receiver) = match (mode, bundle) {
        (0, None) => (OpModeS::<K>::Base, OpModeR::<K>::Base),
        (1, Some(bundle)) => (OpModeS::Psk(bundle), OpModeR::Psk(bundle)),
        _ => panic!("mode {mode}"),
    };
    let (info, enc) = (bytes(vector, "info"), bytes(vector, "enc"));
    // Secrets are compared by their public keys: the library stores X25519 scalars clamped.
    let (_, public) = K::derive_keypair(&bytes(vector, "ikmR"));
    let secret = K::PrivateKey::from_bytes(&bytes(vector, "skRm")).unwrap();
    assert_eq!(public.to_bytes().to_vec(), bytes(vector, "pkRm"));
    assert_eq!(K::sk_to_pk(&secret).to_bytes().to_vec(), bytes(vector, "pkRm"));
    let mut rng = Fixed(RefCell::new(bytes(vector, "ikmE")));
    let (made, mut sealing) =
        setup_sender_with_rng::<ChaCha20Poly1305, F, K>(&sender, &public, &info, &mut rng).unwrap();
    assert_eq!(made.to_bytes().to_vec(), enc);
    let enc = K::EncappedKey::from_bytes(&enc).unwrap();
    let mut opening = setup_receiver::<ChaCha20Poly1305, F, K>(&receiver, &secret, &enc, &info).unwrap();
    for message in list(vector, "encryptions") {
        let (aad, plain, sealed) = (bytes(message, "aad"), bytes(message, "pt"), bytes(message, "ct"));
        assert_eq!(sealing.seal(&plain, &aad).unwrap(), sealed);
        assert_eq!(opening.open(&sealed, &aad).unwrap(), plain);
    }
    for export in list(vector, "exports") {
        let mut out = vec![0; export["L"].as_u64().unwrap() as usize];
        opening.export(&bytes(export, "exporter_context"), &mut out).unwrap();
        assert_eq!(out, bytes(export, "exported_value"));
    }
    list(vector, "encryptions").len()
}

#[test]
fn rfc_9180_x25519_in_base_and_psk_mode() {
    let vectors = read("vectors/public/hpke-rfc9180-x25519-chacha20poly1305.json");
    let vectors = vectors.as_array().unwrap();
    let modes: Vec<_> = vectors.iter().map(|vector| vector["mode"].as_u64().unwrap()).collect();
    assert_eq!(modes, [0, 1]);
    for vector in vectors {
        assert_eq!(hpke_vector::<X25519HkdfSha256, HkdfSha256>(vector), 257);
    }
}

#[test]
fn hpke_pq_x_wing() {
    let vectors = read("vectors/public/hpke-pq-xwing.json");
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        assert_eq!((vector["kem_id"].as_u64(), vector["aead_id"].as_u64()), (Some(0x647a), Some(3)));
        let compared = match vector["kdf_id"].as_u64().unwrap() {
            1 => hpke_vector::<XWing, HkdfSha256>(vector),
            0x11 => hpke_vector::<XWing, KdfShake256>(vector),
            other => panic!("KDF {other}"),
        };
        assert_eq!(compared, 10);
        let own = KemSecret::from_seed(Seed::from_bytes(array(vector, "skRm")));
        assert_eq!(own.public().as_bytes().to_vec(), bytes(vector, "pkRm"));
    }
}

fn groups(name: &str) -> Vec<(Value, Value)> {
    let file = read(name);
    let groups = list(&file, "testGroups").to_vec();
    let tests: Vec<(Value, Value)> = groups
        .iter()
        .flat_map(|group| list(group, "tests").iter().map(move |test| (group.clone(), test.clone())))
        .collect();
    assert_eq!(tests.len() as u64, file["numberOfTests"].as_u64().unwrap());
    tests
}

#[test]
fn wycheproof_ed25519() {
    let mut kept = Vec::new();
    for (group, test) in groups("vectors/public/wycheproof-ed25519.json") {
        let valid = text(&test, "result") == "valid";
        let key = VerifyKey::from_bytes(array(&group["publicKey"], "pk"));
        let message = bytes(&test, "msg");
        match Signature::from_slice(&bytes(&test, "sig")) {
            Ok(signature) => {
                assert_eq!(StrictVerifier.verify(&key, &message, &signature), valid, "{}", test["tcId"]);
                kept.push((key, message, signature, valid));
            }
            Err(_) => assert!(!valid, "{}", test["tcId"]),
        }
    }
    let items: Vec<_> = kept
        .iter()
        .map(|(key, message, signature, _)| SignedItem { key: *key, message, signature: *signature })
        .collect();
    let expected: Vec<_> = kept.iter().map(|(.., valid)| *valid).collect();
    assert_eq!(verify_all(&items), expected);
    assert!(expected.contains(&true) && expected.contains(&false));
}

#[test]
fn wycheproof_chacha20_poly1305() {
    for (_, test) in groups("vectors/public/wycheproof-chacha20poly1305.json") {
        let valid = text(&test, "result") == "valid";
        let id = &test["tcId"];
        let unbound = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &bytes(&test, "key")).unwrap();
        let key = aead::LessSafeKey::new(unbound);
        let Ok(nonce) = <[u8; 12]>::try_from(bytes(&test, "iv")) else {
            assert!(!valid, "{id}");
            continue;
        };
        let nonce = || aead::Nonce::assume_unique_for_key(nonce);
        let (aad, plain) = (bytes(&test, "aad"), bytes(&test, "msg"));
        let sealed = [bytes(&test, "ct"), bytes(&test, "tag")].concat();
        let mut opened = sealed.clone();
        let answer = key.open_in_place(nonce(), aead::Aad::from(&aad), &mut opened);
        assert_eq!(answer.is_ok(), valid, "{id}");
        if let Ok(opened) = answer {
            assert_eq!(opened, plain, "{id}");
            let mut made = plain.clone();
            key.seal_in_place_append_tag(nonce(), aead::Aad::from(&aad), &mut made).unwrap();
            assert_eq!(made, sealed, "{id}");
        }
    }
}

struct Size(usize);
impl hkdf::KeyType for Size {
    fn len(&self) -> usize {
        self.0
    }
}

#[test]
fn wycheproof_hkdf_sha256() {
    for (_, test) in groups("vectors/public/wycheproof-hkdf-sha256.json") {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &bytes(&test, "salt"));
        let prk = salt.extract(&bytes(&test, "ikm"));
        let info = bytes(&test, "info");
        let mut out = vec![0; test["size"].as_u64().unwrap() as usize];
        let answer = prk.expand(&[&info], Size(out.len())).and_then(|okm| okm.fill(&mut out));
        assert_eq!(answer.is_ok(), text(&test, "result") == "valid", "{}", test["tcId"]);
        if answer.is_ok() {
            assert_eq!(out, bytes(&test, "okm"), "{}", test["tcId"]);
        }
    }
}
