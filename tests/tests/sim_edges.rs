//! Wrong clocks, edge days, bad items among good ones, organisations that are not ready, many cases.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{collections::BTreeSet, sync::Arc};

use amana_client::{ClientError, Delivery, Report, transport::Response};
use amana_domain::{
    canonical,
    ids::{BlobId, CaseId, MailboxId},
    role::{LogKind, Role},
};
use amana_protocol::{
    ErrorBody, ErrorCode,
    reading::{ReadFrom, ReadMailboxes},
    wire,
};
use amana_tests::sim::{
    DAY_MS, Device, World, entries,
    lies::{mailboxes, read, reads, tamper},
    simulate, text,
};

fn codes(report: &Report) -> Vec<&'static str> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

async fn ready(seed: u64) -> (World, Device) {
    let world = World::new(seed).await;
    let mut world = world;
    let mut desk = world.desk("first desk", Role::Admin);
    desk.sync().await.unwrap();
    (world, desk)
}

#[test]
fn a_clock_wrong_by_two_years_delivers_all_the_same() {
    for years in [-2i64, 2] {
        simulate(async {
            let (mut world, mut desk) = ready(10).await;
            let mut phone = world.phone();
            phone.set_skew(years * 365 * DAY_MS as i64);
            let case = world.file(phone.client(), "from another year").case;
            let report = phone.sync().await.unwrap();
            assert!(codes(&report).contains(&"clock_skew"), "{report:?}");
            assert_eq!(phone.client().show(case).unwrap().delivery, Delivery::Sent);
            desk.sync().await.unwrap();
            let seen = desk.client().show(case).unwrap();
            assert_eq!(seen.text.as_deref(), Some("from another year"));
            desk.client().say(case, &text("answered")).unwrap();
            let report = desk.sync().await.unwrap();
            assert!(!codes(&report).contains(&"clock_skew"));
            phone.client().say(case, &text("thanks")).unwrap();
            phone.sync().await.unwrap();
            let view = phone.client().show(case).unwrap();
            assert_eq!(view.delivery, Delivery::Read);
            assert_eq!(view.messages.len(), 2);
            desk.sync().await.unwrap();
            assert_eq!(desk.client().show(case).unwrap().messages.len(), 2);
        });
    }
}

#[test]
fn an_invite_is_good_to_its_last_day_and_not_a_day_longer() {
    simulate(async {
        let (mut world, mut desk) = ready(11).await;
        let organisation = world.organisation.to_string();
        let invite = world.deployment.invite(&organisation, Role::Caseworker).unwrap();
        world.clock.advance(30 * DAY_MS);
        let mut last_day = world.desk_with("just in time", &invite).unwrap();
        last_day.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(codes(&last_day.sync().await.unwrap()), [""; 0]);
        assert_eq!(last_day.client().role(), Some(Role::Caseworker));
        let invite = world.deployment.invite(&organisation, Role::Caseworker).unwrap();
        world.clock.advance(31 * DAY_MS);
        assert!(matches!(world.desk_with("late", &invite), Err(ClientError::InviteExpired)));
    });
}

#[test]
fn a_certificate_is_good_to_its_last_day_and_not_a_day_longer() {
    simulate(async {
        let (mut world, mut admin) = ready(12).await;
        let mut desk = world.desk("caseworker", Role::Caseworker);
        desk.sync().await.unwrap();
        admin.sync().await.unwrap();
        let mut phone = world.phone();
        let case = world.file(phone.client(), "text").case;
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        world.clock.advance(90 * DAY_MS);
        desk.client().say(case, &text("on the last day")).unwrap();
        desk.sync().await.unwrap();
        world.clock.advance(DAY_MS);
        assert!(matches!(desk.sync().await, Err(ClientError::CertificateExpired)));
        // The vault still opens and shows what it has, and the phone has what was sent.
        desk.reopen();
        assert_eq!(desk.client().show(case).unwrap().messages.len(), 1);
        phone.sync().await.unwrap();
        assert_eq!(phone.client().show(case).unwrap().messages.len(), 1);
    });
}

#[test]
fn a_refused_event_among_good_ones_holds_nothing_up() {
    simulate(async {
        let (mut world, mut desk) = ready(13).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "text").case;
        phone.sync().await.unwrap();
        let ids: Vec<_> =
            (0..5).map(|n| phone.client().say(case, &text(&format!("message {n}"))).unwrap()).collect();
        let bad = phone.blobs()[&ids[2]];
        // A relay that refuses one of them for good, whatever the reason.
        world.net.set_hook(Some(Box::new(move |_, request, answer| {
            if request.path != "/v1/push" || answer.is_some() {
                return None;
            }
            let push: wire::Push = canonical::from_slice(&request.body).unwrap();
            let refused = push.appends.iter().any(|append| BlobId::of(&append.1) == bad);
            refused.then(|| {
                let error = ErrorBody::from(ErrorCode::TooLarge);
                Response { status: 413, body: canonical::to_vec(&error).unwrap() }
            })
        })));
        let report = phone.sync().await.unwrap();
        assert!(codes(&report).contains(&"event_refused"), "{report:?}");
        let view = phone.client().show(case).unwrap();
        let sent: Vec<_> = view.messages.iter().map(|entry| entry.delivery).collect();
        assert_eq!(sent.iter().filter(|delivery| **delivery == Delivery::OnPhone).count(), 1, "{sent:?}");
        world.net.set_hook(None);
        desk.sync().await.unwrap();
    });
}

