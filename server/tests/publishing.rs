//! Directory, rosters and join requests: what anybody may offer and only the right signatures pass.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_crypto::SigningKey;
use amana_domain::{
    ids::{DeviceId, Hash, OrganisationId, VerifyKey},
    role::Role,
    signed::Signed,
    trust::{
        Directory, DirectoryChain, Organisation, RosterChain, RosterHead, RosterPart, link::fingerprint_of,
    },
};
use amana_protocol::{
    ErrorCode,
    wire::{
        DirectoryAnswer, DirectoryPut, Done, JoinPut, JoinsAnswer, Newest, RelayInfo, RostersAnswer,
        RostersPut,
    },
};
use common::*;
use serde_bytes::ByteBuf;

fn directories(signed: &[&Signed<Directory>], claim: Option<String>) -> DirectoryPut {
    DirectoryPut { directories: signed.iter().map(|d| ByteBuf::from(d.to_bytes())).collect(), claim }
}

fn heads(heads: &[&Signed<RosterHead>]) -> RostersPut {
    RostersPut { heads: heads.iter().map(|head| ByteBuf::from(head.to_bytes())).collect(), part: None }
}

#[tokio::test]
async fn a_fresh_relay_wants_its_claim_code_and_pins_the_root() {
    let world = World::unclaimed(config()).await;
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    assert_eq!((info.claimed, info.directory_version, info.v), (false, 0, vec![1]));
    let first = &world.directories[0];
    let put = |claim: Option<&str>| directories(&[first], claim.map(str::to_owned));
    let path = "/v1/directory";
    assert_eq!(world.put(path, &put(None)).await.code(), ErrorCode::ClaimRequired);
    assert_eq!(world.put(path, &put(Some("0000-0000-0000-0000"))).await.code(), ErrorCode::ClaimWrong);
    let code = world.relay.claim_code().unwrap();
    let empty = DirectoryPut { directories: vec![], claim: Some(code.clone()) };
    assert_eq!(world.put(path, &empty).await.code(), ErrorCode::BadRequest);
    assert_eq!(world.relay.claim_code(), Some(code.clone()), "a failed try does not use it up");

    assert_eq!(world.put(path, &put(Some(&code))).await.ok::<Newest>().version, 1);
    assert_eq!(world.relay.claim_code(), None);
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    assert_eq!((info.claimed, info.directory_version, info.pow_bits), (true, 1, 6));
    // Another deployment cannot take it over, with or without a code.
    let other = World::unclaimed(config()).await;
    let stranger = SigningKey::make(&world.random);
    let foreign = other.next_directory(&stranger, |body| {
        body.version = 1;
        body.prev = None;
    });
    for claim in [None, Some(code)] {
        let got = world.put(path, &directories(&[&foreign], claim)).await;
        assert_ne!(got.status, 200);
    }
    world.publish().await.ok::<Newest>();
}

#[tokio::test]
async fn a_forged_directory_is_refused() {
    let world = World::new().await;
    let stranger = SigningKey::make(&world.random);
    let invalid = [
        world.next_directory(&stranger, |_| {}),
        world.next_directory(&world.root, |body| body.prev = Some(Hash::ZERO)),
        world.next_directory(&world.root, |body| body.version += 1),
        world.next_directory(&world.root, |body| body.relay.key = stranger.verify_key()),
        world.next_directory(&world.root, |body| body.organisations[0].root = stranger.verify_key()),
        world.next_directory(&world.root, |body| body.pow_bits = 33),
    ];
    for directory in &invalid {
        let got = world.put("/v1/directory", &directories(&[directory], None)).await;
        assert_eq!(got.code(), ErrorCode::DirectoryInvalid, "{:?}", directory.body());
    }
    let fork = world.next_directory(&world.root, |body| {
        body.version = 1;
        body.prev = None;
        body.name = "Another".into();
    });
    let error = world.put("/v1/directory", &directories(&[&fork], None)).await.error();
    assert_eq!((error.code, error.version), (ErrorCode::DirectoryRollback, Some(1)));
    let rubbish = DirectoryPut { directories: vec![ByteBuf::from(vec![0xff; 9])], claim: None };
    assert_eq!(world.put("/v1/directory", &rubbish).await.code(), ErrorCode::DirectoryInvalid);
    let nothing: RelayInfo = world.get("/v1/relay").await.ok();
    assert_eq!(nothing.directory_version, 1);
}

