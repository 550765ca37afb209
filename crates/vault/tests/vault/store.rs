//! Rows go in and come out; what is there already stays.

use amana_domain::{
    event::LogRef,
    ids::{BlobId, CaseId, EpochId, EventId, LogId, MailboxId, OrganisationId},
    role::{Clearance, LogKind},
};
use amana_vault::{
    Role, Tx, VaultError,
    store::{CaseKeys, CaseRow, ItemKind, Letter, Mailbox},
};
use zeroize::Zeroizing;

use crate::common::*;

fn within(check: impl FnOnce(&Tx<'_>) -> Result<(), VaultError>) {
    let place = tempfile::tempdir().unwrap();
    let mut vault = create(&place.path().join("vault"), Role::Phone).unwrap();
    vault.write(check).unwrap();
}

fn case(n: u8) -> CaseId {
    CaseId::from_slice(&[n; 16]).unwrap()
}
fn log_id(n: u8) -> LogId {
    LogId::from_bytes([n; 32])
}
fn event_id(n: u8) -> EventId {
    EventId::from_bytes([n; 32])
}
fn mailbox_id(n: u8) -> MailboxId {
    MailboxId::from_bytes([n; 16])
}

#[test]
fn settings_are_replaced_and_removed() {
    within(|tx| {
        assert!(tx.meta("name")?.is_none());
        tx.set_meta("name", b"one")?;
        tx.set_meta("name", b"two")?;
        assert_eq!(tx.meta("name")?.unwrap().as_slice(), b"two");
        tx.delete_meta("name")?;
        tx.delete_meta("name")?;
        assert!(tx.meta("name")?.is_none());
        Ok(())
    });
}

#[test]
fn events_keep_their_order_and_first_content() {
    within(|tx| {
        assert!(tx.add_event(event_id(2), log_id(1), b"first", false)?);
        assert!(tx.add_event(event_id(1), log_id(1), b"second", true)?);
        assert!(tx.add_event(event_id(3), log_id(2), b"elsewhere", false)?);
        // Once more, with a proof that it is at the relay.
        assert!(!tx.add_event(event_id(2), log_id(1), b"forged", true)?);
        let events = tx.events(log_id(1))?;
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [event_id(2), event_id(1)]);
        assert_eq!(events[0].content, b"first");
        assert!(events[0].at_relay && events[1].at_relay);
        assert!(!tx.add_event(event_id(2), log_id(1), b"first", false)?);
        assert!(tx.event(event_id(2))?.unwrap().at_relay);
        tx.forget_at_relay(log_id(1))?;
        assert!(tx.events(log_id(1))?.iter().all(|event| !event.at_relay));
        tx.mark_at_relay(event_id(1))?;
        assert!(tx.event(event_id(1))?.unwrap().at_relay);
        assert_eq!(tx.event_count()?, 3);
        tx.set_verdict(event_id(1), "pending")?;
        assert_eq!(
            tx.verdicts(log_id(1))?,
            [(event_id(1), "pending".to_owned()), (event_id(2), "applied".to_owned())]
        );
        assert!(tx.event(event_id(9))?.is_none());
        Ok(())
    });
}

#[test]
fn envelopes_wait_for_their_key() {
    within(|tx| {
        tx.add_unopened(mailbox_id(1), 2, b"b")?;
        tx.add_unopened(mailbox_id(1), 1, b"a")?;
        tx.add_unopened(mailbox_id(1), 2, b"other")?;
        tx.add_unopened(mailbox_id(2), 1, b"x")?;
        assert_eq!(tx.unopened(mailbox_id(1))?, [(1, b"a".to_vec()), (2, b"b".to_vec())]);
        tx.remove_unopened(mailbox_id(1), 1)?;
        assert_eq!(tx.unopened(mailbox_id(1))?.len(), 1);
        Ok(())
    });
}

#[test]
fn the_outbox_keeps_items_until_they_are_done_or_refused() {
    within(|tx| {
        tx.enqueue(ItemKind::Filing, Some(case(1)), b"one")?;
        tx.enqueue(ItemKind::Event, None, b"one")?;
        tx.enqueue(ItemKind::Event, None, b"one")?;
        let items = tx.pending()?;
        assert_eq!(items.len(), 2);
        assert_eq!((items[0].kind, items[0].case, items[1].case), (ItemKind::Filing, Some(case(1)), None));
        tx.postponed(items[1].item, 5_000, "busy")?;
        assert_eq!((tx.pending()?[1].attempts, tx.pending()?[1].next_ms), (1, 5_000));
        tx.refused(items[1].item, "quota")?;
        assert_eq!(tx.pending()?.len(), 1);
        assert_eq!(tx.refusals()?, [(ItemKind::Event, None, "quota".to_owned())]);
        // Asked for again: pending as if new.
        tx.enqueue(ItemKind::Event, None, b"one")?;
        assert!(tx.refusals()?.is_empty());
        assert_eq!((tx.pending()?[1].attempts, tx.pending()?[1].next_ms), (0, 0));
        tx.done(ItemKind::Filing, b"one")?;
        assert_eq!(tx.pending()?.len(), 1);
        for kind in [ItemKind::Letter, ItemKind::Mailbox, ItemKind::Join] {
            tx.enqueue(kind, None, b"x")?;
        }
        assert_eq!(tx.pending()?.len(), 4);
        Ok(())
    });
}

