//! A relay that lies about history: what it leaves out, doubles, reorders or takes back.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use amana_client::{Delivery, transport::Response};
use amana_crypto::{LogKey, envelope};
use amana_domain::{
    ids::{BlobId, EventId, Hash, MailboxId},
    role::Role,
};
use amana_protocol::{
    ack::AckEntry,
    mailbox::{chain_next, chain_start},
    wire::{Answer, File, Push},
};
use amana_tests::sim::{
    DAY_MS, Rng, entries,
    lies::{Lie, alarms, answer, codes, forger, mailboxes, messages, read, story, tamper},
    simulate, text,
};

#[test]
fn every_blob_that_is_sworn_to_and_dropped_is_shown() {
    for seed in 0..8 {
        simulate(async {
            let (world, mut desk, mut phone, case) = story(100 + seed).await;
            let forger = forger(&world).await;
            let known: Arc<Mutex<BTreeMap<MailboxId, (u64, Hash)>>> = Arc::default();
            let dropped = Arc::new(Mutex::new(0));
            let dropping = Arc::new(Mutex::new(true));
            let mut rng = Rng::new(seed);
            let (places, count, active) = (Arc::clone(&known), Arc::clone(&dropped), Arc::clone(&dropping));
            let number = phone.number;
            world.net.set_hook(Some(Box::new(move |device, request, response| {
                if request.path != "/v1/push" {
                    return None;
                }
                if let Some(response) = response {
                    let honest: Answer = read(&response.body);
                    for AckEntry(mailbox, _, seq, chain) in honest.ack.iter().flat_map(|ack| &ack.entries) {
                        places.lock().unwrap().insert(*mailbox, (*seq, *chain));
                    }
                    return None;
                }
                if device != number || !*active.lock().unwrap() || !rng.percent(30) {
                    return None;
                }
                let push: Push = read(&request.body);
                // Only where it knows the mailbox well enough to lie plausibly.
                let places = places.lock().unwrap();
                if !push.appends.iter().all(|append| places.contains_key(&append.0)) {
                    return None;
                }
                *count.lock().unwrap() += push.appends.len();
                let sworn = forger.swear(&push.appends, |mailbox| {
                    let (seq, chain) = places[mailbox];
                    (seq, Some(chain))
                });
                answer(&sworn)
            })));
            let mut shown = 0;
            for n in 0..20 {
                phone.client().say(case, &text(&format!("message {n}"))).unwrap();
                let before = *dropped.lock().unwrap();
                let report = phone.sync().await.unwrap();
                if *dropped.lock().unwrap() > before {
                    // The phone reads the feed after it has pushed: the lie shows in the same run.
                    assert!(alarms(&report) > 0, "seed {seed}, message {n}: {report:?}");
                    shown += 1;
                }
            }
            assert!(shown > 0 && *dropped.lock().unwrap() > 0, "seed {seed} dropped nothing");
            // Honest again: all of it arrives, once.
            *dropping.lock().unwrap() = false;
            for _ in 0..2 {
                phone.sync().await.unwrap();
                desk.sync().await.unwrap();
            }
            assert_eq!(alarms(&phone.sync().await.unwrap()) + alarms(&desk.sync().await.unwrap()), 0);
            assert_eq!(messages(&mut desk, case).len(), 20);
            phone.sync().await.unwrap();
            assert!(messages(&mut phone, case).iter().all(|(_, delivery)| *delivery >= Delivery::Received));
        });
    }
}

