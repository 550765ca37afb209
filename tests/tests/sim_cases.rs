//! What desks do between cases: duplicates, links, hand-over, adoption.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{CaseView, ClientError, ContactWarning, transport::Response};
use amana_domain::{
    canonical,
    codes::AgeBand,
    ids::CaseId,
    lifecycle::case::{CaseStatus, CloseReason},
    person::{Person, PersonRole},
    role::{LogKind, Role},
    task::Task,
};
use amana_protocol::{ErrorBody, ErrorCode};
use amana_server::Clock as _;
use amana_tests::sim::{DAY_MS, Device, World, lies, settle, simulate, text};
use amana_vault::VaultError;

/// Two desks of one team, and as many cases as asked for, each on a phone of its own.
async fn team(seed: u64, cases: usize) -> (World, Device, Device, Vec<(Device, CaseId)>) {
    let mut world = World::new(seed).await;
    let mut first = world.desk("first", Role::Admin);
    first.sync().await.unwrap();
    let mut second = world.desk("second", Role::Caseworker);
    for _ in 0..2 {
        second.sync().await.unwrap();
        first.sync().await.unwrap();
    }
    second.sync().await.unwrap();
    let mut filed = Vec::new();
    for n in 0..cases {
        let mut phone = world.phone();
        let case = world.file(phone.client(), &format!("case {n}")).case;
        phone.sync().await.unwrap();
        filed.push((phone, case));
    }
    first.sync().await.unwrap();
    second.sync().await.unwrap();
    (world, first, second, filed)
}

fn queue(desk: &mut Device) -> Vec<CaseId> {
    desk.client().queue(false).unwrap().into_iter().map(|view| view.case).collect()
}

fn row(desk: &mut Device, case: CaseId) -> CaseView {
    desk.client().queue(true).unwrap().into_iter().find(|view| view.case == case).unwrap()
}

#[test]
fn what_is_written_in_a_duplicate_shows_with_the_case_that_stays() {
    simulate(async {
        let (_world, mut first, mut second, mut filed) = team(1, 3).await;
        let [a, b, c] = [0, 1, 2].map(|n| filed[n].1);
        for case in [a, b, c] {
            first.client().show(case).unwrap();
        }
        first.client().merge(a, b).unwrap();
        // Into a duplicate: into what that is a duplicate of.
        first.client().merge(c, a).unwrap();
        assert!(matches!(first.client().merge(b, a), Err(ClientError::NotAllowed)));
        assert!(matches!(first.client().merge(b, b), Err(ClientError::NotAllowed)));
        assert!(matches!(filed[0].0.client().merge(a, b), Err(ClientError::Forbidden)));
        settle(&mut [&mut first, &mut second]).await;
        for desk in [&mut first, &mut second] {
            assert_eq!(queue(desk), [b]);
            let view = row(desk, b);
            let mut from: Vec<CaseId> = view.merged_from.iter().map(|merged| merged.case).collect();
            from.sort_unstable();
            let mut expected = [a, c];
            expected.sort_unstable();
            assert_eq!(from, expected);
            assert!(view.merged_from.iter().all(|merged| !merged.unread));
            assert_eq!((row(desk, c).status, row(desk, c).merged_into), (CaseStatus::Duplicate, Some(b)));
        }
        // The phone of a duplicate is not told of somebody else's case.
        filed[0].0.sync().await.unwrap();
        assert_eq!(row(&mut filed[0].0, a).merged_into, None);
        filed[0].0.client().say(a, &text("and one thing more")).unwrap();
        filed[0].0.sync().await.unwrap();
        settle(&mut [&mut first, &mut second]).await;
        for desk in [&mut first, &mut second] {
            let unread: Vec<CaseId> = row(desk, b)
                .merged_from
                .iter()
                .filter(|merged| merged.unread)
                .map(|merged| merged.case)
                .collect();
            assert_eq!(unread, [a]);
            assert!(desk.client().brief(b).unwrap().unread);
        }
        // When the case that stays is closed, the unread words stand in the queue themselves.
        for status in [CaseStatus::Assigned, CaseStatus::Resolved] {
            first.client().set_status(b, status, None, None, None).unwrap();
        }
        first.client().set_status(b, CaseStatus::Closed, None, Some(CloseReason::Remedied), None).unwrap();
        assert_eq!(queue(&mut first), [a]);
        assert!(matches!(first.client().merge(a, b), Err(ClientError::NotAllowed)));
        first.client().show(a).unwrap();
        assert_eq!(queue(&mut first), []);
        // Undo.
        first.client().set_status(a, CaseStatus::Reopened, None, None, None).unwrap();
        settle(&mut [&mut first, &mut second]).await;
        assert_eq!(queue(&mut second), [a]);
        assert_eq!(row(&mut second, a).merged_into, None);
        for desk in [&mut first, &mut second] {
            assert_eq!(desk.client().verify().unwrap().problems, []);
        }
    });
}

