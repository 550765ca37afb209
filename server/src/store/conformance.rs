//! What every store must do. Each check gets fresh stores from a factory, so that another database
//! needs one `conformance!` line and a factory.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use amana_crypto::{LogKey, Random as _, SeededRandom, SigningKey, StrictVerifier, envelope};
use amana_domain::ids::{DeviceId, EventId, Hash, MailboxId, Nonce, OrganisationId, VerifyKey};
use amana_protocol::{
    ErrorCode, Principal,
    mailbox::{chain_next, chain_start, feed_next, feed_start, mailbox_id},
    reading::ReadFrom,
    wire::{FeedChange, JoinRow, MailboxCreate, MailboxPut, NewMailbox, Renewal},
};

use super::{Appended, CheckedEnvelope, Filing, Store, StoreError};
use crate::{
    auth::{Caller, Payment},
    config::Quotas,
};

/// Opens stores: `open` on the same place again after `close`.
pub(crate) trait Factory: Send + Sync {
    fn open(&self, quotas: Quotas) -> Arc<dyn Store>;
    fn key(&self) -> VerifyKey;
}

/// Makes one test per check.
macro_rules! conformance {
    ($factory:expr => $($check:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $check() {
            $crate::store::conformance::$check(&$factory).await;
        }
    )*};
}
pub(crate) use conformance;

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::make(&SeededRandom::new(77))
}

pub(crate) struct Fixture {
    random: SeededRandom,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self { random: SeededRandom::new(5) }
    }
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
    pub(crate) fn phone(&self) -> Caller {
        Caller::for_store_tests(Principal::Phone(VerifyKey::from_bytes(self.bytes())))
    }
    pub(crate) fn event(&self, mailbox: MailboxId) -> CheckedEnvelope {
        let key = LogKey::from_bytes(self.bytes());
        let sealed = envelope::seal_event(&key, mailbox, EventId::from_bytes(self.bytes()), b"x").unwrap();
        CheckedEnvelope::check(mailbox, sealed).unwrap()
    }
    pub(crate) fn mailbox(&self, owners: &[Caller]) -> NewMailbox {
        let mut owners: Vec<_> = owners.iter().map(|owner| *owner.principal()).collect();
        owners.sort_unstable();
        let nonce = Nonce::from_bytes(self.bytes());
        let id = mailbox_id(&owners, &nonce).unwrap();
        NewMailbox { id, owners, nonce, readers: vec![], writers: vec![] }
    }
    pub(crate) async fn filed(
        &self,
        store: &dyn Store,
        caller: Caller,
        mailboxes: Vec<NewMailbox>,
    ) -> Appended {
        let envelopes = mailboxes.iter().map(|mailbox| self.event(mailbox.id)).collect();
        store.file(caller, Filing { mailboxes, envelopes, payment: Payment::Settled }, 1).await.unwrap()
    }
}

fn team(n: u8) -> (OrganisationId, Caller) {
    let id = OrganisationId::from_root(&VerifyKey::from_bytes([n; 32]));
    (id, Caller::for_store_tests(Principal::Organisation(id)))
}

fn list(version: u64, readers: &[Caller], writers: &[Caller]) -> MailboxPut {
    let names = |list: &[Caller]| list.iter().map(|caller| *caller.principal()).collect();
    MailboxPut { create: None, list_version: version, readers: names(readers), writers: names(writers) }
}

pub(crate) fn stored(appended: &Appended) -> Vec<u64> {
    appended.results.iter().map(|result| result.as_ref().unwrap().2).collect()
}

