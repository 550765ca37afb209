//! `POST /v1/file`, `POST /v1/push`, feeds and mailboxes: the way of a complaint.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use amana_domain::ids::BlobId;
use amana_protocol::{
    ErrorCode, Principal, frames,
    mailbox::{chain_next, chain_start},
    wire::{Admission, Answer, Append, AppendResult, FeedChange, File, Letter, Push, RelayInfo},
};
use common::*;

#[tokio::test]
async fn a_filing_reaches_the_team_and_is_acknowledged() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let filing = world.filing(phone);
    let answer: Answer = world.post(phone, "/v1/file", &filing).await.ok();
    assert_eq!(answer.results.len(), 2);
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    check_ack(&answer, &world.relay.key(), &info);

    let feed = world.feed(world.ngo.desk(), 0).await;
    let mailbox = filing.mailboxes[0].id;
    let changes: Vec<_> = feed.rows.iter().map(|row| (row.mailbox, row.change)).collect();
    let blob = |bytes: &[u8]| FeedChange::Blob { seq: 1, blob: BlobId::of(bytes), size: bytes.len() as u64 };
    assert_eq!(
        changes,
        [
            (world.ngo.id.intake(), FeedChange::Joined { seq: 0 }),
            (mailbox, FeedChange::Joined { seq: 0 }),
            (mailbox, blob(&filing.appends[0].1)),
            (world.ngo.id.intake(), blob(&filing.letters[0].1)),
        ]
    );
    assert_eq!(feed.rows.iter().map(|row| row.feed_seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(world.read(world.ngo.desk(), &mailbox, 0).await.unwrap(), [filing.appends[0].1.clone()]);
    assert_eq!(
        world.read(world.ngo.desk(), &world.ngo.id.intake(), 0).await.unwrap(),
        [filing.letters[0].1.clone()]
    );
    // The other team learns nothing.
    assert_eq!(world.feed(world.consulate.desk(), 1).await.rows, []);
    assert_eq!(world.read(world.consulate.desk(), &mailbox, 0).await, Err(ErrorCode::NoMailbox));
}

#[tokio::test]
async fn a_repeated_filing_is_answered_as_the_first_was() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let filing = world.filing(phone);
    let first: Answer = world.post(phone, "/v1/file", &filing).await.ok();
    // Days later, when the proof of work is stale, and without one.
    world.clock.advance(5 * 86_400_000);
    for admission in [filing.admission.clone(), None] {
        let again: Answer = world.post(phone, "/v1/file", &File { admission, ..filing.clone() }).await.ok();
        assert_eq!(again.results, first.results);
        assert_eq!(again.ack.unwrap().entries, first.ack.as_ref().unwrap().entries);
    }
    assert_eq!(world.feed(phone, 0).await.rows.len(), 2, "joined and one blob, once");
}

#[tokio::test]
async fn a_filing_is_all_or_nothing() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mut filing = world.filing(phone);
    let stranger = world.mailbox(&[Principal::Organisation(world.consulate.id)]);
    filing.appends.push(Append(stranger.id, world.event(stranger.id, 10)));
    assert_eq!(world.post(phone, "/v1/file", &filing).await.code(), ErrorCode::NoMailbox);
    assert_eq!(world.feed(phone, 0).await.rows, []);
    let mailbox = filing.mailboxes[0].id;
    assert_eq!(world.read(phone, &mailbox, 0).await, Err(ErrorCode::NoMailbox));
    assert_eq!(world.feed(world.ngo.desk(), 1).await.rows, []);
    // The same without the bad append works: nothing of the first try is in the way.
    filing.appends.pop();
    let answer: Answer = world.post(phone, "/v1/file", &filing).await.ok();
    assert_eq!(answer.results.iter().map(|result| seq(*result)).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn a_phone_pays_and_a_team_does_not() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let filing = world.filing(phone);
    let unpaid = File { admission: None, ..filing.clone() };
    let error = world.post(phone, "/v1/file", &unpaid).await.error();
    assert_eq!((error.code, error.pow_bits), (ErrorCode::AdmissionRequired, Some(6)));

    let Some(Admission::Pow { day, nonce }) = filing.admission else { panic!() };
    let spoilt = (1..).find(|n| {
        let blob = BlobId::of(&filing.letters[0].1);
        !amana_protocol::pow::check(&blob, day, nonce + n, 6)
    });
    for admission in [
        Admission::Pow { day, nonce: nonce + spoilt.unwrap() },
        Admission::Pow { day: day + 2, nonce },
        Admission::Token(vec![1; 16]),
        Admission::Token(vec![1; 65]),
    ] {
        let file = File { admission: Some(admission), ..filing.clone() };
        assert_eq!(world.post(phone, "/v1/file", &file).await.code(), ErrorCode::AdmissionInvalid);
    }
    // Paying for one letter does not pay for the next.
    world.post(phone, "/v1/file", &filing).await.ok::<Answer>();
    let more = File { letters: vec![Letter(world.ngo.id, world.letter(&world.ngo))], ..File::default() };
    assert_eq!(world.post(phone, "/v1/file", &more).await.code(), ErrorCode::AdmissionRequired);

    let letter = Letter(world.consulate.id, world.letter(&world.consulate));
    let team = File { letters: vec![letter], ..File::default() };
    world.post(world.ngo.desk(), "/v1/file", &team).await.ok::<Answer>();
}

