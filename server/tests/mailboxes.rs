//! `/v1/mailboxes` and `/v1/feed`: lists, feeds, tombstones over the wire.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_domain::ids::MailboxId;
use amana_protocol::{
    ErrorCode, Principal,
    reading::{self, ReadFrom, ReadMailboxes},
    wire::{Answer, Done, FeedChange, MailboxPut, RelayInfo},
};
use common::*;

fn list(list_version: u64, readers: &[As<'_>], writers: &[As<'_>]) -> MailboxPut {
    let names = |list: &[As<'_>]| list.iter().map(As::principal).collect();
    MailboxPut { create: None, list_version, readers: names(readers), writers: names(writers) }
}

#[tokio::test]
async fn a_referral_adds_a_reader_and_a_withdrawal_removes_it() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let (ngo, consulate) = (world.ngo.desk(), world.consulate.desk());
    let start = world.feed(consulate, 0).await.rows.last().unwrap().feed_seq;
    assert_eq!(world.read(consulate, &mailbox, 0).await, Err(ErrorCode::NoMailbox));

    assert_eq!(version(&world.put_mailbox(ngo, &mailbox, &list(1, &[consulate], &[])).await), 2);
    let rows = world.feed(consulate, start).await.rows;
    assert_eq!(
        rows.iter().map(|row| (row.mailbox, row.change)).collect::<Vec<_>>(),
        [(mailbox, FeedChange::Joined { seq: 1 })]
    );
    assert_eq!(world.read(consulate, &mailbox, 0).await.unwrap().len(), 1);
    assert_eq!(refused(world.push(consulate, mailbox, world.event(mailbox, 1)).await), ErrorCode::NoMailbox);
    let not_owner = world.put_mailbox(consulate, &mailbox, &list(2, &[], &[])).await;
    assert_eq!(not_owner.code(), ErrorCode::NotOwner);

    let error = world.put_mailbox(phone, &mailbox, &list(1, &[], &[])).await.error();
    assert_eq!((error.code, error.version), (ErrorCode::ListConflict, Some(2)));
    assert_eq!(version(&world.put_mailbox(phone, &mailbox, &list(2, &[], &[])).await), 3);
    assert_eq!(world.read(consulate, &mailbox, 0).await, Err(ErrorCode::NoMailbox));
    seq(world.push(phone, mailbox, world.event(mailbox, 1)).await);
    let rows = world.feed(consulate, start + 1).await.rows;
    assert_eq!(rows.iter().map(|row| row.change).collect::<Vec<_>>(), [FeedChange::Left]);
}

#[tokio::test]
async fn owners_never_change_and_intakes_are_fixed() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let ngo = world.ngo.desk();
    // The phone cannot be thrown out by leaving it off the lists.
    assert_eq!(version(&world.put_mailbox(ngo, &mailbox, &list(1, &[], &[])).await), 2);
    assert_eq!(world.read(phone, &mailbox, 0).await.unwrap().len(), 1);
    let intake = world.ngo.id.intake();
    let put = world.put_mailbox(ngo, &intake, &list(1, &[phone], &[])).await;
    assert_eq!(put.code(), ErrorCode::BadRequest);
    let gone = world.signed(ngo, "DELETE", &format!("/v1/mailboxes/{intake}"), vec![]).await;
    assert_eq!(gone.code(), ErrorCode::BadRequest);
    assert_eq!(world.read(world.consulate.desk(), &intake, 0).await, Err(ErrorCode::NoMailbox));
}

#[tokio::test]
async fn an_unknown_phone_makes_nothing_before_it_has_filed() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let new = world.mailbox(&[phone.principal()]);
    let error = world.put_mailbox(phone, &new.id, &creation(&new)).await.error();
    assert_eq!((error.code, error.pow_bits), (ErrorCode::AdmissionRequired, Some(6)));
    world.filed(phone).await;
    assert_eq!(version(&world.put_mailbox(phone, &new.id, &creation(&new)).await), 1);
    // Nobody squats on a mailbox that would be somebody else's.
    let foreign = world.mailbox(&[Principal::Organisation(world.ngo.id)]);
    assert_eq!(world.put_mailbox(phone, &foreign.id, &creation(&foreign)).await.code(), ErrorCode::NotOwner);
}