/// The feed up to its end, with small pages, each of which continues the chain of the one before.
async fn feed(store: &dyn Store, caller: Caller) -> Vec<(u64, MailboxId, FeedChange)> {
    let (mut rows, mut after) = (Vec::new(), 0);
    let mut chain = feed_start(caller.principal());
    loop {
        let page = store.feed(caller, after, 7).await.unwrap();
        assert_eq!(page.chain, chain);
        chain = page.next;
        if page.rows.iter().map(|row| row.feed_seq).eq(after + 1..=after + page.rows.len() as u64) {
            // Nothing was deleted in between: the chain can be computed.
            assert_eq!(page.rows.iter().fold(page.chain, |chain, row| feed_next(&chain, row)), page.next);
        }
        rows.extend(page.rows.iter().map(|row| (row.feed_seq, row.mailbox, row.change)));
        after = rows.last().map_or(0, |row: &(u64, _, _)| row.0);
        if !page.more {
            return rows;
        }
    }
}

pub(crate) async fn sequences_chains_and_acknowledgements(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let phone = fixture.phone();
    let mailbox = fixture.mailbox(&[phone]);
    let first = fixture.filed(&*store, phone, vec![mailbox.clone()]).await;
    assert_eq!(stored(&first), [1]);
    let events = vec![fixture.event(mailbox.id), fixture.event(mailbox.id)];
    let appended = store.append(phone, events.clone(), 2).await.unwrap();
    assert_eq!(stored(&appended), [2, 3]);
    let again = store.append(phone, events, 3).await.unwrap();
    assert_eq!(again.results, appended.results);

    let page = store.read_mailbox(phone, mailbox.id, 0, 10, 1 << 20).await.unwrap();
    let mut chain = chain_start(&mailbox.id);
    let entries = first.results.iter().chain(&appended.results).map(|entry| entry.as_ref().unwrap());
    for (entry, blob) in entries.zip(&page.blobs) {
        chain = chain_next(&chain, &amana_domain::ids::BlobId::of(blob));
        assert_eq!(entry.3, chain);
    }
    assert_eq!((page.head, page.chain, page.blobs.len()), (3, chain, 3));
    for answer in [first, appended, again] {
        let entries: Vec<_> = answer.results.iter().flatten().cloned().collect();
        let proof = answer.ack.unwrap().proof(entries.clone());
        let ack = proof.verify(&factory.key(), &StrictVerifier).unwrap();
        assert_eq!((ack.generation, ack.entries), (store.generation(), entries));
    }
    store.close().await.unwrap();
}

pub(crate) async fn sixty_four_writers_and_a_cursor_without_gaps(factory: &impl Factory) {
    const WRITERS: usize = 64;
    const EACH: usize = 12;
    let (store, fixture) = (factory.open(Quotas::default()), Arc::new(Fixture::new()));
    let (id, desk) = team(1);
    store.add_directories(0, vec![b"directory".to_vec()], vec![id]).await.unwrap();
    let shared = fixture.mailbox(&[desk]);
    let phones: Vec<Caller> = (0..WRITERS).map(|_| fixture.phone()).collect();
    let mut new = shared.clone();
    new.writers = phones.iter().map(|phone| *phone.principal()).collect();
    store
        .file(desk, Filing { mailboxes: vec![new], envelopes: vec![], payment: Payment::Settled }, 1)
        .await
        .unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            // Follows the cursor while it is written, and never goes back.
            let (mut after, mut seen, mut last) = (0, Vec::new(), false);
            loop {
                let page = store.feed(desk, after, 50).await.unwrap();
                for row in &page.rows {
                    assert_eq!(row.feed_seq, after + 1, "a gap that may be filled later");
                    after = row.feed_seq;
                    if let FeedChange::Blob { blob, .. } = row.change {
                        seen.push(blob);
                    }
                }
                if last && page.rows.is_empty() {
                    return seen;
                }
                last = done.load(Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        }
    });
    let writers: Vec<_> = phones
        .into_iter()
        .map(|phone| {
            let (store, fixture) = (Arc::clone(&store), Arc::clone(&fixture));
            let mailbox = shared.id;
            tokio::spawn(async move {
                let own = fixture.mailbox(&[phone, desk]);
                let mut blobs = fixture.filed(&*store, phone, vec![own.clone()]).await.results;
                for n in 0..EACH {
                    let target = if n % 2 == 0 { own.id } else { mailbox };
                    blobs.extend(store.append(phone, vec![fixture.event(target)], 1).await.unwrap().results);
                }
                blobs
            })
        })
        .collect();
    let mut acknowledged = BTreeSet::new();
    let mut sequences = BTreeSet::new();
    for writer in writers {
        for entry in writer.await.unwrap() {
            let entry = entry.unwrap();
            assert!(acknowledged.insert(entry.1));
            if entry.0 == shared.id {
                assert!(sequences.insert(entry.2));
            }
        }
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.unwrap();
    assert_eq!(seen.len(), WRITERS * (EACH + 1));
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), acknowledged);
    let expected: BTreeSet<u64> = (1..=(WRITERS * EACH / 2) as u64).collect();
    assert_eq!(sequences, expected);
    store.close().await.unwrap();
}