#[test]
fn what_the_relay_keeps_from_a_reader_shows_as_a_gap() {
    simulate(async {
        let (world, mut desk, mut phone, case) = story(110).await;
        let talk =
            mailboxes(&mut phone, case).into_iter().find(|log| log.kind.to_string() == "talk").unwrap();
        phone.client().say(case, &text("kept from the desk")).unwrap();
        phone.sync().await.unwrap();
        let hidden = 2;
        phone.client().say(case, &text("shown")).unwrap();
        phone.sync().await.unwrap();
        let number = desk.number;
        // A consistent history without the second blob, with a chain that fits.
        world.net.set_hook(Some(Box::new(move |device, request, response| {
            if device != number {
                return None;
            }
            tamper(request, &response?, |mailbox, honest| {
                if mailbox != talk.mailbox {
                    return None;
                }
                let blobs: Vec<Vec<u8>> = honest
                    .blobs
                    .iter()
                    .zip(honest.header.from + 1..)
                    .filter(|(_, seq)| *seq != hidden)
                    .map(|(blob, _)| blob.to_vec())
                    .collect();
                let mut header = honest.header;
                header.to = header.from + blobs.len() as u64;
                // Else the same header over fewer blobs: the relay hopes that nobody counts.
                if header.from == 0 {
                    let start = chain_start(&mailbox);
                    header.chain =
                        blobs.iter().fold(start, |chain, blob| chain_next(&chain, &BlobId::of(blob)));
                    header.head = header.head.max(header.to);
                }
                Some(Ok(Lie { header, blobs }))
            })
        })));
        let report = desk.sync().await.unwrap();
        assert!(alarms(&report) > 0, "{report:?}");
        let seen = messages(&mut desk, case);
        assert!(seen.iter().all(|(text, _)| text != "kept from the desk"));
        world.net.set_hook(None);
        for _ in 0..3 {
            desk.sync().await.unwrap();
            phone.sync().await.unwrap();
        }
        assert_eq!(messages(&mut desk, case).len(), 2);
    });
}

#[test]
fn a_dropped_tail_shows_as_silence_after_three_days() {
    simulate(async {
        let (world, _desk, mut phone, case) = story(120).await;
        phone.client().say(case, &text("into the void")).unwrap();
        phone.sync().await.unwrap();
        // The desk is served nothing of it and never declares it.
        world.clock.advance(2 * DAY_MS);
        assert!(!codes(&phone.sync().await.unwrap()).contains(&"relay_silence"));
        world.clock.advance(2 * DAY_MS);
        let report = phone.sync().await.unwrap();
        assert!(codes(&report).contains(&"relay_silence"), "{report:?}");
        assert_eq!(messages(&mut phone, case)[0].1, Delivery::Sent);
    });
}

#[test]
fn two_histories_are_noticed_by_whoever_is_moved_between_them() {
    simulate(async {
        let (mut world, mut desk, mut phone, case) = story(130).await;
        let copy = world.back_up("copy").await;
        let first = world.folder().to_owned();
        phone.client().say(case, &text("only in the first")).unwrap();
        phone.sync().await.unwrap();
        // The desk is shown the copy, where it writes something else.
        world.move_relay(copy).await;
        desk.client().say(case, &text("only in the second")).unwrap();
        desk.sync().await.unwrap();
        let report = phone.sync().await.unwrap();
        assert!(
            codes(&report).iter().any(|code| matches!(*code, "relay_fork" | "relay_rollback")),
            "{report:?}"
        );
        for _ in 0..3 {
            phone.sync().await.unwrap();
            desk.sync().await.unwrap();
        }
        assert_eq!(messages(&mut desk, case).len(), 2);
        assert_eq!(messages(&mut phone, case).len(), 2);
        // And back: the first history lacks what the desk has seen since.
        world.move_relay(first).await;
        let report = desk.sync().await.unwrap();
        assert!(
            codes(&report).iter().any(|code| matches!(*code, "relay_fork" | "relay_rollback")),
            "{report:?}"
        );
    });
}