#[tokio::test]
async fn the_announced_root_takes_over_and_readers_can_follow() {
    let mut world = World::new().await;
    let second = world.next_directory(&world.next_root, |body| body.name = "Renamed".into());
    assert_eq!(world.put("/v1/directory", &directories(&[&second], None)).await.ok::<Newest>().version, 2);
    world.directories.push(second);
    // Having been a root once does not make the old one a root again.
    let back = world.next_directory(&world.root, |_| {});
    assert_eq!(
        world.put("/v1/directory", &directories(&[&back], None)).await.code(),
        ErrorCode::DirectoryInvalid
    );
    let answer: DirectoryAnswer = world.get("/v1/directory?after=0").await.ok();
    let mut chain = DirectoryChain::pinned(fingerprint_of(&world.root.verify_key()));
    for directory in &answer.directories {
        chain.extend(directory, &amana_crypto::StrictVerifier).unwrap();
    }
    assert_eq!(chain.version(), 2);
    assert_eq!(answer.rosters.len(), 2);
    let answer: DirectoryAnswer = world.get("/v1/directory?after=1").await.ok();
    assert_eq!(answer.directories.len(), 1);
    assert_eq!(world.get("/v1/directory?after=7").await.ok::<DirectoryAnswer>().directories.len(), 0);
    world.restart(config()).await;
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    assert_eq!((info.claimed, info.directory_version), (true, 2));
}

#[tokio::test]
async fn only_an_admin_of_the_roster_before_signs_the_next() {
    let world = World::new().await;
    let team = &world.ngo;
    let path = format!("/v1/rosters/{}", team.id);
    let caseworker = SigningKey::make(&world.random);
    let mut ngo = Team { rosters: team.rosters.clone(), ..Team::new(&world.random, world.deployment()) };
    let second = ngo.next(&team.admin, |head| add_device(head, &caseworker, Role::Caseworker, TODAY + 5));
    assert_eq!(world.put(&path, &heads(&[&second])).await.ok::<Newest>().version, 2);
    assert_eq!(world.put(&path, &heads(&[&second])).await.ok::<Newest>().version, 2, "a repeat");
    ngo.rosters.push(second);

    let stranger = SigningKey::make(&world.random);
    let forged = [
        ngo.next(&caseworker, |_| {}),
        ngo.next(&stranger, |_| {}),
        ngo.next(&stranger, |head| add_device(head, &stranger, Role::Admin, TODAY + 5)),
        ngo.next(&team.admin, |head| head.devices.clear()),
        ngo.next(&team.admin, |head| head.invites.clear()),
        ngo.next(&team.admin, |head| head.clearance.need.generation += 1),
        ngo.next(&team.admin, |head| head.organisation = world.consulate.id),
        ngo.next(&team.admin, |head| head.founding = team.rosters[0].body().founding.clone()),
        ngo.next(&team.admin, |head| add_device(head, &stranger, Role::Officer, TODAY + 92)),
    ];
    for head in &forged {
        let got = world.put(&path, &heads(&[head])).await;
        assert_eq!(got.code(), ErrorCode::RosterInvalid, "{:?}", head.body());
    }
    let rubbish = RostersPut { heads: vec![ByteBuf::from(vec![7; 50])], part: None };
    assert_eq!(world.put(&path, &rubbish).await.code(), ErrorCode::RosterInvalid);
    assert_eq!(world.get(&path).await.ok::<RostersAnswer>().heads.len(), 2);
}