pub(crate) async fn a_bad_job_harms_no_other(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Arc::new(Fixture::new()));
    let phone = fixture.phone();
    let mailbox = fixture.mailbox(&[phone]);
    fixture.filed(&*store, phone, vec![mailbox.clone()]).await;
    let mut jobs = Vec::new();
    for n in 0..200 {
        let (store, fixture, mailbox) = (Arc::clone(&store), Arc::clone(&fixture), mailbox.clone());
        jobs.push(tokio::spawn(async move {
            if n % 3 == 0 {
                // Makes a mailbox and appends to both, then fails.
                let stranger = fixture.mailbox(&[fixture.phone()]);
                let own = fixture.mailbox(&[phone]);
                let targets = [mailbox.id, own.id, stranger.id];
                let envelopes = targets.iter().map(|target| fixture.event(*target)).collect();
                let filing = Filing { mailboxes: vec![own], envelopes, payment: Payment::Settled };
                let error = store.file(phone, filing, 1).await.unwrap_err();
                assert_eq!(error, StoreError::Refused(ErrorCode::NoMailbox));
                None
            } else {
                Some(stored(&store.append(phone, vec![fixture.event(mailbox.id)], 1).await.unwrap())[0])
            }
        }));
    }
    let mut sequences = BTreeSet::new();
    for job in jobs {
        sequences.extend(job.await.unwrap());
    }
    assert_eq!(sequences, (2..=134).collect());
    let page = store.read_mailbox(phone, mailbox.id, 0, 1000, 1 << 30).await.unwrap();
    assert_eq!((page.head, page.blobs.len()), (134, 134));
    let chain = page.blobs.iter().fold(chain_start(&mailbox.id), |chain, blob| {
        chain_next(&chain, &amana_domain::ids::BlobId::of(blob))
    });
    assert_eq!(page.chain, chain);
    let rows = feed(&*store, phone).await;
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), (1..=135).collect::<Vec<_>>());
    store.close().await.unwrap();
}

