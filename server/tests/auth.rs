//! Who may ask: signatures, time, replay, rosters.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_crypto::SigningKey;
use amana_domain::{
    ids::{Hash, Nonce, OrganisationId, VerifyKey},
    role::Role,
};
use amana_protocol::{
    ErrorCode,
    request::Request,
    wire::{FeedAnswer, Newest, Push, RostersPut},
};
use common::*;
use serde_bytes::ByteBuf;

const FEED: &str = "/v1/feed?after=0";

#[tokio::test]
async fn every_field_of_a_request_is_bound() {
    let world = World::new().await;
    let who = world.ngo.desk();
    let good = || world.claim(who, "GET", FEED, b"");
    world.send("GET", FEED, Some(world.sign(who, good())), vec![]).await.ok::<FeedAnswer>();

    let other = SigningKey::make(&world.random).verify_key();
    let spoilt: [Request; 6] = [
        Request { method: "POST".into(), ..good() },
        Request { path: "/v1/feed?after=1".into(), ..good() },
        Request { path: "/v1/feed".into(), ..good() },
        Request { body: Hash::of(b"x"), ..good() },
        Request { relay: other, ..good() },
        Request { key: other, ..good() },
    ];
    for claim in spoilt {
        let got = world.send("GET", FEED, Some(world.sign(who, claim.clone())), vec![]).await;
        assert_eq!(got.code(), ErrorCode::Unauthorised, "{claim:?}");
        assert_eq!(got.error().time_ms, Some(NOW_MS));
    }
    // A body that is not the signed one.
    let header = world.sign(who, world.claim(who, "POST", "/v1/push", b"signed"));
    let got = world.send("POST", "/v1/push", Some(header), b"other".to_vec()).await;
    assert_eq!(got.code(), ErrorCode::Unauthorised);
}

#[tokio::test]
async fn every_bit_of_an_authorization_counts() {
    let world = World::new().await;
    let who = world.ngo.desk();
    let header = world.sign(who, world.claim(who, "GET", FEED, b""));
    for at in "Amana ".len()..header.len() {
        let mut spoilt = header.clone().into_bytes();
        spoilt[at] = if spoilt[at] == b'A' { b'B' } else { b'A' };
        let spoilt = String::from_utf8(spoilt).unwrap();
        let code = world.send("GET", FEED, Some(spoilt), vec![]).await.code();
        // A changed time may fall out of the window before the signature is looked at.
        assert!(matches!(code, ErrorCode::Unauthorised | ErrorCode::ClockSkew), "{at}: {code}");
    }
    // Its nonce is still unused.
    world.send("GET", FEED, Some(header), vec![]).await.ok::<FeedAnswer>();
}

#[tokio::test]
async fn missing_and_foreign_authorizations_are_refused() {
    let world = World::new().await;
    for header in
        [None, Some("".into()), Some("Bearer abc".into()), Some("Amana ".into()), Some("Amana e30".into())]
    {
        let got = world.send("GET", FEED, header, vec![]).await;
        assert_eq!(got.code(), ErrorCode::Unauthorised);
    }
    // A signature by a small-order key, valid for every message to a lenient check.
    let mut identity = [0; 32];
    identity[0] = 1;
    let key = SigningKey::make(&world.random);
    let claim =
        Request { key: VerifyKey::from_bytes(identity), ..world.claim(As(&key, None), "GET", FEED, b"") };
    let mut signature = [0; 64];
    signature[0] = 1;
    let header = claim.sign(|_| amana_domain::ids::Signature::from_bytes(signature)).unwrap();
    assert_eq!(world.send("GET", FEED, Some(header), vec![]).await.code(), ErrorCode::Unauthorised);
}

#[tokio::test]
async fn a_request_works_once() {
    let world = World::new().await;
    let who = world.ngo.desk();
    let header = world.sign(who, world.claim(who, "GET", FEED, b""));
    world.send("GET", FEED, Some(header.clone()), vec![]).await.ok::<FeedAnswer>();
    for later in [0, 60_000, 59_999] {
        world.clock.advance(later);
        let error = world.send("GET", FEED, Some(header.clone()), vec![]).await.error();
        assert_eq!(error.code, ErrorCode::Replayed);
        assert!(error.time_ms.is_some());
    }
    world.clock.advance(2);
    assert_eq!(world.send("GET", FEED, Some(header), vec![]).await.code(), ErrorCode::ClockSkew);
    // The nonce itself is what counts, not the rest.
    let nonce = Nonce::from_bytes([9; 16]);
    for expected in [200, 401] {
        let claim = Request { nonce, ..world.claim(who, "GET", "/v1/feed", b"") };
        let got = world.send("GET", "/v1/feed", Some(world.sign(who, claim)), vec![]).await;
        assert_eq!(got.status, expected);
    }
}

#[tokio::test]
async fn a_wrong_clock_is_told_the_time() {
    let world = World::new().await;
    let who = world.ngo.desk();
    world.clock.advance(1_000_000);
    let now = NOW_MS + 1_000_000;
    for (time_ms, fits) in [
        (now - 120_000, true),
        (now + 120_000, true),
        (now - 120_001, false),
        (now + 120_001, false),
        (0, false),
        (u64::MAX, false),
    ] {
        let claim = Request { time_ms, ..world.claim(who, "GET", FEED, b"") };
        let got = world.send("GET", FEED, Some(world.sign(who, claim)), vec![]).await;
        if fits {
            got.ok::<FeedAnswer>();
        } else {
            let error = got.error();
            assert_eq!((error.code, error.time_ms), (ErrorCode::ClockSkew, Some(now)));
        }
    }
}