#[test]
fn blobs_in_another_order_twice_or_from_elsewhere_change_nothing() {
    simulate(async {
        let (mut world, mut desk, mut phone, case) = story(140).await;
        let mut other = world.phone();
        let foreign = world.file(other.client(), "another case").case;
        other.client().say(foreign, &text("foreign words")).unwrap();
        other.sync().await.unwrap();
        let stolen: Vec<Vec<u8>> = world
            .net
            .seen(other.number)
            .iter()
            .filter(|request| request.path == "/v1/file")
            .flat_map(|request| read::<File>(&request.body).appends)
            .map(|append| append.1)
            .collect();
        assert_eq!(stolen.len(), 3);
        for n in 0..6 {
            phone.client().say(case, &text(&format!("message {n}"))).unwrap();
        }
        phone.sync().await.unwrap();
        let garbage = envelope::seal_event(
            &LogKey::from_bytes([7; 32]),
            MailboxId::from_bytes([1; 16]),
            EventId::from_bytes([2; 32]),
            b"x",
        )
        .unwrap();
        let number = desk.number;
        world.net.set_hook(Some(Box::new(move |device, request, response| {
            if device != number {
                return None;
            }
            tamper(request, &response?, |mailbox, honest| {
                if honest.header.from != 0 || honest.blobs.is_empty() {
                    return None;
                }
                let copies = honest.blobs.iter().rev().chain(&honest.blobs).map(|blob| blob.to_vec());
                let blobs: Vec<Vec<u8>> =
                    copies.chain(stolen.iter().cloned()).chain([garbage.clone()]).collect();
                let start = chain_start(&mailbox);
                let chain = blobs.iter().fold(start, |chain, blob| chain_next(&chain, &BlobId::of(blob)));
                let mut header = honest.header;
                (header.to, header.head, header.chain) = (blobs.len() as u64, blobs.len() as u64, chain);
                Some(Ok(Lie { header, blobs }))
            })
        })));
        // A desk that has read nothing yet.
        world.net.cut_off(desk.number, 0);
        let mut second = world.desk("second desk", Role::Caseworker);
        second.sync().await.unwrap();
        world.net.set_hook(None);
        desk.sync().await.unwrap();
        let expected = desk.client().queue(true).unwrap();
        let _warned = second.sync().await;
        let _warned = second.sync().await;
        let mut seen = second.client().queue(true).unwrap();
        assert_eq!(seen.len(), 2);
        for (seen, expected) in seen.iter_mut().zip(&expected) {
            assert_eq!((seen.case, &seen.text), (expected.case, &expected.text));
            assert_eq!(
                entries(seen).map(|entry| &entry.text).collect::<Vec<_>>(),
                entries(expected).map(|entry| &entry.text).collect::<Vec<_>>()
            );
            assert_eq!(seen.refused, []);
        }
        assert_eq!(second.client().verify().unwrap().problems, []);
    });
}

#[test]
fn garbage_in_place_of_every_answer_breaks_nothing() {
    simulate(async {
        let (world, mut desk, mut phone, case) = story(150).await;
        phone.client().say(case, &text("hello")).unwrap();
        let bodies: [&[u8]; 6] = [b"", b"\xa0", b"\xff\xff\xff\xff", b"<html>", &[0; 64], &[0x9f; 300]];
        for status in [200, 404, 500] {
            for body in bodies {
                world.net.set_hook(Some(Box::new(move |_, _, answer| {
                    if answer.is_some() { None } else { Some(Response { status, body: body.to_vec() }) }
                })));
                assert!(phone.sync().await.is_err());
                assert!(desk.sync().await.is_err());
            }
        }
        // The same for all but the first three calls, which are honest.
        for body in bodies {
            world.net.set_hook(Some(Box::new(move |_, request, answer| {
                let first = ["/v1/relay", "/v1/directory", "/v1/rosters", "/v1/joins"];
                if answer.is_some() || first.iter().any(|path| request.path.starts_with(path)) {
                    return None;
                }
                Some(Response { status: 200, body: body.to_vec() })
            })));
            let _seen = phone.sync().await;
            let _seen = desk.sync().await;
        }
        assert_eq!(messages(&mut phone, case)[0].1, Delivery::OnPhone);
        world.net.set_hook(None);
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(messages(&mut desk, case).len(), 1);
    });
}