#[test]
fn of_two_cases_merged_into_each_other_exactly_one_stays() {
    for turned in [false, true] {
        simulate(async {
            let (world, mut first, mut second, filed) = team(2, 2).await;
            let (a, b) = if turned { (filed[1].1, filed[0].1) } else { (filed[0].1, filed[1].1) };
            first.client().merge(a, b).unwrap();
            world.clock.advance(1000);
            second.client().merge(b, a).unwrap();
            assert_eq!((queue(&mut first), queue(&mut second)), (vec![b], vec![a]));
            settle(&mut [&mut first, &mut second]).await;
            let stays = a.min(b);
            for desk in [&mut first, &mut second] {
                assert_eq!(queue(desk), [stays]);
                assert_eq!(row(desk, stays).status, CaseStatus::Reopened);
                assert_eq!(row(desk, a.max(b)).merged_into, Some(stays));
                assert_eq!(desk.client().verify().unwrap().problems, []);
            }
            // Nothing goes on by itself.
            for desk in [&mut first, &mut second] {
                assert_eq!(desk.sync().await.unwrap().pushed, 0);
            }
        });
    }
}

#[test]
fn linked_cases_name_each_other() {
    simulate(async {
        let (_world, mut first, mut second, mut filed) = team(3, 2).await;
        let (a, b) = (filed[0].1, filed[1].1);
        first.client().link(a, b).unwrap();
        first.client().link(b, a).unwrap();
        assert!(matches!(first.client().link(a, a), Err(ClientError::NotAllowed)));
        assert!(matches!(filed[0].0.client().link(a, b), Err(ClientError::Forbidden)));
        settle(&mut [&mut first, &mut second]).await;
        for desk in [&mut first, &mut second] {
            assert!(row(desk, a).links.iter().eq([&b]));
            assert!(row(desk, b).links.iter().eq([&a]));
        }
        assert_eq!(second.with_vault(|vault| links(vault, a)), 1);
        filed[0].0.sync().await.unwrap();
        assert!(row(&mut filed[0].0, a).links.is_empty());
    });
}

/// How many link events a case holds.
fn links(vault: &mut amana_vault::Vault, case: CaseId) -> usize {
    vault
        .read(|tx| {
            let mut count = 0;
            for log in tx.logs_of(case)? {
                for row in tx.events(log.log.log)? {
                    let (event, ..) = amana_domain::event::AuthenticEvent::split(&row.content).unwrap();
                    count += usize::from(event.kind == amana_domain::event::EventKind::CaseLink);
                }
            }
            Ok::<_, VaultError>(count)
        })
        .unwrap()
}

#[test]
fn all_open_cases_of_a_desk_go_to_another_in_one_go() {
    simulate(async {
        let (world, mut first, mut second, mut filed) = team(4, 4).await;
        let cases: Vec<CaseId> = filed.iter().map(|(_, case)| *case).collect();
        for case in &cases[..3] {
            second.client().assign(*case, "second").unwrap();
        }
        let done = Task {
            title: "call the shelter".parse().unwrap(),
            due_ms: world.clock.now_ms() + DAY_MS,
            about: amana_domain::task::About::General,
            assigned: None,
            done_ms: None,
        };
        second.client().add_task(cases[0], done).unwrap();
        second.client().set_status(cases[2], CaseStatus::Resolved, None, None, None).unwrap();
        second
            .client()
            .set_status(cases[2], CaseStatus::Closed, None, Some(CloseReason::Remedied), None)
            .unwrap();
        settle(&mut [&mut second, &mut first]).await;
        let handed =
            first.client().hand_over("second", "first", Some(&text("on leave from Monday"))).unwrap();
        let mut moved = handed.moved.clone();
        moved.sort_unstable();
        let mut expected = cases[..2].to_vec();
        expected.sort_unstable();
        assert_eq!(moved, expected);
        assert_eq!((handed.refused, handed.without_note), (vec![], vec![]));
        assert!(matches!(first.client().hand_over("first", "first", None), Err(ClientError::NotAllowed)));
        assert!(matches!(first.client().hand_over("nobody", "first", None), Err(ClientError::NotFound)));
        filed[0].0.client().say(cases[0], &text("any news?")).unwrap();
        filed[0].0.sync().await.unwrap();
        settle(&mut [&mut first, &mut second]).await;
        let brief = second.client().brief(cases[0]).unwrap();
        assert_eq!(brief.text.as_deref(), Some("case 0"));
        assert_eq!(brief.next_task.unwrap().title, "call the shelter");
        assert_eq!(brief.last_note.unwrap().text, "on leave from Monday");
        assert!(brief.last_contact.unwrap().by_migrant && brief.unread);
        assert_eq!(brief.contact_warnings, [ContactWarning::NotAsked]);
        // A brief is no reading.
        assert!(row(&mut second, cases[0]).unread);
        let device = first.client().desk().unwrap().device();
        for case in &cases[..2] {
            assert_eq!(row(&mut second, *case).assigned, Some(device));
        }
        assert_ne!(row(&mut second, cases[2]).assigned, Some(device));
    });
}