#[tokio::test]
async fn a_fork_is_refused_however_long_it_is() {
    let world = World::new().await;
    let path = format!("/v1/rosters/{}", world.ngo.id);
    let admin = &world.ngo.admin;
    let mut true_chain =
        Team { rosters: world.ngo.rosters.clone(), ..Team::new(&world.random, world.deployment()) };
    let successor = SigningKey::make(&world.random);
    let second = true_chain.next(admin, |head| {
        add_device(head, &successor, Role::Admin, TODAY + 5);
        let removed = DeviceId::from_key(&admin.verify_key());
        head.devices.retain(|entry| entry.device != removed);
    });
    world.put(&path, &heads(&[&second])).await.ok::<Newest>();
    true_chain.rosters.push(second);

    // The removed admin signs a longer chain from the roster in which he still was one.
    let mut fork =
        Team { rosters: world.ngo.rosters.clone(), ..Team::new(&world.random, world.deployment()) };
    for _ in 0..3 {
        let next = fork.next(admin, |head| head.issued_ms += 1);
        fork.rosters.push(next);
    }
    for offered in [&fork.rosters[..], &fork.rosters[1..], &fork.rosters[1..2], &fork.rosters[2..]] {
        let error = world.put(&path, &heads(&offered.iter().collect::<Vec<_>>())).await.error();
        assert_eq!((error.code, error.version), (ErrorCode::RosterConflict, Some(2)));
    }
    assert_eq!(world.signed_get(world.ngo.desk(), "/v1/feed").await.code(), ErrorCode::DeviceRemoved);
    // Who continues from an old roster lost a race and learns the number.
    let third = true_chain.next(&successor, |_| {});
    let late = true_chain.next(&successor, |head| head.prev = Some(Hash::ZERO));
    assert_eq!(world.put(&path, &heads(&[&late])).await.code(), ErrorCode::RosterConflict);
    assert_eq!(world.put(&path, &heads(&[&third])).await.ok::<Newest>().version, 3);
}

#[tokio::test]
async fn whole_chains_are_read_back_and_verify() {
    let mut world = World::new().await;
    let path = format!("/v1/rosters/{}", world.ngo.id);
    for _ in 0..3 {
        let next = world.ngo.next(&world.ngo.admin, |head| head.issued_ms += 1);
        world.ngo.rosters.push(next);
    }
    world.put(&path, &heads(&world.ngo.rosters.iter().collect::<Vec<_>>())).await.ok::<Newest>();
    world.restart(config()).await;
    let answer: RostersAnswer = world.get(&path).await.ok();
    let mut chain = RosterChain::new(world.deployment(), world.ngo.id);
    for head in &answer.heads {
        chain.extend(head, &amana_crypto::StrictVerifier).unwrap();
    }
    assert_eq!(chain.number(), 4);
    assert_eq!(world.get(&format!("{path}?after=3")).await.ok::<RostersAnswer>().heads.len(), 1);
}

#[tokio::test]
async fn the_part_is_the_one_that_the_head_names() {
    let world = World::new().await;
    let team = &world.ngo;
    let path = format!("/v1/rosters/{}", team.id);
    let part = RosterPart { recovery: vec![ByteBuf::from(vec![1])], ..RosterPart::default() };
    let part = amana_domain::canonical::to_vec(&part).unwrap();
    let second = team.next(&team.admin, |head| head.part = Hash::of(&part));
    let wrong = RostersPut { part: Some(ByteBuf::from(team.part.clone())), ..heads(&[&second]) };
    assert_eq!(world.put(&path, &wrong).await.code(), ErrorCode::RosterInvalid);
    // The head may come first, the part with the same head later.
    world.put(&path, &heads(&[&second])).await.ok::<Newest>();
    let read = format!("{path}/part/2");
    assert_eq!(world.signed_get(team.desk(), &read).await.code(), ErrorCode::NotFound);
    let late = RostersPut { part: Some(ByteBuf::from(part.clone())), ..heads(&[&second]) };
    world.put(&path, &late).await.ok::<Newest>();
    let got = world.signed_get(team.desk(), &read).await;
    assert_eq!((got.status, got.body), (200, part));
    assert_eq!(world.signed_get(team.desk(), &format!("{path}/part/1")).await.body, team.part);
}