pub(crate) async fn lists_change_by_compare_and_swap(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let (owner, reader, writer) = (fixture.phone(), fixture.phone(), fixture.phone());
    let mailbox = fixture.mailbox(&[owner]);
    fixture.filed(&*store, owner, vec![mailbox.clone()]).await;
    assert_eq!(
        store.read_mailbox(reader, mailbox.id, 0, 1, 1).await,
        Err(StoreError::Refused(ErrorCode::NoMailbox))
    );

    let change = list(1, &[reader], &[writer]);
    assert_eq!(store.put_mailbox(owner, mailbox.id, change.clone()).await, Ok(2));
    assert_eq!(store.put_mailbox(owner, mailbox.id, change).await, Ok(2), "a repeat");
    let stale = store.put_mailbox(owner, mailbox.id, list(1, &[], &[])).await;
    assert_eq!(stale, Err(StoreError::Conflict { code: ErrorCode::ListConflict, version: 2 }));

    assert_eq!(store.read_mailbox(reader, mailbox.id, 0, 1, 1).await.unwrap().blobs.len(), 1);
    let refused = |code| Err::<u64, _>(StoreError::Refused(code));
    for other in [reader, writer] {
        let put = store.put_mailbox(other, mailbox.id, list(2, &[], &[])).await;
        assert_eq!(put, refused(ErrorCode::NotOwner));
        let deleted = store.delete_mailbox(other, mailbox.id).await;
        assert_eq!(deleted, Err(StoreError::Refused(ErrorCode::NotOwner)));
    }
    let by_reader = store.append(reader, vec![fixture.event(mailbox.id)], 1).await.unwrap();
    assert_eq!(by_reader.results, [Err(ErrorCode::NoMailbox)]);
    let by_writer = store.append(writer, vec![fixture.event(mailbox.id)], 1).await.unwrap();
    assert_eq!(stored(&by_writer), [2]);
    assert!(store.read_mailbox(writer, mailbox.id, 0, 1, 1).await.is_err());

    assert_eq!(store.put_mailbox(owner, mailbox.id, list(2, &[], &[reader])).await, Ok(3));
    let after = store.append(owner, vec![fixture.event(mailbox.id)], 1).await.unwrap();
    assert_eq!(stored(&after), [3]);
    let kinds: Vec<_> = feed(&*store, reader).await.into_iter().map(|row| row.2).collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds[0], FeedChange::Joined { seq: 1 });
    assert!(matches!(kinds[1], FeedChange::Blob { seq: 2, .. }));
    assert_eq!(kinds[2], FeedChange::Left);
    assert_eq!(feed(&*store, writer).await, []);
    store.close().await.unwrap();
}

pub(crate) async fn many_mailboxes_are_read_within_bounds_and_access_lists(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let (phone, other) = (fixture.phone(), fixture.phone());
    let own: Vec<_> = (0..3).map(|_| fixture.mailbox(&[phone])).collect();
    let (foreign, gone) = (fixture.mailbox(&[other]), fixture.mailbox(&[phone]));
    fixture.filed(&*store, phone, own.clone()).await;
    fixture.filed(&*store, other, vec![foreign.clone()]).await;
    fixture.filed(&*store, phone, vec![gone.clone()]).await;
    store.delete_mailbox(phone, gone.id).await.unwrap();
    let more = (0..3).flat_map(|_| own.iter().map(|mailbox| fixture.event(mailbox.id))).collect();
    store.append(phone, more, 1).await.unwrap();
    // Each own mailbox holds four blobs now, all of one size.
    let size = store.read_mailbox(phone, own[0].id, 0, 1, 1).await.unwrap().blobs[0].len();
    let missing = MailboxId::from_bytes([9; 16]);
    let reads = |after: u64| -> Vec<ReadFrom> {
        let ids = [foreign.id, own[0].id, missing, gone.id, own[1].id, own[2].id];
        ids.map(|id| ReadFrom(id, after)).to_vec()
    };
    let count = |pages: &[Result<super::Page, ErrorCode>]| -> Vec<Result<usize, ErrorCode>> {
        pages.iter().map(|page| page.as_ref().map(|page| page.blobs.len()).map_err(|code| *code)).collect()
    };
    let (no, over) = (Err(ErrorCode::NoMailbox), Err(ErrorCode::MailboxGone));
    let bounds: [(usize, usize, &[_]); 7] = [
        (100, 1 << 20, &[no, Ok(4), no, over, Ok(4), Ok(4)]),
        (9, 1 << 20, &[no, Ok(4), no, over, Ok(4), Ok(1)]),
        // Where nothing fits any more the answer ends, also before a mailbox of which it would say nothing.
        (8, 1 << 20, &[no, Ok(4), no, over, Ok(4)]),
        (100, 6 * size, &[no, Ok(4), no, over, Ok(2)]),
        (100, 6 * size - 1, &[no, Ok(4), no, over, Ok(1)]),
        (100, 4 * size, &[no, Ok(4), no, over]),
        (4, 1 << 20, &[no, Ok(4), no, over]),
    ];
    for (limit, bytes, expected) in bounds {
        let pages = store.read_mailboxes(phone, reads(0), limit, bytes).await.unwrap();
        assert_eq!(count(&pages), expected, "{limit} {bytes}");
        for (ReadFrom(id, _), page) in reads(0).iter().zip(pages) {
            let whole = store.read_mailbox(phone, *id, 0, 100, 1 << 20).await;
            match page {
                Ok(page) => {
                    let whole = whole.unwrap();
                    assert_eq!((page.head, page.chain), (whole.head, whole.chain));
                    assert_eq!(page.blobs[..], whole.blobs[..page.blobs.len()]);
                }
                Err(code) => assert_eq!(whole, Err(StoreError::Refused(code))),
            }
        }
    }
    // One that is asked for first gives a blob however small the bounds are; one without news costs nothing.
    let first = store.read_mailboxes(phone, vec![ReadFrom(own[0].id, 3), ReadFrom(own[1].id, 9)], 1, 1).await;
    assert_eq!(count(&first.unwrap()), [Ok(1), Ok(0)]);
    let stranger = store.read_mailboxes(fixture.phone(), reads(0), 100, 1 << 20).await.unwrap();
    assert_eq!(count(&stranger), [no, no, no, over, no, no]);
    assert_eq!(store.read_mailboxes(phone, vec![], 1, 1).await.unwrap(), []);
    store.close().await.unwrap();
}