#[tokio::test]
async fn a_deleted_mailbox_stays_deleted() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let filing = world.filing(phone);
    world.post(phone, "/v1/file", &filing).await.ok::<Answer>();
    let mailbox = filing.mailboxes[0].id;
    world.signed(phone, "DELETE", &format!("/v1/mailboxes/{mailbox}"), vec![]).await.ok::<Done>();
    let gone = ErrorCode::MailboxGone;
    assert_eq!(world.read(world.ngo.desk(), &mailbox, 0).await, Err(gone));
    assert_eq!(refused(world.push(phone, mailbox, filing.appends[0].1.clone()).await), gone);
    assert_eq!(world.post(phone, "/v1/file", &filing).await.code(), gone);
    let create = creation(&filing.mailboxes[0]);
    assert_eq!(world.put_mailbox(phone, &mailbox, &create).await.code(), gone);
    let rows = world.feed(world.ngo.desk(), 0).await.rows;
    let about = rows.iter().filter(|row| row.mailbox == mailbox).map(|row| row.change).collect::<Vec<_>>();
    assert_eq!(about, [FeedChange::Joined { seq: 0 }, FeedChange::Left]);
}

#[tokio::test]
async fn many_mailboxes_are_read_in_one_request() {
    let world = World::new().await;
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    let keys = [world.phone(), world.phone()];
    let [first, second] = [As(&keys[0], None), As(&keys[1], None)];
    let (a, b) = (world.filed(first).await, world.filed(second).await);
    let absent = MailboxId::from_bytes([7; 16]);
    let asked = vec![ReadFrom(absent, 0), ReadFrom(a, 0), ReadFrom(b, 1), ReadFrom(world.ngo.id.intake(), 0)];
    let read = async |who: As<'_>| {
        let got = world.post(who, "/v1/mailboxes/read", &ReadMailboxes { mailboxes: asked.clone() }).await;
        assert_eq!(got.status, 200);
        let (generation, sections) = reading::decode(&got.body, &asked).unwrap();
        assert_eq!(generation, info.generation);
        sections
            .into_iter()
            .map(|section| section.found.map(|frames| (frames.header.from, frames.blobs.len())))
            .collect::<Vec<_>>()
    };
    let no = Err(ErrorCode::NoMailbox);
    // What is not there and what is not hers look alike, and neither spoils the rest.
    assert_eq!(read(first).await, [no, Ok((0, 1)), no, no]);
    assert_eq!(read(second).await, [no, no, Ok((1, 0)), no]);
    assert_eq!(read(world.ngo.desk()).await, [no, Ok((0, 1)), Ok((1, 0)), Ok((0, 2))]);
    assert_eq!(read(world.consulate.desk()).await, [no, no, no, no]);
}

#[tokio::test]
async fn a_reading_request_has_bounds() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let code = async |mailboxes: Vec<ReadFrom>| {
        world.post(phone, "/v1/mailboxes/read", &ReadMailboxes { mailboxes }).await
    };
    let many = |count: u64| -> Vec<ReadFrom> {
        (0..count)
            .map(|n| {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&n.to_be_bytes());
                ReadFrom(MailboxId::from_bytes(id), u64::MAX)
            })
            .collect()
    };
    assert_eq!(code(many(4097)).await.code(), ErrorCode::TooLarge);
    let got = code(many(4096)).await;
    assert_eq!(reading::decode(&got.body, &many(4096)).unwrap().1.len(), 4096);
    assert_eq!(code(many(5000)).await.code(), ErrorCode::TooLarge);
    assert_eq!(code(vec![ReadFrom(mailbox, 0), ReadFrom(mailbox, 1)]).await.code(), ErrorCode::BadRequest);
    assert_eq!(code(vec![]).await.status, 200);
    // 4 MiB of events: the answer ends before the last mailbox, which is asked for again.
    let second = world.filed(phone).await;
    for _ in 0..17 {
        seq(world.push(phone, mailbox, world.event(mailbox, 200_000)).await);
        seq(world.push(phone, second, world.event(second, 200_000)).await);
    }
    let mut left = vec![ReadFrom(mailbox, 0), ReadFrom(second, 0)];
    let mut requests = 0;
    while !left.is_empty() {
        let got = code(left.clone()).await;
        assert!(got.body.len() < (4 << 20) + 4096, "{}", got.body.len());
        let (_, sections) = reading::decode(&got.body, &left).unwrap();
        for section in &sections {
            let header = section.found.as_ref().unwrap().header;
            let place = left.iter_mut().find(|ReadFrom(id, _)| *id == section.mailbox).unwrap();
            place.1 = header.to;
            if header.to == header.head {
                left.retain(|ReadFrom(id, _)| *id != section.mailbox);
            }
        }
        requests += 1;
    }
    assert_eq!(requests, 2);
}
