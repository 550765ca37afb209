//! Hostile bodies, paths and methods: every call answers a typed error and changes nothing.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_crypto::{Random as _, SigningKey};
use amana_domain::{canonical, role::Role};
use amana_protocol::{
    ErrorBody, ErrorCode, Principal,
    wire::{Append, DirectoryPut, File, Letter, MailboxPut, Newest, Push, RelayInfo, RostersPut},
};
use common::*;
use serde_bytes::ByteBuf;

/// Every call that takes a body: method, path, whether it is signed, its largest body.
fn calls(world: &World, mailbox: &str) -> Vec<(&'static str, String, bool, usize)> {
    let org = world.ngo.id;
    vec![
        ("PUT", "/v1/directory".into(), false, 8 << 20),
        ("PUT", format!("/v1/rosters/{org}"), false, 8 << 20),
        ("PUT", format!("/v1/joins/{org}"), false, 8 << 20),
        ("PUT", format!("/v1/renewals/{org}"), false, 8 << 20),
        ("POST", format!("/v1/rosters/{org}/recovery"), true, 64 << 10),
        ("POST", "/v1/file".into(), true, 8 << 20),
        ("POST", "/v1/push".into(), true, 8 << 20),
        ("PUT", format!("/v1/mailboxes/{mailbox}"), true, 64 << 10),
        ("GET", format!("/v1/mailboxes/{mailbox}"), true, 0),
        ("DELETE", format!("/v1/mailboxes/{mailbox}"), true, 0),
        ("GET", "/v1/feed".into(), true, 0),
        ("GET", format!("/v1/rosters/{org}/part/1"), true, 0),
        ("GET", format!("/v1/joins/{org}"), true, 0),
    ]
}

/// Everything that hostile bodies could have changed.
async fn state(
    world: &World,
    who: As<'_>,
    mailbox: &amana_domain::ids::MailboxId,
) -> impl PartialEq + std::fmt::Debug {
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    (
        info,
        world.feed(who, 0).await.rows,
        world.feed(world.ngo.desk(), 0).await.rows,
        world.read(who, mailbox, 0).await,
        world.get("/v1/directory").await.body,
        world.signed_get(world.ngo.desk(), &format!("/v1/joins/{}", world.ngo.id)).await.body,
    )
}

/// One honest body for each call that takes one, to be cut and spoilt.
async fn honest(world: &World, who: As<'_>, path: &str) -> Vec<u8> {
    let team = &world.ngo;
    match path {
        "/v1/directory" => {
            let next = world.next_directory(&world.root, |body| body.name = "Next".into());
            canonical::to_vec(&DirectoryPut {
                directories: vec![ByteBuf::from(next.to_bytes())],
                claim: None,
            })
        }
        "/v1/file" => canonical::to_vec(&world.filing(who)),
        "/v1/push" => {
            let mailbox = world.mailbox(&[who.principal()]).id;
            canonical::to_vec(&Push { appends: vec![Append(mailbox, world.event(mailbox, 10))] })
        }
        _ if path.ends_with("/recovery") => canonical::to_vec(&team.renewal(world.deployment(), TODAY + 90)),
        _ if path.starts_with("/v1/rosters") => {
            let next = team.next(&team.admin, |head| head.issued_ms += 1);
            canonical::to_vec(&RostersPut { heads: vec![ByteBuf::from(next.to_bytes())], part: None })
        }
        _ if path.starts_with("/v1/renewals") => {
            canonical::to_vec(&team.renewal(world.deployment(), TODAY + 90))
        }
        _ if path.starts_with("/v1/joins") => {
            let key = SigningKey::make(&world.random);
            let invite = team.invite(world.deployment(), &key, Role::Caseworker, TODAY + 1);
            canonical::to_vec(&join(world, team, &invite, &key))
        }
        _ => canonical::to_vec(&MailboxPut {
            create: None,
            list_version: 1,
            readers: vec![Principal::Organisation(world.consulate.id)],
            writers: vec![],
        }),
    }
    .unwrap()
}

