//! New keys of a log: somebody stands aside, desks begin epochs at the same time, phones write late.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::ClientError;
use amana_domain::{
    event::Body,
    ids::CaseId,
    person::{Person, PersonRole},
    role::{LogKind, Role},
};
use amana_tests::sim::{Device, HOUR_MS, World, settle, simulate, text};

/// A team of three that knows one case.
struct Team {
    world: World,
    admin: Device,
    supervisor: Device,
    caseworker: Device,
    phone: Device,
    case: CaseId,
}

async fn team(seed: u64) -> Team {
    let mut world = World::new(seed).await;
    let mut admin = world.desk("admin", Role::Admin);
    admin.sync().await.unwrap();
    let mut supervisor = world.desk("supervisor", Role::Supervisor);
    let mut caseworker = world.desk("caseworker", Role::Caseworker);
    supervisor.sync().await.unwrap();
    caseworker.sync().await.unwrap();
    let mut phone = world.phone();
    let case = world.file(phone.client(), "what happened").case;
    phone.sync().await.unwrap();
    let mut team = Team { world, admin, supervisor, caseworker, phone, case };
    team.everybody().await;
    team
}

impl Team {
    async fn everybody(&mut self) {
        for _ in 0..3 {
            for device in [&mut self.admin, &mut self.supervisor, &mut self.caseworker, &mut self.phone] {
                device.sync().await.unwrap();
            }
        }
    }
}

fn heard(device: &mut Device, case: CaseId) -> Vec<String> {
    device.client().show(case).unwrap().messages.into_iter().map(|entry| entry.text).collect()
}

/// Epoch events in the vault, in all logs.
fn epochs(device: &mut Device) -> usize {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let mut count = 0;
                for log in tx.logs()? {
                    for row in tx.events(log.log.log)? {
                        let event = amana_domain::event::AuthenticEvent::read_stored(
                            &row.content,
                            &amana_crypto::StrictVerifier,
                        )
                        .unwrap();
                        count += usize::from(matches!(event.body(), Body::Epoch(_)));
                    }
                }
                Ok::<_, amana_vault::VaultError>(count)
            })
            .unwrap()
    })
}

#[test]
fn who_stands_aside_reads_nothing_new_and_everybody_else_does() {
    simulate(async {
        let mut team = team(900).await;
        let case = team.case;
        team.phone.client().say(case, &text("before")).unwrap();
        team.everybody().await;
        assert!(matches!(
            team.caseworker.client().recuse(case, Some("supervisor")),
            Err(ClientError::Forbidden)
        ));
        team.supervisor.client().recuse(case, Some("caseworker")).unwrap();
        team.supervisor.client().say(case, &text("from the supervisor")).unwrap();
        team.supervisor.client().note(case, &text("internal")).unwrap();
        team.everybody().await;
        team.phone.client().say(case, &text("from the phone")).unwrap();
        team.phone.client().add(case, &text("more of it")).unwrap();
        team.everybody().await;
        for device in [&mut team.admin, &mut team.supervisor, &mut team.phone] {
            assert_eq!(heard(device, case), ["before", "from the supervisor", "from the phone"]);
            assert_eq!(device.client().show(case).unwrap().additions.len(), 1);
            assert_eq!(device.client().verify().unwrap().problems, []);
        }
        let view = team.caseworker.client().show(case).unwrap();
        assert_eq!(heard(&mut team.caseworker, case), ["before"]);
        assert_eq!((view.additions.len(), view.notes.len()), (0, 0));
        assert_eq!(view.text.as_deref(), Some("what happened"), "what was read stays");
        assert!(matches!(team.caseworker.client().say(case, &text("me too")), Err(ClientError::Recused)));
        assert_eq!(team.admin.client().show(case).unwrap().notes.len(), 1);
        assert_eq!(team.admin.client().show(case).unwrap().exposed, []);
        assert_eq!(team.caseworker.client().verify().unwrap().problems, []);
    });
}

#[test]
fn standing_aside_oneself_takes_a_colleague_to_make_the_keys() {
    simulate(async {
        let mut team = team(901).await;
        let case = team.case;
        team.caseworker.client().recuse(case, None).unwrap();
        team.everybody().await;
        team.admin.client().say(case, &text("without her")).unwrap();
        team.everybody().await;
        assert_eq!(heard(&mut team.phone, case), ["without her"]);
        assert_eq!(heard(&mut team.supervisor, case), ["without her"]);
        assert!(heard(&mut team.caseworker, case).is_empty());
    });
}

