//! What lies in the data folder: ciphertext, hashes, public signed data, arrival days.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use std::{fs, path::Path};

use amana_crypto::{LogKey, envelope};
use amana_domain::ids::EventId;
use amana_protocol::{Principal, wire::Answer};
use common::*;

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    let (first, rest) = needle.split_first().unwrap();
    let starts = |at: &usize| haystack[*at] == *first && haystack[at + 1..].starts_with(rest);
    (0..haystack.len()).any(|at| starts(&at))
}

#[tokio::test]
async fn no_plaintext_time_or_address_lies_in_the_data_folder() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let canaries: Vec<String> = (0..1000).map(|n| format!("canary-{n:04}-passport-{}", n * 7919)).collect();
    for canary in &canaries {
        let log_key = LogKey::from_bytes(world.bytes());
        let event = EventId::from_bytes(world.bytes());
        let sealed = envelope::seal_event(&log_key, mailbox, event, canary.as_bytes()).unwrap();
        seq(world.push(phone, mailbox, sealed).await);
    }
    // A time with ms precision that nothing else produces, in the forms a database could hold.
    world.clock.set(NOW_MS + 1_234_567);
    seq(world.push(phone, mailbox, world.event(mailbox, 10)).await);
    let now = NOW_MS + 1_234_567;
    let needles: [&[u8]; 7] = [
        b"canary-",
        b"-passport-",
        &now.to_be_bytes()[2..],
        &now.to_le_bytes()[..6],
        &(now / 1000).to_be_bytes()[4..],
        now.to_string().as_bytes().to_owned().leak(),
        (now / 1000).to_string().as_bytes().to_owned().leak(),
    ];
    for round in ["while it runs", "after it closed"] {
        for (name, bytes) in files(world.folder.path()) {
            for needle in needles {
                assert!(!holds(&bytes, needle), "{name} holds {needle:02x?} {round}");
            }
        }
        world.relay.shutdown().await;
    }
    // The search finds what is there: the directory is public.
    assert!(files(world.folder.path()).iter().any(|(_, bytes)| holds(bytes, b"Helpers")));
}

#[tokio::test]
async fn a_stolen_database_cannot_acknowledge() {
    let world = World::new().await;
    world.relay.shutdown().await;
    let seed = fs::read(world.folder.path().join("relay.key")).unwrap();
    assert_eq!(seed.len(), 32);
    for (name, bytes) in files(world.folder.path()) {
        assert!(name == "relay.key" || !holds(&bytes, &seed), "{name}");
    }
}

#[tokio::test]
async fn stored_envelopes_look_like_noise() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    // The plainest content there is: zeros.
    for _ in 0..200 {
        let log_key = LogKey::from_bytes(world.bytes());
        let event = EventId::from_bytes(world.bytes());
        let sealed = envelope::seal_event(&log_key, mailbox, event, &[0; 1900]).unwrap();
        seq(world.push(phone, mailbox, sealed).await);
    }
    let blobs = world.read(phone, &mailbox, 1).await.unwrap();
    let mut counts = [0u32; 256];
    let mut ones = 0u64;
    let mut total = 0u64;
    // After version, type and mailbox everything is salt, commitment and ciphertext.
    for byte in blobs.iter().flat_map(|blob| &blob[18..]) {
        counts[usize::from(*byte)] += 1;
        ones += u64::from(byte.count_ones());
        total += 1;
    }
    let expected = total as f64 / 256.0;
    let chi: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    // 255 degrees of freedom: mean 255, deviation 22.6; six deviations.
    assert!((120.0..391.0).contains(&chi), "{chi}");
    let share = ones as f64 / (total * 8) as f64;
    assert!((share - 0.5).abs() < 0.002, "{share}");
    // All sizes are buckets, whatever was said.
    assert!(blobs.iter().all(|blob| blob.len() == 2048));
}

#[tokio::test]
async fn who_does_not_know_learns_nothing_from_answers() {
    let world = World::new().await;
    let (key, stranger) = (world.phone(), world.phone());
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let nowhere = world.mailbox(&[phone.principal(), Principal::Organisation(world.ngo.id)]).id;
    for who in [As(&stranger, None), world.consulate.desk()] {
        for method in ["GET", "DELETE"] {
            let there = world.signed(who, method, &format!("/v1/mailboxes/{mailbox}"), vec![]).await;
            let not = world.signed(who, method, &format!("/v1/mailboxes/{nowhere}"), vec![]).await;
            assert_eq!((there.status, &there.body), (not.status, &not.body));
        }
        let [there, not] = [
            world.push(who, mailbox, world.event(mailbox, 10)).await,
            world.push(who, nowhere, world.event(nowhere, 10)).await,
        ];
        assert_eq!(refused(there), refused(not));
        let put = amana_protocol::wire::MailboxPut {
            create: None,
            list_version: 1,
            readers: vec![who.principal()],
            writers: vec![],
        };
        let there = world.put_mailbox(who, &mailbox, &put).await;
        let not = world.put_mailbox(who, &nowhere, &put).await;
        assert_eq!((there.status, &there.body), (not.status, &not.body));
    }
}

#[tokio::test]
async fn deleted_blobs_leave_the_file() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let filing = world.filing(phone);
    world.post(phone, "/v1/file", &filing).await.ok::<Answer>();
    let mailbox = filing.mailboxes[0].id;
    let part = filing.appends[0].1[1000..1040].to_vec();
    world
        .signed(phone, "DELETE", &format!("/v1/mailboxes/{mailbox}"), vec![])
        .await
        .ok::<amana_protocol::wire::Done>();
    // An answer leaves before the log is emptied; the next change waits for that.
    world.filed(phone).await;
    for round in ["while it runs", "after it closed"] {
        for (name, bytes) in files(world.folder.path()) {
            assert!(!holds(&bytes, &part), "{name} {round}");
        }
        world.relay.shutdown().await;
    }
}