#[test]
fn saying_something_in_a_half_arrived_case_says_what_is_missing() {
    simulate(async {
        let mut world = World::new(5).await;
        let mut desk = world.desk("first desk", Role::Admin);
        desk.sync().await.unwrap();
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        phone.sync().await.unwrap();
        let talk =
            lies::mailboxes(&mut phone, case).into_iter().find(|log| log.kind == LogKind::Talk).unwrap();
        world.net.set_hook(Some(Box::new(move |_, request, response| {
            let hide = |mailbox| (mailbox == talk.mailbox).then_some(Err(ErrorCode::NoMailbox));
            lies::tamper(request, &response?, |mailbox, _| hide(mailbox))
        })));
        desk.sync().await.unwrap();
        let refused = desk.client().say(case, &text("hello")).unwrap_err();
        assert_eq!(refused.code(), "log_not_here_yet");
        world.net.set_hook(None);
    });
}

/// Keys, readable and unreadable content of a person's log in a device's own vault.
fn identity(device: &mut Device, case: CaseId, n: u32) -> (usize, usize, usize) {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let logs = tx.logs_of(case)?;
                let log =
                    logs.iter().find(|log| log.log.kind == LogKind::Identity && log.log.n == n).unwrap().log;
                Ok::<_, VaultError>((
                    tx.log_keys(log.log)?.len(),
                    tx.events(log.log)?.len(),
                    tx.unopened(log.mailbox)?.len(),
                ))
            })
            .unwrap()
    })
}

fn person(role: PersonRole, name: &str) -> Person {
    Person { name: Some(name.parse().unwrap()), ..Person::new(role) }
}

#[test]
fn in_a_group_each_has_a_log_of_her_own_and_may_stay_unnamed_to_the_others() {
    simulate(async {
        let (_world, mut first, mut second, mut filed) = team(6, 1).await;
        let (mut phone, case) = filed.remove(0);
        let told = phone.client().add_person(case, person(PersonRole::Both, "Amina")).unwrap().unwrap();
        assert_eq!((told.kind, told.n), (LogKind::Identity, 0));
        phone.sync().await.unwrap();
        first.sync().await.unwrap();
        let named = person(PersonRole::GroupMember, "Beatrice");
        let mut hidden =
            Person { unnamed_to_group: true, ..person(PersonRole::GroupMember, "Chandra Hidden") };
        hidden.birth_date = Some("2015-03-01".parse().unwrap());
        first.client().add_person(case, named).unwrap();
        let log = first.client().add_person(case, hidden.clone()).unwrap().unwrap();
        assert_eq!(log.n, 2);
        settle(&mut [&mut first, &mut second, &mut phone]).await;
        for desk in [&mut first, &mut second] {
            let view = desk.client().show(case).unwrap();
            let names: Vec<_> =
                view.persons.iter().map(|entry| entry.person.name.as_ref().unwrap().as_str()).collect();
            assert_eq!(names, ["Amina", "Beatrice", "Chandra Hidden"]);
            assert_eq!((view.unreadable_persons, view.name.as_deref()), (0, Some("Amina")));
            // A child among them counts for all.
            assert_eq!(view.age_band, Some(AgeBand::Child));
        }
        let view = phone.client().show(case).unwrap();
        let names: Vec<_> =
            view.persons.iter().map(|entry| entry.person.name.as_ref().unwrap().as_str()).collect();
        assert_eq!((names, view.unreadable_persons), (vec!["Amina", "Beatrice"], 1));
        // The relay gave the phone everything; its vault holds no key and cannot open it.
        let (keys, events, unopened) = identity(&mut phone, case, 2);
        assert_eq!((keys, events), (0, 0));
        assert!(unopened >= 2);
        assert_eq!(identity(&mut phone, case, 1).0, 1);
        // Nor does a later event of the desk, or a new epoch, give it the key.
        first.client().recuse(case, Some("second")).unwrap();
        settle(&mut [&mut first, &mut phone]).await;
        assert_eq!(identity(&mut phone, case, 2).0, 0);
        assert!(identity(&mut phone, case, 1).0 > 1);
        for device in [&mut first, &mut phone] {
            assert_eq!(device.client().verify().unwrap().problems, []);
        }
    });
}

