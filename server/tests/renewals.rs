//! Devices that ask for more days.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_crypto::SigningKey;
use amana_domain::role::Role;
use amana_protocol::{
    ErrorCode,
    wire::{Done, JoinsAnswer, Newest, Renewal, RostersPut},
};
use common::*;
use serde_bytes::ByteBuf;

async fn waiting(world: &World) -> Vec<Renewal> {
    let path = format!("/v1/joins/{}", world.ngo.id);
    world.signed_get(world.ngo.desk(), &path).await.ok::<JoinsAnswer>().renewals
}

#[tokio::test]
async fn a_renewal_waits_until_a_roster_takes_it_up() {
    let world = World::new().await;
    let team = &world.ngo;
    let path = format!("/v1/renewals/{}", team.id);
    for day in [85, 90, 90] {
        world.put(&path, &team.renewal(world.deployment(), TODAY + day)).await.ok::<Done>();
    }
    assert_eq!(waiting(&world).await, [team.renewal(world.deployment(), TODAY + 90)]);
    // Another team does not see it.
    let stranger = world.signed_get(world.consulate.desk(), &format!("/v1/joins/{}", team.id)).await;
    assert_eq!(stranger.code(), ErrorCode::Unauthorised);
    // As much as it has already is no news.
    world.put(&path, &team.renewal(world.deployment(), TODAY + 80)).await.ok::<Done>();
    assert_eq!(waiting(&world).await.len(), 1);
    let next = team.next(&team.admin, |head| head.devices[0].not_after_day = TODAY + 90);
    let put = RostersPut { heads: vec![ByteBuf::from(next.to_bytes())], part: None };
    world.put(&format!("/v1/rosters/{}", team.id), &put).await.ok::<Newest>();
    assert_eq!(waiting(&world).await, []);
}

#[tokio::test]
async fn a_device_whose_days_are_over_can_still_ask_and_do_nothing_else() {
    let world = World::new().await;
    let team = &world.ngo;
    world.clock.advance(81 * 86_400_000);
    let joins = format!("/v1/joins/{}", team.id);
    assert_eq!(world.signed_get(team.desk(), &joins).await.code(), ErrorCode::CertificateExpired);
    let path = format!("/v1/renewals/{}", team.id);
    world.put(&path, &team.renewal(world.deployment(), TODAY + 81 + 90)).await.ok::<Done>();
    let next = team.next(&team.admin, |head| head.devices[0].not_after_day = TODAY + 171);
    let put = RostersPut { heads: vec![ByteBuf::from(next.to_bytes())], part: None };
    world.put(&format!("/v1/rosters/{}", team.id), &put).await.ok::<Newest>();
    assert_eq!(waiting(&world).await, []);
}

#[tokio::test]
async fn forged_renewals_are_refused() {
    let world = World::new().await;
    let team = &world.ngo;
    let deployment = world.deployment();
    let path = format!("/v1/renewals/{}", team.id);
    let good = team.renewal(deployment, TODAY + 90);
    let stranger = SigningKey::make(&world.random);
    let made = |device: &SigningKey, role, day, by: &SigningKey| Renewal {
        certificate: team.certificate(deployment, device, role, TODAY + day, by).to_bytes(),
        ..good.clone()
    };
    let invalid = [
        made(&team.admin, Role::Admin, 90, &stranger),
        made(&team.admin, Role::Admin, 90, &team.admin),
        made(&team.admin, Role::Admin, 92, &team.invite),
        made(&team.admin, Role::Supervisor, 90, &team.invite),
        Renewal { invite: vec![1], ..good.clone() },
        Renewal { certificate: vec![1], ..good.clone() },
        world.consulate.renewal(deployment, TODAY + 90),
    ];
    for put in &invalid {
        assert_eq!(world.put(&path, put).await.code(), ErrorCode::JoinInvalid, "{put:?}");
    }
    // Rightly certified, but in no roster; listed, but by an invite that was never used.
    let unlisted = made(&stranger, Role::Admin, 90, &team.invite);
    assert_eq!(world.put(&path, &unlisted).await.code(), ErrorCode::DeviceRemoved);
    let invite = team.invite(deployment, &stranger, Role::Admin, TODAY + 7).to_bytes();
    let unused = Renewal { invite, ..made(&team.admin, Role::Admin, 90, &stranger) };
    assert_eq!(world.put(&path, &unused).await.code(), ErrorCode::JoinInvalid);
    assert_eq!(waiting(&world).await, []);
}