pub(crate) async fn one_of_two_simultaneous_changes_wins(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let owner = fixture.phone();
    let mailbox = fixture.mailbox(&[owner]);
    fixture.filed(&*store, owner, vec![mailbox.clone()]).await;
    for version in 1..20 {
        let [a, b] = [fixture.phone(), fixture.phone()]
            .map(|reader| store.put_mailbox(owner, mailbox.id, list(version, &[reader], &[])));
        let (a, b) = tokio::join!(a, b);
        assert!(a.is_ok() != b.is_ok());
    }
    store.close().await.unwrap();
}

pub(crate) async fn only_an_owner_makes_a_mailbox(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let (phone, other) = (fixture.phone(), fixture.phone());
    let (_, desk) = team(1);
    let foreign = fixture.mailbox(&[other]);
    let create = |new: &NewMailbox, version| MailboxPut {
        create: Some(MailboxCreate { owners: new.owners.clone(), nonce: new.nonce }),
        ..list(version, &[], &[])
    };
    let refused = |code| Err(StoreError::Refused(code));
    let filing = Filing { mailboxes: vec![foreign.clone()], envelopes: vec![], payment: Payment::Settled };
    assert_eq!(store.file(phone, filing, 1).await.unwrap_err(), StoreError::Refused(ErrorCode::NotOwner));
    let own = fixture.mailbox(&[phone]);
    // The failed filing did not admit the phone.
    let put = store.put_mailbox(phone, own.id, create(&own, 0)).await;
    assert_eq!(put, refused(ErrorCode::AdmissionRequired));
    fixture.filed(&*store, phone, vec![fixture.mailbox(&[phone])]).await;
    assert_eq!(store.put_mailbox(phone, foreign.id, create(&foreign, 0)).await, refused(ErrorCode::NotOwner));
    let early = store.put_mailbox(phone, own.id, create(&own, 3)).await;
    assert_eq!(early, Err(StoreError::Conflict { code: ErrorCode::ListConflict, version: 0 }));
    assert_eq!(store.put_mailbox(phone, own.id, create(&own, 0)).await, Ok(1));
    assert_eq!(store.put_mailbox(phone, own.id, create(&own, 0)).await, Ok(1), "a repeat");
    let of_team = fixture.mailbox(&[desk]);
    assert_eq!(store.put_mailbox(desk, of_team.id, create(&of_team, 0)).await, Ok(1));
    let nowhere = fixture.mailbox(&[phone]).id;
    assert_eq!(store.put_mailbox(phone, nowhere, list(0, &[], &[])).await, refused(ErrorCode::NoMailbox));
    store.close().await.unwrap();
}