#[tokio::test]
async fn a_restart_does_not_let_old_requests_in_again() {
    let mut world = World::new().await;
    let (admin, id) = (SigningKey::from_seed(&world.ngo.admin.seed()), world.ngo.id);
    let who = As(&admin, Some(id));
    let header = world.sign(who, world.claim(who, "GET", FEED, b""));
    world.send("GET", FEED, Some(header.clone()), vec![]).await.ok::<FeedAnswer>();
    world.clock.advance(10_000);
    world.restart(config()).await;
    assert_eq!(world.send("GET", FEED, Some(header), vec![]).await.code(), ErrorCode::ClockSkew);
    world.signed_get(who, FEED).await.ok::<FeedAnswer>();
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_lock_everybody_out() {
    let world = World::new().await;
    world.clock.set(NOW_MS - 3_600_000);
    world.signed_get(world.ngo.desk(), FEED).await.ok::<FeedAnswer>();
}

#[tokio::test]
async fn an_unclaimed_relay_keeps_nothing_for_anybody() {
    let world = World::unclaimed(config()).await;
    let key = world.phone();
    let phone = As(&key, None);
    let filing = world.filing(phone);
    assert_eq!(world.post(phone, "/v1/file", &filing).await.code(), ErrorCode::NotPublished);
    assert_eq!(world.signed_get(phone, FEED).await.code(), ErrorCode::NotPublished);
}

#[tokio::test]
async fn full_memory_for_nonces_answers_busy() {
    let mut config = config();
    config.limits.nonces = 32;
    let world = World::with(config).await;
    let key = world.phone();
    let mut codes = std::collections::HashSet::new();
    for _ in 0..200 {
        let got = world.signed_get(As(&key, None), FEED).await;
        codes.insert(if got.status == 200 { None } else { Some(got.code()) });
    }
    assert_eq!(codes, [None, Some(ErrorCode::Busy)].into());
    world.clock.advance(1_000_000);
    world.signed_get(As(&key, None), FEED).await.ok::<FeedAnswer>();
}

#[tokio::test]
async fn a_new_roster_cuts_a_leaver_off_at_once() {
    let world = World::new().await;
    let mut ngo = Team { rosters: world.ngo.rosters.clone(), ..Team::new(&world.random, world.deployment()) };
    let leaver = SigningKey::make(&world.random);
    let as_leaver = As(&leaver, Some(world.ngo.id));
    assert_eq!(world.signed_get(as_leaver, FEED).await.code(), ErrorCode::DeviceRemoved);

    let path = format!("/v1/rosters/{}", world.ngo.id);
    let with = ngo.next(&world.ngo.admin, |head| add_device(head, &leaver, Role::Caseworker, TODAY + 3));
    ngo.rosters.push(with.clone());
    let put = |head: &amana_domain::signed::Signed<_>| RostersPut {
        heads: vec![ByteBuf::from(
            amana_domain::signed::Signed::<amana_domain::trust::RosterHead>::to_bytes(head),
        )],
        part: None,
    };
    world.put(&path, &put(&with)).await.ok::<Newest>();
    world.signed_get(as_leaver, FEED).await.ok::<FeedAnswer>();

    // The certificate's last day counts in full.
    world.clock.advance(3 * 86_400_000);
    world.signed_get(as_leaver, FEED).await.ok::<FeedAnswer>();
    world.clock.advance(86_400_000);
    assert_eq!(world.signed_get(as_leaver, FEED).await.code(), ErrorCode::CertificateExpired);

    let without = ngo.next(&world.ngo.admin, |head| {
        let gone = amana_domain::ids::DeviceId::from_key(&leaver.verify_key());
        head.devices.retain(|entry| entry.device != gone);
    });
    world.put(&path, &put(&without)).await.ok::<Newest>();
    assert_eq!(world.signed_get(as_leaver, FEED).await.code(), ErrorCode::DeviceRemoved);
    let push = world.post(as_leaver, "/v1/push", &Push::default()).await;
    assert_eq!(push.code(), ErrorCode::DeviceRemoved);
}

#[tokio::test]
async fn a_device_speaks_only_for_its_own_team() {
    let world = World::new().await;
    let posing = As(&world.ngo.admin, Some(world.consulate.id));
    assert_eq!(world.signed_get(posing, FEED).await.code(), ErrorCode::DeviceRemoved);
    let nobody = OrganisationId::from_root(&VerifyKey::from_bytes([3; 32]));
    let unknown = As(&world.ngo.admin, Some(nobody));
    assert_eq!(world.signed_get(unknown, FEED).await.code(), ErrorCode::NotPublished);
    for path in
        [format!("/v1/rosters/{}/part/1", world.consulate.id), format!("/v1/joins/{}", world.consulate.id)]
    {
        assert_eq!(world.signed_get(world.ngo.desk(), &path).await.code(), ErrorCode::Unauthorised);
        let phone = world.phone();
        assert_eq!(world.signed_get(As(&phone, None), &path).await.code(), ErrorCode::Unauthorised);
    }
}
