//! What needs a look at the connection itself.

use std::{env, process::Command, sync::Barrier, thread};

use amana_crypto::{SeededRandom, slots::Cost};

use super::*;

fn right() -> Passphrase {
    Passphrase::parse("one two three four five six").unwrap()
}

fn create(dir: &Path) -> Vault {
    let random = SeededRandom::new(1);
    Vault::create::<VaultError>(dir, &right(), Cost::for_tests(), Role::Desk, &random, |_| Ok(())).unwrap()
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let mut vault = create(&dir);
    let pages: i64 = vault.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    vault.connection.pragma_update(None, "max_page_count", pages + 20).unwrap();
    let write = |vault: &mut Vault, n: u32| {
        vault.write(|tx| {
            tx.set_meta("last", &n.to_be_bytes())?;
            tx.set_meta(&format!("row {n}"), &[7; 3000])
        })
    };
    let full = (0..).find_map(|n| write(&mut vault, n).err().map(|error| (n, error)));
    let (failed, error) = full.unwrap();
    assert!(matches!(error, VaultError::DiskFull), "{error:?}");
    assert!(failed > 5);
    let state = |vault: &mut Vault| {
        let last = vault.read(|tx| tx.meta("last")).unwrap().unwrap();
        let there = |n: u32| tx_has(&mut *vault, n);
        (last.to_vec(), (0..=failed).map(there).collect::<Vec<_>>())
    };
    let mut expected: Vec<bool> = vec![true; failed as usize];
    expected.push(false);
    let expected = ((failed - 1).to_be_bytes().to_vec(), expected);
    assert_eq!(state(&mut vault), expected);
    assert!(vault.check_pages().unwrap());
    // Room again: it goes on, also after opening anew.
    vault.connection.pragma_update(None, "max_page_count", pages + 1000).unwrap();
    write(&mut vault, failed).unwrap();
    drop(vault);
    let mut vault = Vault::open(&dir, &right(), Role::Desk).unwrap();
    assert!(state(&mut vault).1.iter().all(|there| *there));
}

fn tx_has(vault: &mut Vault, n: u32) -> bool {
    vault.read(|tx| tx.meta(&format!("row {n}"))).unwrap().is_some()
}

#[test]
fn a_full_disk_while_creating_is_named() {
    for kind in [std::io::ErrorKind::StorageFull, std::io::ErrorKind::QuotaExceeded] {
        assert!(matches!(VaultError::from(std::io::Error::from(kind)), VaultError::DiskFull));
    }
    let other = VaultError::from(std::io::Error::from(std::io::ErrorKind::PermissionDenied));
    assert!(matches!(other, VaultError::Io(_)));
}

#[test]
fn a_schema_of_a_newer_version_is_refused_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("vault");
    let mut vault = create(&dir);
    vault.write::<_, VaultError>(|tx| tx.set_meta("name", b"kept")).unwrap();
    let version: i64 = vault.connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    vault.connection.pragma_update(None, "user_version", version + 1).unwrap();
    drop(vault);
    assert!(matches!(Vault::open(&dir, &right(), Role::Desk), Err(VaultError::TooNew)));
    // The newer version still finds everything.
    let header = read_header(&dir).unwrap();
    let opened = header.open(&right(), None).unwrap();
    let connection = Connection::open(database_path(&dir, &opened.contents)).unwrap();
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"", *hex(opened.contents.key.expose()))).unwrap();
    let kept: Vec<u8> =
        connection.query_row("SELECT value FROM meta WHERE name = 'name'", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, b"kept");
    connection.pragma_update(None, "user_version", version).unwrap();
    drop(connection);
    assert!(Vault::open(&dir, &right(), Role::Desk).is_ok());
}

#[test]
fn a_row_that_cannot_be_read_is_an_error_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let mut vault = create(&place.path().join("vault"));
    vault
        .connection
        .execute("INSERT INTO log_keys (log, epoch, key) VALUES (x'01', x'02', x'03')", [])
        .unwrap();
    vault.connection.execute("INSERT INTO cases (case_id, root, kem) VALUES (x'01', x'', x'')", []).unwrap();
    vault.connection.execute("INSERT INTO outbox (kind, ref) VALUES ('newer', x'01')", []).unwrap();
    assert!(matches!(vault.read(|tx| tx.cases().map(drop)), Err(VaultError::Row)));
    assert!(matches!(vault.read(|tx| tx.pending().map(drop)), Err(VaultError::Row)));
}

#[test]
fn settings_of_the_connection_hold() {
    let place = tempfile::tempdir().unwrap();
    let vault = create(&place.path().join("vault"));
    let text = |pragma: &str| -> String {
        vault.connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap()
    };
    let number = |pragma: &str| -> i64 {
        vault.connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap()
    };
    assert_eq!((text("journal_mode").as_str(), text("locking_mode").as_str()), ("wal", "exclusive"));
    // FULL = 2, MEMORY = 2.
    assert_eq!((number("synchronous"), number("temp_store"), number("trusted_schema")), (2, 2, 0));
    // With automatic vacuum SQLCipher would take a page of zeros for authentic.
    assert_eq!(number("auto_vacuum"), 0);
    assert!(text("cipher_version").starts_with('4'));
    assert_eq!(text("cipher_use_hmac"), "1");
}

#[test]
fn a_kept_statement_is_prepared_once() {
    let place = tempfile::tempdir().unwrap();
    let vault = create(&place.path().join("vault"));
    let mut statement =
        vault.connection.prepare("SELECT id FROM events WHERE log = ? ORDER BY arrival").unwrap();
    for n in 0..10_u8 {
        let rows = statement.query_map([vec![n; 32]], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        assert_eq!(rows.count(), 0);
        statement.clear_bindings();
    }
    assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
}

#[test]
fn the_first_databases_of_a_process_may_open_at_once() {
    const CHILD: &str = "AMANA_TEST_FIRST_OPEN";
    // A process has its first moment only once, so it takes many.
    if env::var_os(CHILD).is_none() {
        let name = "open::tests::the_first_databases_of_a_process_may_open_at_once";
        for _ in 0..100 {
            let child =
                Command::new(env::current_exe().unwrap()).args(["--exact", name]).env(CHILD, "1").output();
            let child = child.unwrap();
            assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        }
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for n in 0..8 {
            let (dir, start, contents) = (place.path(), &start, Contents::make(&SeededRandom::new(n)));
            scope.spawn(move || {
                start.wait();
                connect(&database_path(dir, &contents), &contents, Role::Desk, true).unwrap();
            });
        }
    });
}