#[test]
fn cases_and_logs_stay_as_they_were_added() {
    within(|tx| {
        let keys = CaseKeys {
            sign: Zeroizing::new([1; 32]),
            kem: Zeroizing::new([2; 32]),
            relay: Zeroizing::new([3; 32]),
        };
        tx.add_case(case(2), b"root", b"kem", Some(&keys))?;
        tx.add_case(case(2), b"other", b"other", None)?;
        tx.add_case(case(1), b"desk", b"kem", None)?;
        let stored = tx.case(case(2))?.unwrap();
        assert_eq!((stored.root.as_slice(), stored.kem.as_slice()), (b"root".as_slice(), b"kem".as_slice()));
        let kept = stored.keys.unwrap();
        assert_eq!((*kept.sign, *kept.kem, *kept.relay), ([1; 32], [2; 32], [3; 32]));
        assert!(tx.case(case(1))?.unwrap().keys.is_none());
        assert_eq!(tx.case_ids()?, [case(1), case(2)]);
        assert_eq!(tx.cases()?.len(), 2);

        let log = |n: u8, kind| LogRef { kind, n: 0, log: log_id(n), mailbox: mailbox_id(n) };
        tx.add_log(case(1), &log(3, LogKind::Talk))?;
        tx.add_log(case(1), &log(2, LogKind::Core))?;
        tx.add_log(case(2), &log(2, LogKind::Talk))?;
        assert_eq!(
            tx.logs_of(case(1))?.iter().map(|stored| stored.log.log).collect::<Vec<_>>(),
            [log_id(2), log_id(3)]
        );
        let claimed = |tx: &Tx<'_>| {
            Ok::<_, VaultError>(tx.claims_of(log_id(2))?.iter().map(|log| log.case).collect::<Vec<_>>())
        };
        assert_eq!(claimed(tx)?, [case(1), case(2)], "either may be the right one");
        tx.settle_log(case(1), log_id(2))?;
        tx.add_event(event_id(2), log_id(2), b"first", false)?;
        tx.add_log(case(2), &log(2, LogKind::Talk))?;
        assert_eq!(claimed(tx)?, [case(1)], "its first event has told");
        assert_eq!(tx.log(log_id(2))?.unwrap().case, case(1));
        assert_eq!(tx.log_in(mailbox_id(3))?.unwrap().log, log(3, LogKind::Talk));
        assert_eq!(tx.logs()?.len(), 2);
        for kind in LogKind::ALL {
            let n = 100 + *kind as u8;
            tx.add_log(case(3), &log(n, *kind))?;
            assert_eq!(tx.log(log_id(n))?.unwrap().log.kind, *kind);
        }

        let epoch = EpochId::from_bytes([7; 32]);
        let keys = |tx: &Tx<'_>| {
            Ok::<_, VaultError>(tx.log_keys(log_id(2))?.iter().map(|(_, key)| key[0]).collect::<Vec<_>>())
        };
        assert!(tx.claim_log_key(log_id(2), epoch, &[1; 32])?);
        assert!(!tx.claim_log_key(log_id(2), epoch, &[1; 32])?);
        assert_eq!(tx.held_epochs(log_id(2))?, [epoch], "nobody says otherwise");
        assert!(tx.claim_log_key(log_id(2), epoch, &[2; 32])?);
        assert_eq!(
            (keys(tx)?, tx.held_epochs(log_id(2))?),
            (vec![1, 2], vec![]),
            "either may be the right one"
        );
        assert!(!tx.prove_log_key(log_id(2), epoch, &[2; 32])?);
        assert!(!tx.claim_log_key(log_id(2), epoch, &[3; 32])?, "the right one is known");
        assert_eq!((keys(tx)?, tx.held_epochs(log_id(2))?), (vec![2], vec![epoch]));
        Ok(())
    });
}