#[test]
fn a_request_is_never_larger_than_a_relay_takes() {
    simulate(async {
        let (mut world, mut desk) = ready(14).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "text").case;
        phone.sync().await.unwrap();
        // More than 8 MiB in less than one batch of events.
        let long = "x".repeat(64 * 1024);
        for _ in 0..150 {
            phone.client().say(case, &text(&long)).unwrap();
        }
        let report = phone.sync().await.unwrap();
        assert!(report.warnings.is_empty(), "{report:?}");
        assert!(
            phone.client().show(case).unwrap().messages.iter().all(|entry| entry.delivery == Delivery::Sent)
        );
        desk.sync().await.unwrap();
        assert_eq!(desk.client().show(case).unwrap().messages.len(), 150);
    });
}

#[test]
fn a_case_whose_mailbox_is_gone_does_not_hold_up_another() {
    simulate(async {
        let (mut world, mut desk) = ready(15).await;
        let mut phones = [world.phone(), world.phone()];
        let mut cases = Vec::new();
        for phone in &mut phones {
            cases.push(world.file(phone.client(), "text").case);
            phone.sync().await.unwrap();
        }
        desk.sync().await.unwrap();
        for (phone, case) in phones.iter_mut().zip(&cases) {
            phone.client().say(*case, &text("more")).unwrap();
        }
        // Every mailbox of the first phone's case answers as deleted, to everybody.
        let gone: Vec<MailboxId> =
            mailboxes(&mut phones[0], cases[0]).iter().map(|log| log.mailbox).collect();
        world.net.set_hook(Some(Box::new(move |_, request, answer| {
            tamper(request, &answer?, |mailbox, _| {
                gone.contains(&mailbox).then_some(Err(ErrorCode::MailboxGone))
            })
        })));
        for phone in &mut phones {
            phone.sync().await.unwrap();
        }
        desk.sync().await.unwrap();
        assert_eq!(desk.client().show(cases[1]).unwrap().messages.len(), 1);
        assert_eq!(desk.client().show(cases[0]).unwrap().messages.len(), 0);
    });
}

#[test]
fn one_mailbox_that_answers_nonsense_does_not_hold_up_the_others() {
    simulate(async {
        let (mut world, mut desk) = ready(16).await;
        let mut phones = [world.phone(), world.phone(), world.phone()];
        let mut cases = Vec::new();
        for phone in &mut phones {
            cases.push(world.file(phone.client(), "text").case);
            phone.sync().await.unwrap();
        }
        desk.sync().await.unwrap();
        for bad in &cases {
            for (phone, case) in phones.iter_mut().zip(&cases) {
                phone.client().say(*case, &text("more")).unwrap();
                phone.sync().await.unwrap();
            }
            let theirs: Vec<MailboxId> = mailboxes(&mut desk, *bad).iter().map(|log| log.mailbox).collect();
            world.net.set_hook(Some(Box::new(move |_, request, answer| {
                let hit = answer.is_none() && reads(request, &theirs);
                hit.then(|| Response { status: 200, body: b"nonsense".to_vec() })
            })));
            let report = desk.sync().await.unwrap();
            assert!(report.warnings.iter().any(|warning| warning.case == Some(*bad)), "{report:?}");
            let counts: Vec<usize> =
                cases.iter().map(|case| desk.client().show(*case).unwrap().messages.len()).collect();
            let most = counts.iter().max().unwrap();
            assert_eq!(counts.iter().filter(|count| *count == most).count(), 2, "{counts:?}");
            world.net.set_hook(None);
            desk.sync().await.unwrap();
        }
    });
}

#[test]
fn a_case_waits_for_an_organisation_that_is_not_ready() {
    simulate(async {
        let mut world = World::new(17).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "early").case;
        phone.client().say(case, &text("hello?")).unwrap();
        for _ in 0..2 {
            let report = phone.sync().await.unwrap();
            assert!(codes(&report).contains(&"organisation_not_ready"), "{report:?}");
            assert_eq!(report.pushed, 0);
            assert_eq!(phone.client().show(case).unwrap().delivery, Delivery::OnPhone);
        }
        assert!(world.net.stored().is_empty());
        let mut desk = world.desk("first desk", Role::Admin);
        desk.sync().await.unwrap();
        let report = phone.sync().await.unwrap();
        assert!(!codes(&report).contains(&"organisation_not_ready"));
        desk.sync().await.unwrap();
        let view = desk.client().show(case).unwrap();
        assert_eq!((view.text.as_deref(), view.messages.len()), (Some("early"), 1));
        assert_eq!(view.refused, []);
    });
}

