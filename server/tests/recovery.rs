//! Who may read a team's part without being in its roster.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_crypto::SigningKey;
use amana_domain::role::Role;
use amana_protocol::{
    ErrorCode,
    wire::{Newest, RecoveryAnswer, Renewal, RostersPut},
};
use common::*;
use serde_bytes::ByteBuf;

#[tokio::test]
async fn a_part_is_for_an_unused_admin_invite_of_the_present_root() {
    let world = World::new().await;
    let team = &world.ngo;
    let deployment = world.deployment();
    let path = format!("/v1/rosters/{}/recovery", team.id);
    let [device, key, stranger] = std::array::from_fn(|_| SigningKey::make(&world.random));
    let proofs = |team: &Team, role, expires, by: &SigningKey| Renewal {
        invite: team.invite(deployment, &key, role, expires).to_bytes(),
        certificate: team.certificate(deployment, &device, role, TODAY + 80, by).to_bytes(),
    };
    let good = proofs(team, Role::Admin, TODAY + 1, &key);
    let answer: RecoveryAnswer = world.post(As(&device, None), &path, &good).await.ok();
    assert_eq!((answer.n, answer.part.as_slice()), (1, team.part.as_slice()));

    // Somebody who has seen the proofs, and a device that claims to speak for the team.
    assert_eq!(world.post(As(&stranger, None), &path, &good).await.code(), ErrorCode::JoinInvalid);
    let claims = world.post(As(&device, Some(team.id)), &path, &good).await;
    assert_eq!(claims.code(), ErrorCode::DeviceRemoved);
    let refused = [
        (proofs(team, Role::Supervisor, TODAY + 1, &key), ErrorCode::JoinInvalid),
        (proofs(team, Role::Admin, TODAY + 1, &stranger), ErrorCode::JoinInvalid),
        (proofs(team, Role::Admin, TODAY - 1, &key), ErrorCode::InviteExpired),
        (proofs(&world.consulate, Role::Admin, TODAY + 1, &key), ErrorCode::JoinInvalid),
        (Renewal { invite: vec![1], ..good.clone() }, ErrorCode::JoinInvalid),
        (Renewal { certificate: vec![], ..good.clone() }, ErrorCode::JoinInvalid),
    ];
    for (proofs, code) in &refused {
        assert_eq!(world.post(As(&device, None), &path, proofs).await.code(), *code);
    }
    let invite = team.invite(deployment, &key, Role::Admin, TODAY + 1);
    let next = team.next(&team.admin, |head| head.invites.push(invite.hash()));
    let put = RostersPut { heads: vec![ByteBuf::from(next.to_bytes())], part: None };
    world.put(&format!("/v1/rosters/{}", team.id), &put).await.ok::<Newest>();
    assert_eq!(world.post(As(&device, None), &path, &good).await.code(), ErrorCode::InviteUsed);
}