pub(crate) async fn deletion_leaves_a_tombstone(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let (id, desk) = team(1);
    store.add_directories(0, vec![b"directory".to_vec()], vec![id]).await.unwrap();
    let phone = fixture.phone();
    let mailbox = fixture.mailbox(&[phone, desk]);
    fixture.filed(&*store, phone, vec![mailbox.clone()]).await;
    assert_eq!(store.delete_mailbox(desk, mailbox.id).await, Ok(()));
    let gone = StoreError::Refused(ErrorCode::MailboxGone);
    for caller in [phone, desk] {
        assert_eq!(store.read_mailbox(caller, mailbox.id, 0, 1, 1).await, Err(gone));
        assert_eq!(store.delete_mailbox(caller, mailbox.id).await, Err(gone));
        let appended = store.append(caller, vec![fixture.event(mailbox.id)], 1).await.unwrap();
        assert_eq!(appended.results, [Err(ErrorCode::MailboxGone)]);
        let rows = feed(&*store, caller).await;
        assert_eq!(rows.last().unwrap().2, FeedChange::Left);
        assert!(!rows.iter().any(|row| matches!(row.2, FeedChange::Blob { .. })));
    }
    let again = Filing { mailboxes: vec![mailbox.clone()], envelopes: vec![], payment: Payment::Settled };
    assert_eq!(store.file(phone, again, 1).await.unwrap_err(), gone);
    assert_eq!(
        store.delete_mailbox(desk, id.intake()).await,
        Err(StoreError::Refused(ErrorCode::BadRequest)),
        "an intake stays"
    );
    store.close().await.unwrap();
}

pub(crate) async fn retention_spares_the_young_and_the_intakes(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let (id, desk) = team(1);
    store.add_directories(0, vec![b"directory".to_vec()], vec![id]).await.unwrap();
    let (old, young) = (fixture.mailbox(&[desk]), fixture.mailbox(&[desk]));
    fixture.filed(&*store, desk, vec![old.clone(), young.clone()]).await;
    store.append(desk, vec![fixture.event(young.id)], 30).await.unwrap();
    assert_eq!(store.retire(30).await, Ok(1));
    assert_eq!(store.retire(30).await, Ok(0));
    let gone = Err(StoreError::Refused(ErrorCode::MailboxGone));
    assert_eq!(store.read_mailbox(desk, old.id, 0, 1, 1).await, gone);
    assert!(store.read_mailbox(desk, young.id, 0, 1, 1).await.is_ok());
    assert!(store.read_mailbox(desk, id.intake(), 0, 1, 1).await.is_ok());
    store.close().await.unwrap();
}