#[tokio::test]
async fn a_token_pays_once_and_for_every_retry() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, format!("{}\n\n", amana_domain::ids::Hash::of(b"token"))).unwrap();
    let mut config = config();
    config.admission.tokens_file = Some(file);
    let world = World::with(config).await;
    let (a, b) = (world.phone(), world.phone());
    let pay = |file: File| File { admission: Some(Admission::Token(b"token".to_vec())), ..file };
    let filing = pay(world.filing(As(&a, None)));
    world.post(As(&a, None), "/v1/file", &filing).await.ok::<Answer>();
    world.post(As(&a, None), "/v1/file", &filing).await.ok::<Answer>();
    let other = pay(world.filing(As(&b, None)));
    assert_eq!(world.post(As(&b, None), "/v1/file", &other).await.code(), ErrorCode::AdmissionInvalid);
}

#[tokio::test]
async fn pushes_stand_alone_and_repeats_keep_their_sequence() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let (one, two) = (world.event(mailbox, 10), world.event(mailbox, 5000));
    let stranger = world.mailbox(&[phone.principal()]).id;
    let push = Push {
        appends: vec![
            Append(mailbox, one.clone()),
            Append(stranger, world.event(stranger, 10)),
            Append(mailbox, two.clone()),
            Append(mailbox, one.clone()),
            Append(mailbox, b"short".to_vec()),
            Append(mailbox, world.event(stranger, 10)),
        ],
    };
    let answer: Answer = world.post(phone, "/v1/push", &push).await.ok();
    let info: RelayInfo = world.get("/v1/relay").await.ok();
    check_ack(&answer, &world.relay.key(), &info);
    let [a, b, c, d, e, f] = answer.results[..] else { panic!() };
    assert_eq!([seq(a), seq(c), seq(d)], [2, 3, 2]);
    assert_eq!(refused(b), ErrorCode::NoMailbox);
    assert_eq!([refused(e), refused(f)], [ErrorCode::BadEnvelope; 2]);

    let again: Answer = world.post(phone, "/v1/push", &push).await.ok();
    assert_eq!(again.results, answer.results);
    assert_eq!(again.ack.unwrap().entries, answer.ack.unwrap().entries);
    assert_eq!(world.read(phone, &mailbox, 1).await.unwrap(), [one, two]);
}

#[tokio::test]
async fn nothing_stored_means_no_acknowledgement() {
    let world = World::new().await;
    let key = world.phone();
    let nowhere = world.mailbox(&[As(&key, None).principal()]).id;
    for appends in [vec![], vec![Append(nowhere, world.event(nowhere, 1))], vec![Append(nowhere, vec![])]] {
        let answer: Answer = world.post(As(&key, None), "/v1/push", &Push { appends }).await.ok();
        assert_eq!(answer.ack, None);
    }
}