#[tokio::test]
async fn organisations_outside_the_directory_are_not_published() {
    let world = World::new().await;
    let stranger = Team::new(&world.random, world.deployment());
    let path = format!("/v1/rosters/{}", stranger.id);
    assert_eq!(world.put(&path, &heads(&[&stranger.rosters[0]])).await.code(), ErrorCode::NotPublished);
    assert_eq!(world.get(&path).await.code(), ErrorCode::NotPublished);
    let other = &world.consulate.rosters[0];
    let mixed = world.put(&format!("/v1/rosters/{}", world.ngo.id), &heads(&[other])).await;
    assert_eq!(mixed.code(), ErrorCode::RosterInvalid);
    let unpublished = World::unclaimed(config()).await;
    assert_eq!(
        unpublished.get(&format!("/v1/rosters/{}", unpublished.ngo.id)).await.code(),
        ErrorCode::NotPublished
    );
}

#[tokio::test]
async fn a_join_request_waits_until_its_invite_is_used() {
    let world = World::new().await;
    let team = &world.ngo;
    let path = format!("/v1/joins/{}", team.id);
    let key = SigningKey::make(&world.random);
    let invite = team.invite(world.deployment(), &key, Role::Caseworker, TODAY + 1);
    let request = join(&world, team, &invite, &key);
    world.put(&path, &request).await.ok::<Done>();
    world.put(&path, &request).await.ok::<Done>();
    let other = join(&world, team, &invite, &key);
    assert_eq!(world.put(&path, &other).await.code(), ErrorCode::InviteUsed);
    let waiting: JoinsAnswer = world.signed_get(team.desk(), &path).await.ok();
    assert_eq!(waiting.requests.len(), 1);
    assert_eq!((waiting.requests[0].invite, &waiting.requests[0].request), (invite.hash(), &request.request));

    let next = team.next(&team.admin, |head| head.invites.push(invite.hash()));
    world.put(&format!("/v1/rosters/{}", team.id), &heads(&[&next])).await.ok::<Newest>();
    let waiting: JoinsAnswer = world.signed_get(team.desk(), &path).await.ok();
    assert_eq!(waiting.requests, []);
    assert_eq!(world.put(&path, &request).await.code(), ErrorCode::InviteUsed);
}

#[tokio::test]
async fn a_forged_join_request_is_refused() {
    let world = World::new().await;
    let team = &world.ngo;
    let path = format!("/v1/joins/{}", team.id);
    let (key, stranger) = (SigningKey::make(&world.random), SigningKey::make(&world.random));
    let invite = team.invite(world.deployment(), &key, Role::Caseworker, TODAY + 1);
    let good = join(&world, team, &invite, &key);
    let foreign = world.consulate.invite(world.deployment(), &key, Role::Caseworker, TODAY + 1);
    let mut self_made = invite.body().clone();
    self_made.role = Role::Admin;
    let invalid = [
        JoinPut { request: world.letter(team), ..good.clone() },
        JoinPut { invite: foreign.to_bytes(), ..good.clone() },
        JoinPut { invite: signed(self_made, &stranger).to_bytes(), ..good.clone() },
        JoinPut { invite: vec![1], ..good.clone() },
        JoinPut { proof: vec![1], ..good.clone() },
        join(&world, team, &invite, &stranger),
        JoinPut { proof: join(&world, &world.consulate, &invite, &key).proof, ..good.clone() },
    ];
    for put in &invalid {
        assert_eq!(world.put(&path, put).await.code(), ErrorCode::JoinInvalid);
    }
    // Proven, but no letter to this intake.
    for request in [vec![0; 2048], world.event(team.id.intake(), 5), world.letter(&world.consulate)] {
        let proof = amana_protocol::wire::JoinProof {
            deployment: world.deployment(),
            organisation: team.id,
            request: Hash::of(&request),
        };
        let put = JoinPut { proof: signed(proof, &key).to_bytes(), request, ..good.clone() };
        assert_eq!(world.put(&path, &put).await.code(), ErrorCode::BadEnvelope);
    }
    let large = JoinPut { request: vec![0; 65 << 10], ..good.clone() };
    assert_eq!(world.put(&path, &large).await.code(), ErrorCode::TooLarge);
    let nobody = OrganisationId::from_root(&VerifyKey::from_bytes([1; 32]));
    assert_eq!(world.put(&format!("/v1/joins/{nobody}"), &good).await.code(), ErrorCode::NotPublished);
    world.clock.advance(2 * 86_400_000);
    assert_eq!(world.put(&path, &good).await.code(), ErrorCode::InviteExpired);
    assert_eq!(world.signed_get(team.desk(), &path).await.ok::<JoinsAnswer>().requests, []);
}