#[test]
fn mailboxes_feeds_and_letters() {
    within(|tx| {
        let mut mailbox = Mailbox {
            mailbox: mailbox_id(1),
            principal: b"who".to_vec(),
            cursor: 1,
            chain: [4; 32],
            head: u64::MAX,
            gone: false,
            joined: 0,
        };
        tx.put_mailbox(&mailbox)?;
        // A number that no database holds is still the furthest, not the nearest.
        mailbox.head = i64::MAX as u64;
        assert_eq!(tx.mailboxes_behind()?, [(mailbox.clone(), None)]);
        assert_eq!(tx.mailbox(mailbox_id(1))?.unwrap(), mailbox);
        mailbox.head = 3;
        tx.put_mailbox(&mailbox)?;
        assert_eq!(tx.mailboxes_behind()?, [(mailbox.clone(), None)]);
        mailbox.gone = true;
        tx.put_mailbox(&mailbox)?;
        assert!(tx.mailboxes_behind()?.is_empty());
        assert_eq!(tx.mailboxes()?, [mailbox]);
        assert!(tx.feed(b"who")?.is_none());
        tx.set_feed(b"who", 9, &[1; 32])?;
        tx.set_feed(b"who", 10, &[2; 32])?;
        assert_eq!(tx.feed(b"who")?, Some((10, [2; 32])));

        let letter = |n: u8, case| Letter {
            blob: BlobId::from_bytes([n; 32]),
            mailbox: mailbox_id(n),
            case,
            envelope: vec![n],
        };
        tx.add_letter(&letter(1, None))?;
        tx.add_letter(&letter(2, Some(case(1))))?;
        tx.add_letter(&Letter { envelope: vec![9], ..letter(2, None) })?;
        assert_eq!(tx.letters()?.len(), 2);
        assert_eq!(tx.letters_of(case(1))?.len(), 1);
        assert_eq!(tx.letter(BlobId::from_bytes([2; 32]))?.unwrap().envelope, [2]);
        assert!(tx.letter(BlobId::from_bytes([3; 32]))?.is_none());
        Ok(())
    });
}

#[test]
fn rosters_directories_and_clearance_secrets() {
    within(|tx| {
        let organisation = OrganisationId::from_slice(&[1; 16]).unwrap();
        tx.add_directory(2, b"two")?;
        tx.add_directory(1, b"one")?;
        tx.add_directory(1, b"forged")?;
        assert_eq!(tx.directories()?, [b"one".to_vec(), b"two".to_vec()]);
        for n in 1..=3 {
            tx.add_roster(organisation, n, &[n as u8])?;
        }
        assert!(tx.roster_part(organisation, 2)?.is_none());
        tx.set_roster_part(organisation, 2, b"part")?;
        assert_eq!(tx.roster_part(organisation, 2)?.unwrap(), b"part");
        tx.truncate_rosters(organisation, 2)?;
        assert_eq!(tx.roster_heads()?, [(organisation, vec![1])]);
        assert!(tx.roster_part(organisation, 2)?.is_none());
        for generation in [1, 3, 2] {
            tx.add_clearance_secret(Clearance::Need, generation, &[generation as u8; 32])?;
        }
        tx.add_clearance_secret(Clearance::Need, 3, &[9; 32])?;
        tx.add_clearance_secret(Clearance::Need, 3, &[3; 32])?;
        tx.add_clearance_secret(Clearance::Open, 1, &[5; 32])?;
        tx.add_clearance_secret(Clearance::Strict, 1, &[6; 32])?;
        let secrets = tx.clearance_secrets()?;
        assert_eq!(secrets.len(), 5);
        assert_eq!((secrets[0].0, secrets[0].1, *secrets[0].2), (Clearance::Need, 3, [3; 32]));
        Ok(())
    });
}

#[test]
fn the_queue_is_in_triage_order_and_numbers_are_found_by_their_beginning() {
    within(|tx| {
        let row = |n: u8, open, priority, due_ms, number: &str| CaseRow {
            case: case(n),
            open,
            priority,
            due_ms,
            number: number.to_owned(),
            summary: b"{}".to_vec(),
        };
        for row in [
            row(1, true, 2, 50, "AAAA-0001-0"),
            row(2, true, 1, i64::MAX, "AAAA-0002-0"),
            row(3, true, 1, 70, "AAAB-0003-0"),
            row(5, true, 1, 70, "ZZZZ-0005-0"),
            row(4, true, 1, 70, "ZZZZ-0004-0"),
            row(6, false, 0, 1, "AAAA-0006-0"),
        ] {
            tx.put_case_row(&row)?;
        }
        let ids = |rows: Vec<CaseRow>| rows.iter().map(|row| row.case.as_bytes()[0]).collect::<Vec<_>>();
        assert_eq!(ids(tx.queue(10)?), [3, 4, 5, 2, 1]);
        assert_eq!(ids(tx.queue(2)?), [3, 4]);
        assert_eq!(ids(tx.all_case_rows()?), [6, 3, 4, 5, 2, 1]);
        let numbered = |prefix: &str| -> Result<Vec<u8>, VaultError> {
            Ok(tx.cases_numbered(prefix)?.iter().map(|case| case.as_bytes()[0]).collect())
        };
        assert_eq!(numbered("AAAA")?, [1, 2, 6]);
        assert_eq!(numbered("AAAB-0003-0")?, [3]);
        assert!(numbered("ZZZZ-0006")?.is_empty());
        assert!(numbered("%")?.is_empty());
        assert_eq!(numbered("")?.len(), 6);
        tx.put_case_row(&row(1, false, 2, 50, "AAAA-0001-0"))?;
        assert_eq!(ids(tx.queue(10)?), [3, 4, 5, 2]);
        assert_eq!(tx.case_row(case(1))?.unwrap().summary, b"{}");
        tx.delete_case_row(case(1))?;
        assert!(tx.case_row(case(1))?.is_none());
        Ok(())
    });
}
