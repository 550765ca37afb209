//! Cases that staff enter for people without a phone.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{ClientError, Delivery, ops::FileRequest};
use amana_crypto::{LogKey, envelope};
use amana_domain::{
    codes::CaseKind,
    event::{AuthenticEvent, EventKind, Facts},
    ids::CaseId,
    lifecycle::case::CaseStatus,
    role::{LogKind, Role},
};
use amana_tests::sim::{Device, World, settle, simulate, text};
use amana_vault::VaultError;

const DESKS: [(&str, Role); 3] =
    [("first", Role::Admin), ("second", Role::Caseworker), ("third", Role::Caseworker)];

fn request(world: &World) -> FileRequest {
    FileRequest {
        to: world.organisation,
        kind: CaseKind::Assistance,
        text: text("locked in a house, told us through the wall"),
        grievances: vec![],
        situations: vec![],
        facts: Facts::default(),
        safe_contact: None,
        name: Some("Lakshmi".parse().unwrap()),
    }
}

/// How many case keys a vault holds: of the person, and with everything that a phone has.
fn keys(desk: &mut Device, case: CaseId) -> (bool, bool) {
    desk.with_vault(|vault| {
        vault
            .read(|tx| {
                let whole = tx.case(case)?.unwrap().keys.is_some();
                Ok::<_, VaultError>((tx.proxy(case)?.is_some(), whole))
            })
            .unwrap()
    })
}

#[test]
fn a_case_of_somebody_without_a_phone_belongs_to_the_team_not_to_one_desk() {
    simulate(async {
        let mut world = World::with_three(1).await;
        let (own, shelter) = (world.organisation, world.organisations[2]);
        let mut team = world.team(own, &DESKS).await;
        let mut other = world.team(shelter, &DESKS[..1]).await;
        let wrong = FileRequest { to: shelter, ..request(&world) };
        assert!(matches!(team[1].client().enter_case(wrong, None), Err(ClientError::NotAllowed)));
        let mut phone = world.phone();
        assert!(matches!(phone.client().enter_case(request(&world), None), Err(ClientError::Forbidden)));
        assert!(matches!(team[1].client().file(request(&world)), Err(ClientError::Forbidden)));
        // Offline, durable at once.
        let number = team[1].number;
        world.net.cut_off(number, u64::MAX);
        let filed = team[1]
            .client()
            .enter_case(request(&world), Some(&text("called us, no phone of her own")))
            .unwrap();
        let case = filed.case;
        team[1].reopen();
        let view = team[1].client().show(case).unwrap();
        assert_eq!((view.delivery, view.name.as_deref()), (Delivery::OnPhone, Some("Lakshmi")));
        world.net.heal();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        let device = team[1].client().desk().unwrap().device();
        for desk in &mut team {
            let view = desk.client().show(case).unwrap();
            assert_eq!(view.entered_by, Some(device));
            assert_eq!(view.text.as_deref(), Some("locked in a house, told us through the wall"));
            assert_eq!(view.name.as_deref(), Some("Lakshmi"));
            assert_eq!(view.notes[0].text, "called us, no phone of her own");
            assert_eq!(view.status, CaseStatus::Received);
            assert!(view.delivery >= Delivery::Received);
            // The key that signs for her, and none to read with.
            assert_eq!(keys(desk, case), (true, false));
        }
        // What is said to her goes to the relay and never further: nobody's phone is involved.
        let said = team[0].client().say(case, &text("we are coming")).unwrap();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        let view = team[0].client().show(case).unwrap();
        let message = view.messages.iter().find(|entry| entry.id == said).unwrap();
        assert_eq!(message.delivery, Delivery::Sent);
        // The desk that entered it is gone; another one records what she says.
        let logs = [LogKind::Narrative];
        let alone = team[2].client().consent(case, shelter, &logs, "a bed", None);
        assert!(matches!(alone, Err(ClientError::Forbidden)));
        let heard = text("said yes on the line, translated by Rita");
        team[2]
            .client()
            .record_spoken(case, &heard, |client| client.consent(case, shelter, &logs, "a bed", None))
            .unwrap();
        team[2]
            .client()
            .record_spoken(case, &heard, |client| client.add(case, &text("the door is open at noon")))
            .unwrap();
        let mut all: Vec<&mut Device> = vec![];
        let (first, rest) = team.split_at_mut(1);
        all.push(&mut first[0]);
        all.push(&mut rest[1]);
        all.extend(other.iter_mut());
        settle(&mut all).await;
        let view = team[0].client().show(case).unwrap();
        assert_eq!(view.consents.len(), 1);
        assert_eq!(view.consents[0].state, "granted");
        assert_eq!(view.additions[0].author_role, "migrant");
        assert_eq!(
            view.notes.iter().filter(|note| note.text == "said yes on the line, translated by Rita").count(),
            2
        );
        // The shelter reads what she allowed.
        let theirs = other[0].client().show(case).unwrap();
        assert_eq!(theirs.text.as_deref(), Some("locked in a house, told us through the wall"));
        // And takes it back.
        team[2]
            .client()
            .record_spoken(case, &text("changed her mind"), |client| client.withdraw_consent(case, shelter))
            .unwrap();
        settle(&mut team.iter_mut().chain(other.iter_mut()).collect::<Vec<_>>()).await;
        assert_eq!(team[0].client().show(case).unwrap().consents[0].state, "withdrawn");
        for desk in team.iter_mut().chain(&mut other) {
            assert_eq!(desk.client().verify().unwrap().problems, []);
        }
    });
}