#[test]
fn what_a_phone_wrote_meanwhile_arrives_and_says_who_can_read_it() {
    simulate(async {
        let mut team = team(902).await;
        let case = team.case;
        team.supervisor.client().recuse(case, Some("caseworker")).unwrap();
        team.supervisor.sync().await.unwrap();
        team.world.clock.advance(HOUR_MS);
        // The phone has been offline since before.
        team.phone.client().say(case, &text("late")).unwrap();
        team.everybody().await;
        let aside = team.caseworker.client().desk().unwrap().device();
        for device in [&mut team.admin, &mut team.supervisor] {
            let view = device.client().show(case).unwrap();
            assert_eq!(view.messages[0].text, "late");
            let exposed: Vec<_> =
                view.exposed.iter().map(|exposed| (exposed.event, exposed.device)).collect();
            assert_eq!(exposed, [(view.messages[0].id, Some(aside))]);
        }
        // From now on it knows better.
        team.phone.client().say(case, &text("later")).unwrap();
        team.everybody().await;
        let view = team.admin.client().show(case).unwrap();
        assert_eq!(view.messages.len(), 2);
        assert_eq!(view.exposed.len(), 1);
        assert!(!heard(&mut team.caseworker, case).contains(&"later".to_owned()));
    });
}

#[test]
fn epochs_that_begin_at_once_become_one_again_and_lose_nothing() {
    simulate(async {
        let mut team = team(903).await;
        let case = team.case;
        team.caseworker.client().recuse(case, None).unwrap();
        team.caseworker.sync().await.unwrap();
        // Both learn of it without hearing of each other's keys.
        team.world.net.connect(None);
        let _ = team.admin.sync().await;
        team.world.restart_relay().await;
        team.admin.sync().await.unwrap();
        team.supervisor.sync().await.unwrap();
        team.admin.client().say(case, &text("one")).unwrap();
        team.supervisor.client().say(case, &text("two")).unwrap();
        team.everybody().await;
        team.phone.client().say(case, &text("three")).unwrap();
        team.everybody().await;
        team.admin.client().say(case, &text("four")).unwrap();
        team.everybody().await;
        let before = epochs(&mut team.admin);
        for round in 0..4 {
            team.admin.client().say(case, &text(&format!("a{round}"))).unwrap();
            team.supervisor.client().say(case, &text(&format!("s{round}"))).unwrap();
            team.everybody().await;
        }
        assert_eq!(epochs(&mut team.admin), before, "no new keys without a reason");
        let mut all = heard(&mut team.admin, case);
        assert_eq!(all, heard(&mut team.phone, case));
        assert_eq!(all, heard(&mut team.supervisor, case));
        all.sort_unstable();
        let expected = ["a0", "a1", "a2", "a3", "four", "one", "s0", "s1", "s2", "s3", "three", "two"];
        assert_eq!(all, expected);
    });
}

#[test]
fn a_desk_that_comes_later_reads_a_case_in_which_somebody_stands_aside() {
    simulate(async {
        let mut team = team(904).await;
        let case = team.case;
        team.supervisor.client().recuse(case, Some("caseworker")).unwrap();
        team.supervisor.client().say(case, &text("one")).unwrap();
        // A log that is opened now: its first key goes to desks one by one.
        let person = Person { name: Some("Amina".parse().unwrap()), ..Person::new(PersonRole::Both) };
        team.supervisor.client().add_person(case, person).unwrap();
        team.everybody().await;
        team.phone.client().say(case, &text("two")).unwrap();
        team.everybody().await;
        let mut late = team.world.desk("late", Role::Officer);
        late.sync().await.unwrap();
        for _ in 0..3 {
            team.admin.sync().await.unwrap();
            late.sync().await.unwrap();
        }
        assert_eq!(heard(&mut late, case), ["one", "two"]);
        assert_eq!(late.client().show(case).unwrap().name.as_deref(), Some("Amina"));
        team.phone.sync().await.unwrap();
        team.phone.client().say(case, &text("three")).unwrap();
        team.phone.sync().await.unwrap();
        late.sync().await.unwrap();
        assert_eq!(heard(&mut late, case), ["one", "two", "three"]);
        team.caseworker.sync().await.unwrap();
        assert!(heard(&mut team.caseworker, case).is_empty());
        assert_eq!(team.caseworker.client().show(case).unwrap().name, None);
    });
}

#[test]
fn a_desk_that_was_away_while_keys_changed_twice_reads_everything() {
    simulate(async {
        let mut world = World::with_three(910).await;
        let [helpline, _, shelter] = world.organisations[..] else { panic!("three") };
        let team = [("admin", Role::Admin), ("away", Role::Caseworker)];
        let mut desks = world.team(helpline, &team).await;
        let mut host = world.team(shelter, &[("host", Role::Admin)]).await.remove(0);
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        let (admin, away) = desks.split_at_mut(1);
        settle(&mut [&mut phone, &mut admin[0], &mut host, &mut away[0]]).await;
        for round in 0..3 {
            phone.client().consent(case, shelter, &[LogKind::Talk], "bed", None).unwrap();
            settle(&mut [&mut phone, &mut admin[0], &mut host]).await;
            phone.client().withdraw_consent(case, shelter).unwrap();
            phone.client().say(case, &text(&format!("round {round}"))).unwrap();
            settle(&mut [&mut phone, &mut admin[0], &mut host]).await;
        }
        // Each key came under the one before, all in one answer of the relay.
        settle(&mut [&mut away[0]]).await;
        assert_eq!(heard(&mut away[0], case), ["round 0", "round 1", "round 2"]);
        assert_eq!(heard(&mut admin[0], case), heard(&mut phone, case));
        assert!(epochs(&mut away[0]) >= 3);
    });
}