pub(crate) async fn state_survives_closing(factory: &impl Factory) {
    let (store, fixture) = (factory.open(Quotas::default()), Fixture::new());
    let (id, desk) = team(1);
    let phone = fixture.phone();
    store.add_directories(0, vec![b"one".to_vec(), b"two".to_vec()], vec![id]).await.unwrap();
    store.add_rosters(id, 0, vec![b"head".to_vec()], Some((1, b"part".to_vec())), vec![]).await.unwrap();
    let mailbox = fixture.mailbox(&[phone, desk]);
    fixture.filed(&*store, phone, vec![mailbox.clone()]).await;
    let generation = store.generation();
    let rows = feed(&*store, desk).await;
    let page = store.read_mailbox(desk, mailbox.id, 0, 10, 1 << 20).await.unwrap();
    store.close().await.unwrap();
    let late = store.append(phone, vec![fixture.event(mailbox.id)], 1).await;
    assert_eq!(late.unwrap_err(), StoreError::Busy);
    drop(store);

    let store = factory.open(Quotas::default());
    assert_eq!(store.generation(), generation);
    let trust = store.trust().await.unwrap();
    assert_eq!(trust.directories, [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(trust.rosters, [(id, b"head".to_vec())]);
    assert_eq!(store.roster_part(desk, id, 1).await.unwrap(), b"part");
    assert_eq!(feed(&*store, desk).await, rows);
    assert_eq!(store.read_mailbox(desk, mailbox.id, 0, 10, 1 << 20).await.unwrap(), page);
    let next = store.append(phone, vec![fixture.event(mailbox.id)], 1).await.unwrap();
    assert_eq!(stored(&next), [2]);
    assert_eq!(feed(&*store, desk).await.last().unwrap().0, rows.last().unwrap().0 + 1);
    store.close().await.unwrap();
}

pub(crate) async fn public_chains_change_by_compare_and_swap(factory: &impl Factory) {
    let store = factory.open(Quotas { joins: 2, ..Quotas::default() });
    let ((id, desk), (_, stranger)) = (team(1), team(2));
    store.add_directories(0, vec![b"one".to_vec()], vec![id]).await.unwrap();
    let late = store.add_directories(0, vec![b"other".to_vec()], vec![]).await;
    assert_eq!(late, Err(StoreError::Conflict { code: ErrorCode::DirectoryRollback, version: 1 }));
    let join = |n: u8| JoinRow { invite: Hash::from_bytes([n; 32]), request: vec![n; 5] };
    assert_eq!(store.add_join(id, join(1)).await, Ok(()));
    assert_eq!(store.add_join(id, join(1)).await, Ok(()));
    let other = JoinRow { request: vec![9], ..join(1) };
    assert_eq!(store.add_join(id, other).await, Err(StoreError::Refused(ErrorCode::InviteUsed)));
    assert_eq!(store.add_join(id, join(2)).await, Ok(()));
    assert_eq!(store.add_join(id, join(3)).await, Err(StoreError::Refused(ErrorCode::Quota)));

    store.add_rosters(id, 0, vec![b"1".to_vec(), b"2".to_vec()], None, vec![join(1).invite]).await.unwrap();
    let late = store.add_rosters(id, 1, vec![b"3".to_vec()], None, vec![]).await;
    assert_eq!(late, Err(StoreError::Conflict { code: ErrorCode::RosterConflict, version: 2 }));
    assert_eq!(store.joins(desk, id).await.unwrap(), [join(2)]);
    let refused = StoreError::Refused(ErrorCode::Unauthorised);
    assert_eq!(store.joins(stranger, id).await, Err(refused));

    let missing = Err(StoreError::Refused(ErrorCode::NotFound));
    assert_eq!(store.roster_part(desk, id, 2).await, missing);
    store.add_rosters(id, 2, vec![], Some((2, b"part".to_vec())), vec![]).await.unwrap();
    store.add_rosters(id, 2, vec![], Some((2, b"late".to_vec())), vec![]).await.unwrap();
    assert_eq!(store.roster_part(desk, id, 2).await.unwrap(), b"part");
    assert_eq!(store.roster_part(stranger, id, 2).await, Err(refused));
    for n in [0, 3, u64::MAX] {
        assert_eq!(store.roster_part(desk, id, n).await, missing);
    }

    let device = |n: u8| DeviceId::from_bytes([n; 32]);
    let renewal = |n: u8| Renewal { invite: vec![n], certificate: vec![n; 3] };
    for (at, n) in [(2, 2), (1, 9), (1, 1)] {
        store.add_renewal(id, device(at), renewal(n)).await.unwrap();
    }
    assert_eq!(store.renewals(desk, id).await.unwrap(), [(device(1), renewal(1)), (device(2), renewal(2))]);
    assert_eq!(store.renewals(stranger, id).await, Err(refused));
    assert_eq!(store.renewals(stranger, team(2).0).await.unwrap(), []);
    store.drop_renewals(team(2).0, vec![device(1)]).await.unwrap();
    store.drop_renewals(id, vec![device(2), device(3)]).await.unwrap();
    assert_eq!(store.renewals(desk, id).await.unwrap(), [(device(1), renewal(1))]);
    store.close().await.unwrap();
}