#[test]
fn a_second_desk_is_admitted_and_reads_everything() {
    simulate(async {
        let (mut world, mut desk) = ready(18).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        phone.client().say(case, &text("hello")).unwrap();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        desk.client().note(case, &text("internal")).unwrap();
        desk.client().say(case, &text("answer")).unwrap();
        desk.sync().await.unwrap();
        let mut second = world.desk("second desk", Role::Caseworker);
        for _ in 0..2 {
            let report = second.sync().await.unwrap();
            assert!(codes(&report).contains(&"awaiting_admission"));
            assert!(second.client().queue(true).unwrap().is_empty());
        }
        desk.sync().await.unwrap();
        let report = second.sync().await.unwrap();
        assert!(report.warnings.is_empty(), "{report:?}");
        let view = second.client().show(case).unwrap();
        assert_eq!(view.text.as_deref(), Some("what happened"));
        assert_eq!((view.messages.len(), view.notes.len()), (2, 1));
        assert_eq!(view.notes[0].text, "internal");
        // It works: a note into the same work log, and an assignment by name.
        second.client().note(case, &text("mine")).unwrap();
        second.client().assign(case, "first desk").unwrap();
        second.sync().await.unwrap();
        desk.sync().await.unwrap();
        let view = desk.client().show(case).unwrap();
        assert_eq!(view.notes.len(), 2);
        assert_eq!(view.refused, []);
        assert_eq!(second.client().verify().unwrap().problems, []);
        // The migrant sees none of the notes.
        phone.sync().await.unwrap();
        assert_eq!(phone.client().show(case).unwrap().notes, []);
    });
}

#[test]
fn of_two_first_desks_one_founds_the_team_and_lets_the_other_in() {
    simulate(async {
        let mut world = World::new(19).await;
        let mut desks = [world.desk("one", Role::Admin), world.desk("two", Role::Admin)];
        // Both see an organisation without a roster: the second's founding comes after the first's.
        let hidden = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let (number, hide) = (desks[1].number, Arc::clone(&hidden));
        world.net.set_hook(Some(Box::new(move |device, request, answer| {
            let mut answer = answer?;
            if device == number
                && request.path.starts_with("/v1/directory?")
                && hide.load(std::sync::atomic::Ordering::SeqCst)
            {
                let mut known: wire::DirectoryAnswer = canonical::from_slice(&answer.body).unwrap();
                known.rosters.clear();
                answer.body = canonical::to_vec(&known).unwrap();
                return Some(answer);
            }
            None
        })));
        desks[0].sync().await.unwrap();
        let lost = desks[1].sync().await;
        assert!(lost.is_err() || codes(lost.as_ref().unwrap()).contains(&"awaiting_admission"), "{lost:?}");
        hidden.store(false, std::sync::atomic::Ordering::SeqCst);
        for _ in 0..2 {
            for desk in &mut desks {
                desk.sync().await.unwrap();
            }
        }
        let rosters: Vec<_> = desks
            .iter_mut()
            .map(|desk| desk.client().trust().roster(world.organisation).unwrap().hash())
            .collect();
        assert_eq!(rosters[0], rosters[1]);
        let mut phone = world.phone();
        let case = world.file(phone.client(), "text").case;
        phone.sync().await.unwrap();
        for desk in &mut desks {
            desk.sync().await.unwrap();
            assert_eq!(desk.client().show(case).unwrap().text.as_deref(), Some("text"));
        }
        desks[1].reopen();
        desks[1].sync().await.unwrap();
        assert_eq!(desks[1].client().role(), Some(Role::Admin));
    });
}

#[test]
fn requests_stay_few_with_two_hundred_cases() {
    simulate(async {
        let (mut world, mut desk) = ready(20).await;
        let mut phone = world.phone();
        let cases: Vec<_> = (0..200).map(|n| world.file(phone.client(), &format!("case {n}")).case).collect();
        phone.sync().await.unwrap();
        let before = world.net.count();
        desk.sync().await.unwrap();
        let first = world.net.count() - before;
        assert_eq!(desk.client().queue(true).unwrap().len(), 200);
        // Three mailboxes a case, read once each, and a handful besides.
        assert!(first <= 3 * 200 + 25, "{first} requests: {:?}", world.net.calls());
        let before = world.net.count();
        desk.sync().await.unwrap();
        let idle = world.net.count() - before;
        assert!(idle <= 8, "{idle} requests with nothing to do");
        // One change costs what one change costs.
        phone.client().say(cases[7], &text("more")).unwrap();
        phone.sync().await.unwrap();
        let before = world.net.count();
        desk.sync().await.unwrap();
        let one = world.net.count() - before;
        assert!(one <= 14, "{one} requests for one message");
        assert_eq!(entries(&desk.client().show(cases[7]).unwrap()).count(), 1);
    });
}

