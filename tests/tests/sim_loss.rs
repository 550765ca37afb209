//! A relay that loses everything, or goes back to an old backup.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{CaseView, Delivery, Report};
use amana_domain::role::Role;
use amana_tests::sim::{Device, World, differences, entries, simulate, text};

fn codes(report: &Report) -> Vec<&'static str> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

/// A desk and two phones, each with a case that both sides have written to.
async fn story(seed: u64) -> (World, Device, Vec<Device>) {
    let mut world = World::new(seed).await;
    let mut desk = world.desk("first desk", Role::Admin);
    desk.sync().await.unwrap();
    let mut phones = vec![world.phone(), world.phone()];
    for phone in &mut phones {
        let case = world.file(phone.client(), "what happened").case;
        phone.sync().await.unwrap();
        phone.client().say(case, &text("are you there?")).unwrap();
        phone.client().add(case, &text("and this")).unwrap();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        desk.client().say(case, &text("yes")).unwrap();
        desk.client().note(case, &text("to be called")).unwrap();
        desk.sync().await.unwrap();
        phone.sync().await.unwrap();
    }
    settle(&mut desk, &mut phones).await;
    (world, desk, phones)
}

/// Syncs all, some times over; the codes that were warned of.
async fn settle(desk: &mut Device, phones: &mut [Device]) -> Vec<&'static str> {
    let mut warned = Vec::new();
    for _ in 0..4 {
        for device in phones.iter_mut().chain([&mut *desk]) {
            warned.extend(codes(&device.sync().await.unwrap()));
        }
    }
    warned
}

fn show(device: &mut Device) -> Vec<CaseView> {
    device.client().queue(true).unwrap()
}

/// Both sides agree, everything is there, everything written by a phone has been received.
fn assert_whole(desk: &mut Device, phones: &mut [Device], texts: usize) {
    for phone in phones {
        for view in show(phone) {
            let desk = show(desk).into_iter().find(|other| other.case == view.case).unwrap();
            assert_eq!(differences(&view, &desk), Vec::<String>::new());
            assert_eq!(entries(&view).count(), texts);
            assert!(entries(&view).all(|entry| entry.delivery >= Delivery::Received), "{view:?}");
        }
        assert_eq!(phone.client().verify().unwrap().problems, []);
    }
    assert_eq!(desk.client().verify().unwrap().problems, []);
}

#[test]
fn a_lost_relay_is_filled_again_by_whoever_syncs() {
    simulate(async {
        let (mut world, mut desk, mut phones) = story(1).await;
        let fresh = world.path("fresh");
        world.move_relay(fresh).await;
        // Until the operator has published, nobody believes it.
        assert!(desk.sync().await.is_err());
        world.publish().await.unwrap();
        let warned = settle(&mut desk, &mut phones).await;
        assert!(warned.contains(&"relay_rollback"), "{warned:?}");
        assert_whole(&mut desk, &mut phones, 3);
        // Everything is at the new relay: a desk that joins now reads all of it, the notes included.
        let mut second = world.desk("second desk", Role::Caseworker);
        second.sync().await.unwrap();
        desk.sync().await.unwrap();
        second.sync().await.unwrap();
        let seen = show(&mut second);
        assert_eq!(seen.len(), 2);
        assert!(
            seen.iter()
                .all(|view| view.text.is_some() && view.notes.len() == 1 && entries(view).count() == 4)
        );
    });
}

#[test]
fn the_desk_alone_restores_what_it_holds() {
    simulate(async {
        let (mut world, mut desk, mut phones) = story(2).await;
        let fresh = world.path("fresh");
        world.move_relay(fresh).await;
        world.publish().await.unwrap();
        desk.sync().await.unwrap();
        desk.sync().await.unwrap();
        let mut second = world.desk("second desk", Role::Caseworker);
        second.sync().await.unwrap();
        desk.sync().await.unwrap();
        second.sync().await.unwrap();
        let seen = show(&mut second);
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|view| view.text.is_some() && entries(view).count() == 4), "{seen:?}");
        settle(&mut desk, &mut phones).await;
        assert_whole(&mut desk, &mut phones, 3);
    });
}