#[tokio::test]
async fn letters_go_to_intakes_and_events_do_not() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let intake = world.consulate.id.intake();
    // A team may write to another team; a phone pays by filing; types stay apart.
    assert_eq!(seq(world.push(world.ngo.desk(), intake, world.letter(&world.consulate)).await), 1);
    let by_phone = world.push(phone, intake, world.letter(&world.consulate)).await;
    assert_eq!(refused(by_phone), ErrorCode::NoMailbox);
    let event = world.push(world.ngo.desk(), intake, world.event(intake, 10)).await;
    assert_eq!(refused(event), ErrorCode::BadEnvelope);
    let letter =
        amana_crypto::envelope::seal_letter(&world.ngo.clearance.public(), mailbox, b"letter", &world.random)
            .unwrap();
    assert_eq!(refused(world.push(phone, mailbox, letter).await), ErrorCode::BadEnvelope);
}

#[tokio::test]
async fn pages_are_bounded_and_carry_the_chain() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    for _ in 0..4 {
        world.push(phone, mailbox, world.event(mailbox, 10)).await;
    }
    let got = world.signed_get(phone, &format!("/v1/mailboxes/{mailbox}?after=1&limit=2")).await;
    let page = frames::decode(&got.body).unwrap();
    assert_eq!((page.header.from, page.header.to, page.header.head), (1, 3, 5));
    let all = world.read(phone, &mailbox, 0).await.unwrap();
    let chain = all.iter().fold(chain_start(&mailbox), |chain, blob| chain_next(&chain, &BlobId::of(blob)));
    assert_eq!(page.header.chain, chain);
    for after in [5, 6, u64::MAX] {
        assert_eq!(world.read(phone, &mailbox, after).await.unwrap(), Vec::<Vec<u8>>::new());
    }

    let mut cursor = 0;
    let mut seen = Vec::new();
    loop {
        let got = world.signed_get(phone, &format!("/v1/feed?after={cursor}&limit=2")).await;
        let feed: amana_protocol::wire::FeedAnswer = got.ok();
        seen.extend(feed.rows.iter().map(|row| row.feed_seq));
        cursor = *seen.last().unwrap();
        if !feed.more {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
    assert_eq!(world.feed(phone, u64::MAX).await.rows, []);
}

#[tokio::test]
async fn quotas_hold_to_the_byte_and_repeats_pass() {
    let mut config = config();
    config.quotas.mailbox_bytes = 3 * 2048;
    config.quotas.phone_mailboxes = 1;
    config.quotas.phone_bytes = 8 * 2048;
    let world = World::with(config).await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let last = world.event(mailbox, 10);
    assert_eq!(seq(world.push(phone, mailbox, world.event(mailbox, 10)).await), 2);
    assert_eq!(seq(world.push(phone, mailbox, last.clone()).await), 3);
    assert_eq!(refused(world.push(phone, mailbox, world.event(mailbox, 10)).await), ErrorCode::Quota);
    assert_eq!(seq(world.push(phone, mailbox, last).await), 3);
    let second = world.mailbox(&[phone.principal()]);
    assert_eq!(world.put_mailbox(phone, &second.id, &creation(&second)).await.code(), ErrorCode::Quota);

    // The phone's own quota: two events and a letter are in, four blobs fit.
    let team = world.mailbox(&[phone.principal(), Principal::Organisation(world.ngo.id)]);
    version(&world.put_mailbox(world.ngo.desk(), &team.id, &creation(&team)).await);
    let more: Vec<AppendResult> = vec![
        world.push(phone, team.id, world.event(team.id, 10)).await,
        world.push(phone, team.id, world.event(team.id, 10)).await,
        world.push(phone, team.id, world.event(team.id, 10)).await,
    ];
    assert_eq!(more.iter().map(|result| seq(*result)).collect::<Vec<_>>(), [1, 2, 3]);
    let third = world.mailbox(&[phone.principal(), Principal::Organisation(world.ngo.id)]);
    version(&world.put_mailbox(world.ngo.desk(), &third.id, &creation(&third)).await);
    assert_eq!(seq(world.push(phone, third.id, world.event(third.id, 10)).await), 1);
    assert_eq!(refused(world.push(phone, third.id, world.event(third.id, 10)).await), ErrorCode::Quota);
}