#[test]
fn a_new_desk_has_its_queue_though_the_line_breaks_after_the_core_logs() {
    simulate(async {
        let (mut world, mut desk) = ready(30).await;
        let mut cases = Vec::new();
        for n in 0..6 {
            let mut phone = world.phone();
            let case = world.file(phone.client(), &format!("story {n}")).case;
            phone.client().say(case, &text("hello")).unwrap();
            phone.sync().await.unwrap();
            cases.push(case);
        }
        desk.sync().await.unwrap();
        let core: BTreeSet<MailboxId> = cases
            .iter()
            .flat_map(|case| mailboxes(&mut desk, *case))
            .filter(|log| log.kind == LogKind::Core)
            .map(|log| log.mailbox)
            .chain([world.organisation.intake()])
            .collect();
        let others: Vec<MailboxId> = cases
            .iter()
            .flat_map(|case| mailboxes(&mut desk, *case))
            .map(|log| log.mailbox)
            .filter(|mailbox| !core.contains(mailbox))
            .collect();
        let mut second = world.desk("second desk", Role::Caseworker);
        second.sync().await.unwrap();
        desk.sync().await.unwrap();
        let (net, number) = (Arc::clone(&world.net), second.number);
        world.net.set_hook(Some(Box::new(move |device, request, answer| {
            if device != number || answer.is_some() || !reads(request, &others) {
                return None;
            }
            net.cut_off(number, u64::MAX);
            let body = canonical::to_vec(&ErrorBody::from(ErrorCode::Busy)).unwrap();
            Some(Response { status: 503, body })
        })));
        assert!(matches!(second.sync().await, Err(ClientError::RelayUnreachable)));
        world.net.set_hook(None);
        let expected = desk.client().queue(false).unwrap();
        let seen = second.client().queue(false).unwrap();
        assert_eq!(seen.len(), 6);
        for (seen, expected) in seen.iter().zip(&expected) {
            let told = |view: &amana_client::CaseView| {
                (view.case, view.priority, view.grievances.clone(), view.status, view.language.clone())
            };
            assert_eq!(told(seen), told(expected));
            assert_eq!((&seen.readable_logs[..], &seen.text), (&[LogKind::Core][..], &None));
        }
        assert_eq!(second.client().verify().unwrap().problems, []);
        // The line is back: the rest arrives, in a handful of requests.
        world.net.cut_off(number, 0);
        second.sync().await.unwrap();
        for (seen, expected) in second.client().queue(false).unwrap().iter().zip(&expected) {
            assert_eq!((&seen.text, seen.messages.len()), (&expected.text, 1));
        }
        let reading = world
            .net
            .seen(number)
            .iter()
            .filter(|request| request.path.starts_with("/v1/mailboxes/"))
            .count();
        assert!(reading <= 8, "{reading} requests for 18 mailboxes, those of the broken line included");
        assert_eq!(second.client().verify().unwrap().problems, []);
    });
}

#[test]
fn a_phone_never_names_two_cases_in_one_request() {
    simulate(async {
        let (mut world, mut desk) = ready(31).await;
        let mut phone = world.phone();
        let cases: Vec<CaseId> =
            (0..3).map(|n| world.file(phone.client(), &format!("story {n}")).case).collect();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        for case in &cases {
            desk.client().say(*case, &text("answer")).unwrap();
        }
        desk.sync().await.unwrap();
        phone.sync().await.unwrap();
        assert!(phone.client().queue(true).unwrap().iter().all(|view| view.messages.len() == 1));
        let of = |device: &mut Device, case: &CaseId| -> Vec<MailboxId> {
            mailboxes(device, *case).iter().map(|log| log.mailbox).collect()
        };
        let by_case: Vec<Vec<MailboxId>> = cases.iter().map(|case| of(&mut phone, case)).collect();
        let requests = world.net.seen(phone.number);
        let many: Vec<_> = requests.iter().filter(|request| request.path == "/v1/mailboxes/read").collect();
        assert!(many.len() >= cases.len(), "{}", many.len());
        for request in many {
            let asked = read::<ReadMailboxes>(&request.body).mailboxes;
            let named: Vec<bool> = by_case
                .iter()
                .map(|theirs| asked.iter().any(|ReadFrom(mailbox, _)| theirs.contains(mailbox)))
                .collect();
            assert_eq!(named.iter().filter(|named| **named).count(), 1);
        }
    });
}