/// Offers the next directory, with another entry of the first organisation.
async fn publish(world: &mut World, change: impl FnOnce(&mut Organisation)) -> Got {
    let next = world.next_directory(&world.root, |body| change(&mut body.organisations[0]));
    let got = world.put("/v1/directory", &directories(&[&next], None)).await;
    if got.status == 200 {
        world.directories.push(next);
    }
    got
}

#[tokio::test]
async fn only_the_present_root_of_an_organisation_invites() {
    let mut world = World::new().await;
    let second = SigningKey::make(&world.random);
    let founding = world.ngo.rosters[0].hash();
    let unannounced = publish(&mut world, |entry| entry.root = second.verify_key()).await;
    assert_eq!(unannounced.code(), ErrorCode::DirectoryInvalid);
    let announced = Some(Hash::of(second.verify_key().as_bytes()));
    publish(&mut world, |entry| entry.next_root = announced).await.ok::<Newest>();
    // A directory that names another founding than the team's is refused, and so is a change that names none.
    for named in [Some(Hash::ZERO), None] {
        let other = publish(&mut world, |entry| {
            (entry.root, entry.next_root, entry.founding) = (second.verify_key(), None, named);
        });
        assert_eq!(other.await.code(), ErrorCode::DirectoryInvalid);
    }
    let key = SigningKey::make(&world.random);
    let path = format!("/v1/joins/{}", world.ngo.id);
    let ask = |world: &World| {
        let invite = world.ngo.invite(world.deployment(), &key, Role::Caseworker, TODAY + 1);
        join(world, &world.ngo, &invite, &key)
    };
    let (old, announced) = (ask(&world), second.verify_key());
    let first_root = std::mem::replace(&mut world.ngo.root, second);
    let new = ask(&world);
    assert_eq!(world.put(&path, &new).await.code(), ErrorCode::JoinInvalid, "not in force yet");
    publish(&mut world, |entry| {
        (entry.root, entry.next_root, entry.founding) = (announced, None, Some(founding));
    })
    .await
    .ok::<Newest>();
    assert_eq!(world.put(&path, &old).await.code(), ErrorCode::JoinInvalid, "not in force any more");
    world.put(&path, &new).await.ok::<Done>();
    let back = publish(&mut world, |entry| entry.root = first_root.verify_key()).await;
    assert_eq!(back.code(), ErrorCode::DirectoryInvalid);
    // The team goes on, also after a restart; on an empty relay only the true founding is taken.
    world.restart(config()).await;
    assert_eq!(world.signed_get(world.ngo.desk(), "/v1/feed").await.status, 200);
    let next = world.ngo.next(&world.ngo.admin, |head| head.issued_ms += 1);
    let rosters = format!("/v1/rosters/{}", world.ngo.id);
    world.put(&rosters, &heads(&[&next])).await.ok::<Newest>();
}

#[tokio::test]
async fn a_relay_that_is_left_tells_the_way_and_a_fresh_one_takes_no_other_relays_directory() {
    let world = World::new().await;
    let other = SigningKey::make(&world.random);
    let moved = world.next_directory(&world.root, |body| {
        body.relay.key = other.verify_key();
        body.relay.url = "https://new.example".parse().unwrap();
    });
    world.put("/v1/directory", &directories(&[&moved], None)).await.ok::<Newest>();
    let answer: DirectoryAnswer = world.get("/v1/directory?after=1").await.ok();
    assert_eq!(answer.directories, [ByteBuf::from(moved.to_bytes())]);
    let fresh = World::unclaimed(config()).await;
    let put = DirectoryPut {
        directories: [&fresh.directories[0], &moved].map(|d| ByteBuf::from(d.to_bytes())).to_vec(),
        claim: fresh.relay.claim_code(),
    };
    assert_eq!(fresh.put("/v1/directory", &put).await.code(), ErrorCode::DirectoryInvalid);
}