#[tokio::test]
async fn garbage_truncated_and_oversized_bodies_change_nothing() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let before = state(&world, phone, &mailbox).await;
    for (method, path, is_signed, largest) in calls(&world, &mailbox.to_string()) {
        let send = async |body: Vec<u8>| {
            if is_signed {
                world.signed(phone, method, &path, body).await
            } else {
                world.send(method, &path, None, body).await
            }
        };
        assert_eq!(send(vec![0; largest + 1]).await.code(), ErrorCode::TooLarge, "{method} {path}");
        if largest == 0 {
            continue;
        }
        let good = honest(&world, phone, &path).await;
        let mut garbage = vec![0; 500];
        world.random.fill(&mut garbage);
        let mut padded = good.clone();
        padded.push(0);
        let bodies = [vec![], garbage, vec![0x9f; 3000], b"{\"json\":1}".to_vec(), padded]
            .into_iter()
            .chain((1..good.len()).step_by(good.len() / 23 + 1).map(|length| good[..length].to_vec()));
        for body in bodies {
            let code = send(body.clone()).await.code();
            assert_eq!(code, ErrorCode::NotCanonical, "{method} {path} {} bytes", body.len());
        }
        // Canonical, but another structure.
        for body in [b"\xa0".to_vec(), b"\x80".to_vec(), b"\x01".to_vec(), b"\xa1\x67appends\x01".to_vec()] {
            assert_eq!(send(body).await.code(), ErrorCode::BadRequest, "{method} {path}");
        }
    }
    assert_eq!(state(&world, phone, &mailbox).await, before);
}

#[tokio::test]
async fn spoilt_bits_answer_and_change_nothing_wrong() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    for (method, path, is_signed, largest) in calls(&world, &mailbox.to_string()) {
        if is_signed || largest == 0 {
            continue;
        }
        let good = honest(&world, phone, &path).await;
        // Public structures are signed: no spoilt bit may pass as a success that stores something.
        for at in (0..good.len()).step_by(good.len() / 300 + 1) {
            let mut spoilt = good.clone();
            spoilt[at] ^= 1 << (at % 8);
            let got = world.send(method, &path, None, spoilt).await;
            assert_ne!(got.status, 200, "{path} byte {at}");
            assert!(ErrorCode::ALL.contains(&got.code()));
        }
        let got = world.send(method, &path, None, good).await;
        assert_eq!(got.status, 200, "{path}");
    }
}

#[tokio::test]
async fn lists_over_their_bounds_are_too_large() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let small = vec![0; 1];
    let push = Push { appends: vec![Append(mailbox, small.clone()); 4097] };
    assert_eq!(world.post(phone, "/v1/push", &push).await.code(), ErrorCode::TooLarge);
    let letters = vec![Letter(world.ngo.id, small.clone()); 4097];
    let file = File { letters, ..File::default() };
    assert_eq!(world.post(phone, "/v1/file", &file).await.code(), ErrorCode::TooLarge);
    let many = (0..17).map(|_| world.mailbox(&[phone.principal()])).collect();
    let file = File { mailboxes: many, ..File::default() };
    assert_eq!(world.post(phone, "/v1/file", &file).await.code(), ErrorCode::TooLarge);
    let mut wide = world.mailbox(&[phone.principal()]);
    wide.readers = vec![phone.principal(); 65];
    assert_eq!(world.put_mailbox(phone, &wide.id, &creation(&wide)).await.code(), ErrorCode::TooLarge);
    let file = File { mailboxes: vec![wide], ..File::default() };
    assert_eq!(world.post(phone, "/v1/file", &file).await.code(), ErrorCode::TooLarge);
    let chain = DirectoryPut { directories: vec![ByteBuf::new(); 257], claim: None };
    assert_eq!(world.put("/v1/directory", &chain).await.code(), ErrorCode::TooLarge);
    let rosters = format!("/v1/rosters/{}", world.ngo.id);
    let chain = RostersPut { heads: vec![ByteBuf::new(); 257], part: None };
    assert_eq!(world.put(&rosters, &chain).await.code(), ErrorCode::TooLarge);
    let chain = RostersPut { heads: vec![], part: Some(ByteBuf::from(vec![0; (6 << 20) + 1])) };
    assert_eq!(world.put(&rosters, &chain).await.code(), ErrorCode::TooLarge);
    let empty = RostersPut::default();
    assert_eq!(world.put(&rosters, &empty).await.ok::<Newest>().version, 1);
}

