//! A case that two organisations share: access lists, keys and a lost relay.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_domain::{
    ids::{CaseId, OrganisationId},
    role::{LogKind, Role},
};
use amana_tests::sim::{Device, World, settle, simulate, text};

/// A helpline with two desks, a shelter with one, a phone, and a case that the shelter reads part of.
struct Shared {
    world: World,
    desks: Vec<Device>,
    shelter: Device,
    phone: Device,
    case: CaseId,
    shelter_id: OrganisationId,
}

impl Shared {
    async fn new(seed: u64) -> Self {
        let mut world = World::with_three(seed).await;
        let (helpline, shelter_id) = (world.organisations[0], world.organisations[2]);
        let desks = world.team(helpline, &[("admin", Role::Admin), ("caseworker", Role::Caseworker)]).await;
        let shelter = world.team(shelter_id, &[("warden", Role::Admin)]).await.pop().unwrap();
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        let mut shared = Self { world, desks, shelter, phone, case, shelter_id };
        shared.settle().await;
        let logs = [LogKind::Talk, LogKind::Narrative];
        shared.desks[0].client().refer(case, shelter_id, &logs, "a bed", None).unwrap();
        shared.settle().await;
        shared.phone.client().consent(case, shelter_id, &logs, "a bed", None).unwrap();
        shared.settle().await;
        shared.shelter.client().accept(case).unwrap();
        shared.settle().await;
        shared
    }

    async fn settle(&mut self) {
        let mut all: Vec<&mut Device> = self.desks.iter_mut().collect();
        all.push(&mut self.shelter);
        all.push(&mut self.phone);
        settle(&mut all).await;
    }
}

fn heard(device: &mut Device, case: CaseId) -> Vec<String> {
    device.client().show(case).unwrap().messages.into_iter().map(|entry| entry.text).collect()
}

fn sound(device: &mut Device) {
    assert_eq!(device.client().verify().unwrap().problems, [], "{}", device.name);
}

#[test]
fn three_sides_talk_and_a_withdrawal_ends_it_for_one() {
    simulate(async {
        let mut shared = Shared::new(910).await;
        let case = shared.case;
        shared.shelter.client().say(case, &text("we have a bed")).unwrap();
        shared.settle().await;
        shared.phone.client().say(case, &text("thank you")).unwrap();
        shared.settle().await;
        let said = ["we have a bed", "thank you"];
        for device in shared.desks.iter_mut().chain([&mut shared.shelter, &mut shared.phone]) {
            assert_eq!(heard(device, case), said, "{}", device.name);
        }
        assert_eq!(shared.phone.client().show(case).unwrap().referrals[0].state.to_string(), "accepted");
        // Offline, she takes it back; the shelter writes on without knowing.
        shared.phone.client().withdraw_consent(case, shared.shelter_id).unwrap();
        shared.phone.client().say(case, &text("not for the shelter")).unwrap();
        shared.shelter.client().say(case, &text("are you coming?")).unwrap();
        shared.shelter.sync().await.unwrap();
        shared.settle().await;
        shared.desks[1].client().say(case, &text("nor this")).unwrap();
        shared.settle().await;
        let theirs = heard(&mut shared.shelter, case);
        assert!(
            !theirs.contains(&"not for the shelter".to_owned()) && !theirs.contains(&"nor this".to_owned())
        );
        let ours = heard(&mut shared.desks[0], case);
        assert_eq!(ours, heard(&mut shared.phone, case));
        assert!(ours.contains(&"nor this".to_owned()));
        let view = shared.desks[0].client().show(case).unwrap();
        assert_eq!(view.exposed, [], "keys were new before anything was said");
        assert_eq!(view.referrals[0].state.to_string(), "revoked");
        shared.shelter.sync().await.unwrap();
        for device in shared.desks.iter_mut().chain([&mut shared.shelter, &mut shared.phone]) {
            sound(device);
        }
    });
}

#[test]
fn a_lost_relay_gets_back_who_may_read_what() {
    simulate(async {
        let mut shared = Shared::new(911).await;
        let case = shared.case;
        shared.shelter.client().note(case, &text("bed 4")).unwrap();
        shared.settle().await;
        let fresh = shared.world.path("fresh relay");
        shared.world.move_relay(fresh).await;
        shared.world.publish().await.unwrap();
        // The shelter comes first: nothing of its own making is there yet.
        let _ = shared.shelter.sync().await;
        for device in [&mut shared.phone, &mut shared.desks[0], &mut shared.shelter] {
            let _ = device.sync().await;
        }
        shared.settle().await;
        shared.phone.client().say(case, &text("still here")).unwrap();
        shared.settle().await;
        shared.shelter.client().say(case, &text("so are we")).unwrap();
        shared.settle().await;
        for device in shared.desks.iter_mut().chain([&mut shared.shelter, &mut shared.phone]) {
            assert_eq!(heard(device, case), ["still here", "so are we"], "{}", device.name);
            sound(device);
        }
        // And a withdrawal still shuts the door.
        shared.phone.client().withdraw_consent(case, shared.shelter_id).unwrap();
        shared.settle().await;
        shared.phone.client().say(case, &text("between us")).unwrap();
        shared.settle().await;
        assert!(!heard(&mut shared.shelter, case).contains(&"between us".to_owned()));
        assert!(heard(&mut shared.desks[1], case).contains(&"between us".to_owned()));
    });
}

#[test]
fn coming_back_after_a_withdrawal_takes_a_new_consent() {
    simulate(async {
        let mut shared = Shared::new(912).await;
        let (case, shelter) = (shared.case, shared.shelter_id);
        shared.phone.client().withdraw_consent(case, shelter).unwrap();
        shared.settle().await;
        shared.phone.client().say(case, &text("in between")).unwrap();
        shared.settle().await;
        shared.phone.client().consent(case, shelter, &[LogKind::Talk], "a bed after all", None).unwrap();
        shared.settle().await;
        shared.phone.client().say(case, &text("welcome back")).unwrap();
        shared.phone.client().add(case, &text("not for them")).unwrap();
        shared.settle().await;
        let view = shared.shelter.client().show(case).unwrap();
        assert!(view.messages.iter().any(|entry| entry.text == "welcome back"));
        assert!(!view.additions.iter().any(|entry| entry.text == "not for them"), "only talk this time");
        let desk = shared.desks[0].client().show(case).unwrap();
        assert!(desk.additions.iter().any(|entry| entry.text == "not for them"));
        assert_eq!(desk.exposed, []);
    });
}
