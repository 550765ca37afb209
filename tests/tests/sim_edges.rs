//! Wrong clocks, edge days, bad items among good ones, organisations that are not ready, many cases.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{ClientError, Delivery, Report};
use amana_domain::{ids::BlobId, role::Role};
use amana_protocol::{ErrorBody, ErrorCode, wire};
use amana_tests::sim::{DAY_MS, Device, World, entries, simulate, text};

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
            let push: wire::Push = amana_domain::canonical::from_slice(&request.body).unwrap();
            let refused = push.appends.iter().any(|append| BlobId::of(&append.1) == bad);
            refused.then(|| {
                let error = ErrorBody::from(ErrorCode::TooLarge);
                amana_client::transport::Response {
                    status: 413,
                    body: amana_domain::canonical::to_vec(&error).unwrap(),
                }
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
        let gone: Vec<String> = phones[0].with_vault(|vault| {
            vault
                .read(|tx| {
                    let logs = tx.logs_of(cases[0])?;
                    Ok::<_, amana_vault::VaultError>(
                        logs.iter().map(|log| format!("/v1/mailboxes/{}", log.log.mailbox)).collect(),
                    )
                })
                .unwrap()
        });
        world.net.set_hook(Some(Box::new(move |_, request, answer| {
            let hit = answer.is_none() && gone.iter().any(|path| request.path.starts_with(path.as_str()));
            hit.then(|| amana_client::transport::Response {
                status: 410,
                body: amana_domain::canonical::to_vec(&ErrorBody::from(ErrorCode::MailboxGone)).unwrap(),
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
            let paths: Vec<String> = desk.with_vault(|vault| {
                vault
                    .read(|tx| {
                        let logs = tx.logs_of(*bad)?;
                        Ok::<_, amana_vault::VaultError>(
                            logs.iter().map(|log| format!("/v1/mailboxes/{}", log.log.mailbox)).collect(),
                        )
                    })
                    .unwrap()
            });
            world.net.set_hook(Some(Box::new(move |_, request, answer| {
                let hit =
                    answer.is_none() && paths.iter().any(|path| request.path.starts_with(path.as_str()));
                hit.then(|| amana_client::transport::Response { status: 200, body: b"nonsense".to_vec() })
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
        let hidden = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
        let (number, hide) = (desks[1].number, std::sync::Arc::clone(&hidden));
        world.net.set_hook(Some(Box::new(move |device, request, answer| {
            let mut answer = answer?;
            if device == number
                && request.path.starts_with("/v1/directory?")
                && hide.load(std::sync::atomic::Ordering::SeqCst)
            {
                let mut known: wire::DirectoryAnswer =
                    amana_domain::canonical::from_slice(&answer.body).unwrap();
                known.rosters.clear();
                answer.body = amana_domain::canonical::to_vec(&known).unwrap();
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