#[test]
fn a_phone_alone_restores_its_case_and_the_way_in() {
    simulate(async {
        let (mut world, mut desk, mut phones) = story(3).await;
        let fresh = world.path("fresh");
        world.move_relay(fresh).await;
        world.publish().await.unwrap();
        phones[0].sync().await.unwrap();
        let stored = world.net.stored();
        let (case, held) = {
            let view = &show(&mut phones[0])[0];
            (view.case, phones[0].blobs())
        };
        assert!(held.values().all(|blob| stored.contains(blob)), "the phone holds back events");
        // The roster came from the phone; with it another phone can file at once.
        let mut other = world.phone();
        let late = world.file(other.client(), "late").case;
        let report = other.sync().await.unwrap();
        assert!(!codes(&report).contains(&"organisation_not_ready"));
        assert_eq!(other.client().show(late).unwrap().delivery, Delivery::Sent);
        assert_eq!(phones[0].client().show(case).unwrap().messages.len(), 2);
        phones.push(other);
        settle(&mut desk, &mut phones).await;
        let last = phones.pop().unwrap();
        assert_whole(&mut desk, &mut phones, 3);
        assert_whole(&mut desk, &mut [last], 0);
    });
}

#[test]
fn an_old_backup_is_noticed_and_filled_up() {
    simulate(async {
        let (mut world, mut desk, mut phones) = story(4).await;
        let backup = world.back_up("backup").await;
        for phone in &mut phones {
            let case = show(phone)[0].case;
            phone.client().say(case, &text("after the backup")).unwrap();
            phone.sync().await.unwrap();
        }
        let mut late = world.phone();
        world.file(late.client(), "filed after the backup");
        late.sync().await.unwrap();
        settle(&mut desk, &mut phones).await;
        late.sync().await.unwrap();
        world.move_relay(backup).await;
        world.publish().await.unwrap();
        phones.push(late);
        // Each of those that saw more than the backup holds warns by itself.
        for phone in &mut phones {
            let warned = codes(&phone.sync().await.unwrap());
            assert!(warned.contains(&"relay_rollback") || warned.contains(&"relay_fork"), "{warned:?}");
        }
        let warned = codes(&desk.sync().await.unwrap());
        assert!(warned.contains(&"relay_rollback") || warned.contains(&"relay_fork"), "{warned:?}");
        settle(&mut desk, &mut phones).await;
        let late = phones.pop().unwrap();
        assert_whole(&mut desk, &mut phones, 4);
        assert_whole(&mut desk, &mut [late], 0);
    });
}

#[test]
fn what_was_lost_does_not_count_as_sent() {
    simulate(async {
        let mut world = World::new(5).await;
        let mut desk = world.desk("first desk", Role::Admin);
        desk.sync().await.unwrap();
        let mut phone = world.phone();
        let case = world.file(phone.client(), "text").case;
        phone.sync().await.unwrap();
        assert_eq!(phone.client().show(case).unwrap().delivery, Delivery::Sent);
        let fresh = world.path("fresh");
        world.move_relay(fresh).await;
        world.publish().await.unwrap();
        // The first word of the new relay shows the loss; nothing that follows arrives.
        world.net.set_hook(Some(Box::new(|_, request, _| {
            (request.path == "/v1/file" || request.path == "/v1/push")
                .then(|| amana_client::transport::Response { status: 503, body: vec![] })
        })));
        let _failed = phone.sync().await;
        assert_eq!(phone.client().show(case).unwrap().delivery, Delivery::OnPhone);
        world.net.set_hook(None);
        phone.sync().await.unwrap();
        assert_eq!(phone.client().show(case).unwrap().delivery, Delivery::Sent);
    });
}