#[tokio::test]
async fn a_mailbox_id_is_that_of_its_owners() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    world.filed(phone).await;
    let new = world.mailbox(&[phone.principal(), Principal::Organisation(world.ngo.id)]);
    let other = world.mailbox(&[phone.principal()]);
    let mut swapped = creation(&new);
    swapped.create.as_mut().unwrap().owners.reverse();
    for (id, put) in [(&other.id, creation(&new)), (&new.id, swapped)] {
        assert_eq!(world.put_mailbox(phone, id, &put).await.code(), ErrorCode::BadRequest);
    }
    let mut filing = world.filing(phone);
    filing.mailboxes[0].id = other.id;
    assert_eq!(world.post(phone, "/v1/file", &filing).await.code(), ErrorCode::BadRequest);
    version(&world.put_mailbox(phone, &new.id, &creation(&new)).await);
}

#[tokio::test]
async fn bad_envelopes_fail_a_whole_filing() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let good = world.filing(phone);
    let mailbox = good.mailboxes[0].id;
    let letter = world.letter(&world.ngo);
    for (appends, letters) in [
        (vec![Append(mailbox, letter.clone())], good.letters.clone()),
        (vec![Append(mailbox, vec![0; 2047])], good.letters.clone()),
        (good.appends.clone(), vec![Letter(world.ngo.id, world.letter(&world.consulate))]),
        (good.appends.clone(), vec![Letter(world.ngo.id, good.appends[0].1.clone())]),
    ] {
        let file = File { appends, letters, ..good.clone() };
        assert_eq!(world.post(phone, "/v1/file", &file).await.code(), ErrorCode::BadEnvelope);
    }
    let nobody = Team::new(&world.random, world.deployment());
    let file = File { letters: vec![Letter(nobody.id, world.letter(&nobody))], ..good };
    assert_eq!(world.post(phone, "/v1/file", &file).await.code(), ErrorCode::NotPublished);
}

#[tokio::test]
async fn unknown_paths_methods_and_parameters_answer_typed_errors() {
    let world = World::new().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v2/relay"),
        ("POST", "/v1/relay"),
        ("PATCH", "/v1/directory"),
        ("GET", "/v1/push"),
        ("GET", "/v1/rosters"),
        ("OPTIONS", "/v1/feed"),
    ] {
        assert_eq!(
            world.send(method, path, None, vec![]).await.code(),
            ErrorCode::NotFound,
            "{method} {path}"
        );
    }
    for path in [
        "/v1/directory?after=x",
        "/v1/directory?before=1",
        "/v1/rosters/zz",
        "/v1/rosters/%ff",
        "/v1/joins/1",
        "/v1/mailboxes/00",
        "/v1/mailboxes/zz000000000000000000000000000000",
    ] {
        let got = world.signed_get(world.ngo.desk(), path).await;
        assert_eq!(got.code(), ErrorCode::BadRequest, "{path}");
    }
    for path in ["/v1/feed?limit=-1", "/v1/feed?after=1&after=1"] {
        assert_eq!(world.signed_get(world.ngo.desk(), path).await.code(), ErrorCode::BadRequest);
    }
    assert_eq!(world.get("/health").await.body, b"ok");
}

#[tokio::test]
async fn details_are_fixed_words() {
    let world = World::new().await;
    let canary = "canary-8f3a";
    for path in [format!("/v1/rosters/{canary}"), format!("/v1/{canary}"), format!("/v1/feed?{canary}=1")] {
        let got = world.signed_get(world.ngo.desk(), &path).await;
        let error: ErrorBody = got.error();
        assert!(!format!("{error:?}").contains(canary));
        assert!(!String::from_utf8_lossy(&got.body).contains(canary));
    }
}
