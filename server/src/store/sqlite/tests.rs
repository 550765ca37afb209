//! What is particular to SQLite.

use std::sync::Arc;

use amana_crypto::SeededRandom;
use amana_domain::ids::VerifyKey;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{FILE, OpenError, SCHEMA_VERSION, SqliteStore};
use crate::{
    config::{Limits, Quotas},
    store::{
        Store, StoreError,
        conformance::{self, Factory},
    },
};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn try_open(&self, quotas: Quotas) -> Result<SqliteStore, OpenError> {
        let key = conformance::signing_key();
        SqliteStore::open(self.0.path(), quotas, &Limits::default(), &[], key, &SeededRandom::new(3))
    }
    fn database(&self) -> Connection {
        Connection::open(self.0.path().join(FILE)).unwrap()
    }
}

impl Factory for Folder {
    fn open(&self, quotas: Quotas) -> Arc<dyn Store> {
        Arc::new(self.try_open(quotas).unwrap())
    }
    fn key(&self) -> VerifyKey {
        conformance::signing_key().verify_key()
    }
}

conformance::conformance! { Folder::new() =>
    sequences_chains_and_acknowledgements
    sixty_four_writers_and_a_cursor_without_gaps
    a_bad_job_harms_no_other
    lists_change_by_compare_and_swap
    many_mailboxes_are_read_within_bounds_and_access_lists
    one_of_two_simultaneous_changes_wins
    only_an_owner_makes_a_mailbox
    deletion_leaves_a_tombstone
    retention_spares_the_young_and_the_intakes
    state_survives_closing
    public_chains_change_by_compare_and_swap
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let folder = Folder::new();
    folder.try_open(Quotas::default()).unwrap().close().await.unwrap();
    let newer = SCHEMA_VERSION as i64 + 1;
    folder.database().pragma_update(None, "user_version", newer).unwrap();
    let refused = folder.try_open(Quotas::default()).unwrap_err();
    assert!(matches!(refused, OpenError::TooNew { found } if found == newer));
    let version: i64 = folder.database().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, newer);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.0.path().join(FILE);
    let rubbish = vec![0x41; 8192];
    std::fs::write(&path, &rubbish).unwrap();
    assert!(matches!(folder.try_open(Quotas::default()), Err(OpenError::Database(_))));
    assert_eq!(std::fs::read(&path).unwrap(), rubbish);
}

#[tokio::test]
async fn durability_is_full_and_the_log_is_write_ahead() {
    let folder = Folder::new();
    let connection = super::open::writer(&folder.0.path().join(FILE)).unwrap();
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!(synchronous, 2, "FULL");
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

/// The schema holds these columns and no others: no times, no addresses, no names of people.
/// A column that is added must be argued for here and in the threat model.
#[tokio::test]
async fn the_schema_is_the_allowed_one() {
    const ALLOWED: &[&str] = &[
        "access.mailbox INTEGER",
        "access.principal INTEGER",
        "access.role INTEGER",
        "blob.chain BLOB",
        "blob.day INTEGER",
        "blob.envelope BLOB",
        "blob.id BLOB",
        "blob.mailbox INTEGER",
        "blob.place INTEGER",
        "directory.signed BLOB",
        "directory.version INTEGER",
        "feed.blob_seq INTEGER",
        "feed.chain BLOB",
        "feed.kind INTEGER",
        "feed.mailbox INTEGER",
        "feed.principal INTEGER",
        "feed.seq INTEGER",
        "join_request.invite BLOB",
        "join_request.organisation BLOB",
        "join_request.request BLOB",
        "mailbox.bytes INTEGER",
        "mailbox.chain BLOB",
        "mailbox.gone INTEGER",
        "mailbox.head INTEGER",
        "mailbox.id INTEGER",
        "mailbox.intake INTEGER",
        "mailbox.last_day INTEGER",
        "mailbox.list_version INTEGER",
        "mailbox.name BLOB",
        "meta.key TEXT",
        "meta.value BLOB",
        "principal.admitted INTEGER",
        "principal.bytes INTEGER",
        "principal.feed_chain BLOB",
        "principal.feed_head INTEGER",
        "principal.id INTEGER",
        "principal.mailboxes INTEGER",
        "principal.name BLOB",
        "renewal.certificate BLOB",
        "renewal.device BLOB",
        "renewal.invite BLOB",
        "renewal.organisation BLOB",
        "roster.id INTEGER",
        "roster.n INTEGER",
        "roster.organisation BLOB",
        "roster.part BLOB",
        "roster.signed BLOB",
        "token.blob BLOB",
        "token.hash BLOB",
    ];
    let folder = Folder::new();
    folder.try_open(Quotas::default()).unwrap().close().await.unwrap();
    let database = folder.database();
    let mut statement = database
        .prepare(
            "SELECT t.name || '.' || c.name || ' ' || c.type FROM pragma_table_list t, \
             pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1",
        )
        .unwrap();
    let found: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(found, ALLOWED);
    let other: i64 = database
        .query_row("SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(other, 0);
}

/// Runs appends while a trigger makes the database fail: within the job, or when the group is written.
/// What was refused for it is not there afterwards, and nothing that was kept in memory went astray.
async fn appends_survive_a_failure(trigger: &str) {
    let folder = Folder::new();
    let store = folder.try_open(Quotas::default()).unwrap();
    let fixture = conformance::Fixture::new();
    let phone = fixture.phone();
    let mailbox = fixture.mailbox(&[phone]);
    fixture.filed(&store, phone, vec![mailbox.clone()]).await;
    let events = vec![fixture.event(mailbox.id), fixture.event(mailbox.id)];
    let database = folder.database();
    database.execute_batch(trigger).unwrap();
    let failed = store.append(phone, events.clone(), 1).await;
    assert_eq!(failed.unwrap_err(), StoreError::Failed);
    let page = store.read_mailbox(phone, mailbox.id, 0, 10, 1 << 20).await.unwrap();
    assert_eq!((page.head, page.blobs.len()), (1, 1));
    database.execute_batch("DROP TRIGGER full").unwrap();
    let appended = store.append(phone, events, 1).await.unwrap();
    assert_eq!(conformance::stored(&appended), [2, 3]);
    let rows = store.feed(phone, 0, 10).await.unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.feed_seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_job_that_fails_half_way_leaves_nothing() {
    appends_survive_a_failure(
        "CREATE TRIGGER full BEFORE INSERT ON feed WHEN NEW.blob_seq = 3 \
         BEGIN SELECT raise(ABORT, 'disk full'); END",
    )
    .await;
}

#[tokio::test]
async fn a_group_that_cannot_be_committed_leaves_nothing() {
    appends_survive_a_failure(
        "CREATE TRIGGER full BEFORE UPDATE ON mailbox BEGIN SELECT raise(ROLLBACK, 'disk full'); END",
    )
    .await;
    appends_survive_a_failure(
        "CREATE TRIGGER full BEFORE UPDATE ON principal BEGIN SELECT raise(ABORT, 'disk full'); END",
    )
    .await;
}