#[test]
fn nobody_speaks_for_a_person_who_has_a_phone() {
    simulate(async {
        let mut world = World::new(2).await;
        let own = world.organisation;
        let mut team = world.team(own, &DESKS[..2]).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "my own words").case;
        phone.sync().await.unwrap();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        let refused = team[0]
            .client()
            .record_spoken(case, &text("she said"), |client| client.add(case, &text("words")));
        assert!(matches!(refused, Err(ClientError::Forbidden)));
        assert!(matches!(team[0].client().withdraw(case), Err(ClientError::Forbidden)));
    });
}

#[test]
fn an_entered_case_outlives_the_relay() {
    simulate(async {
        let mut world = World::new(3).await;
        let own = world.organisation;
        let mut team = world.team(own, &DESKS[..2]).await;
        let case = team[1].client().enter_case(request(&world), None).unwrap().case;
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        world.move_relay(world.path("fresh")).await;
        world.publish().await.unwrap();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        // A desk that joins now has it all, and the key to speak with.
        let mut late = world.desk("late", Role::Caseworker);
        settle(&mut team.iter_mut().chain([&mut late]).collect::<Vec<_>>()).await;
        let view = late.client().show(case).unwrap();
        assert_eq!(view.text.as_deref(), Some("locked in a house, told us through the wall"));
        assert_eq!(view.name.as_deref(), Some("Lakshmi"));
        assert_eq!(keys(&mut late, case), (true, false));
    });
}

#[test]
fn who_left_the_team_keeps_no_way_into_a_case_that_it_entered() {
    simulate(async {
        let mut world = World::new(4).await;
        let own = world.organisation;
        let mut team = world.team(own, &DESKS).await;
        let case = team[1].client().enter_case(request(&world), None).unwrap().case;
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        team[0].client().remove_desk("second").unwrap();
        team[0].sync().await.unwrap();
        assert!(matches!(team[1].sync().await, Err(ClientError::DeviceRemoved)));
        let (first, rest) = team.split_at_mut(1);
        settle(&mut [&mut first[0], &mut rest[1]]).await;
        first[0].client().say(case, &text("written after she left")).unwrap();
        settle(&mut [&mut first[0], &mut rest[1]]).await;
        // The relay hands the leaver everything; none of her keys opens what was written since. The case key that she
        // still has unwraps nothing.
        let (log, envelopes) = first[0].with_vault(|vault| {
            vault
                .read(|tx| {
                    let logs = tx.logs_of(case)?;
                    let log = logs.into_iter().find(|log| log.log.kind == LogKind::Talk).unwrap().log;
                    let keys = tx.log_keys(log.log)?;
                    let mut envelopes = Vec::new();
                    for row in tx.events(log.log)? {
                        let (event, ..) = AuthenticEvent::split(&row.content).unwrap();
                        let (_, key) = keys.iter().find(|(epoch, _)| *epoch == event.epoch()).unwrap();
                        let key = LogKey::from_bytes(**key);
                        let sealed = envelope::seal_event(&key, log.mailbox, row.id, &row.content).unwrap();
                        envelopes.push((event.kind, sealed));
                    }
                    Ok::<_, VaultError>((log, envelopes))
                })
                .unwrap()
        });
        let hers: Vec<LogKey> = rest[0].with_vault(|vault| {
            vault
                .read(|tx| {
                    assert!(tx.proxy(case)?.is_some() && tx.case(case)?.unwrap().keys.is_none());
                    let keys = tx.log_keys(log.log)?;
                    Ok::<_, VaultError>(keys.into_iter().map(|(_, key)| LogKey::from_bytes(*key)).collect())
                })
                .unwrap()
        });
        let opens = |kind: EventKind| {
            let of_kind = envelopes.iter().filter(|(found, _)| *found == kind);
            of_kind.filter(|(_, sealed)| envelope::open_event(sealed, log.mailbox, &hers).is_ok()).count()
        };
        assert_eq!((opens(EventKind::Genesis), opens(EventKind::Message)), (1, 0));
    });
}