#[test]
fn people_named_before_the_organisation_is_known_wait_on_the_phone() {
    simulate(async {
        let mut world = World::new(7).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "six of us").case;
        for name in ["Amina", "Beatrice"] {
            assert_eq!(phone.client().add_person(case, person(PersonRole::GroupMember, name)).unwrap(), None);
        }
        assert_eq!(phone.client().waiting_persons(case).unwrap().len(), 2);
        let mut desk = world.desk("first desk", Role::Admin);
        desk.sync().await.unwrap();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert!(phone.client().waiting_persons(case).unwrap().is_empty());
        let view = desk.client().show(case).unwrap();
        assert_eq!(view.persons.iter().map(|entry| entry.n).collect::<Vec<_>>(), [0, 1]);
    });
}

#[test]
fn a_supervisor_adopts_the_notes_of_somebody_who_left() {
    simulate(async {
        let mut world = World::new(8).await;
        let own = world.organisation;
        let desks = [("admin", Role::Admin), ("leaver", Role::Caseworker), ("stays", Role::Caseworker)];
        let mut team = world.team(own, &desks).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        phone.sync().await.unwrap();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        team[2].client().note(case, &text("opened")).unwrap();
        team[2].client().assign(case, "leaver").unwrap();
        let leaver = team[1].client().desk().unwrap().device();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        let lost = team[1].client().note(case, &text("the employer called at noon")).unwrap();
        let said = team[1].client().say(case, &text("hello")).unwrap();
        team[1].sync().await.unwrap();
        team[0].client().remove_desk("leaver").unwrap();
        team[0].sync().await.unwrap();
        // One desk hears of the removal, writes, and only then learns what the leaver wrote.
        let deaf = team[2].number;
        world.net.set_hook(Some(Box::new(move |device, request, _| {
            (device == deaf && request.path.starts_with("/v1/feed")).then(|| Response {
                status: 500,
                body: canonical::to_vec(&ErrorBody::from(ErrorCode::Internal)).unwrap(),
            })
        })));
        team[2].sync().await.unwrap_err();
        team[2].client().note(case, &text("meanwhile")).unwrap();
        team[2].client().say(case, &text("good morning")).unwrap();
        world.net.set_hook(None);
        let (first, rest) = team.split_at_mut(1);
        settle(&mut [&mut first[0], &mut rest[1]]).await;
        for desk in [&mut first[0], &mut rest[1]] {
            let refused = desk.client().show(case).unwrap().refused;
            let note = refused.iter().find(|entry| entry.event == lost).unwrap();
            assert_eq!(
                (note.kind.as_str(), note.text.as_deref()),
                ("note", Some("the employer called at noon"))
            );
            assert!(refused.iter().any(|entry| entry.event == said));
        }
        let (admin, stays) = (&mut first[0], &mut rest[1]);
        assert!(matches!(stays.client().adopt(case, &[lost]), Err(ClientError::Forbidden)));
        assert!(matches!(admin.client().adopt(case, &[said]), Err(ClientError::NotAllowed)));
        let unknown = amana_domain::ids::EventId::from_bytes([7; 32]);
        assert!(matches!(admin.client().adopt(case, &[unknown]), Err(ClientError::NotFound)));
        admin.client().adopt(case, &[lost]).unwrap();
        assert!(matches!(admin.client().adopt(case, &[lost]), Err(ClientError::NotAllowed)));
        settle(&mut [admin, stays]).await;
        for desk in [&mut first[0], &mut rest[1]] {
            let view = desk.client().show(case).unwrap();
            assert!(view.notes.iter().any(|note| note.id == lost));
            assert!(view.refused.iter().all(|entry| entry.event != lost));
        }
        // Whose desk is gone still hands over what it had.
        let handed = first[0].client().hand_over(&leaver.to_string(), "stays", None).unwrap();
        assert_eq!((handed.moved, handed.refused), (vec![case], vec![]));
    });
}
