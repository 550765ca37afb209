//! Triage: the top 50 of 100,000 cases in a vault, against the same query in plain SQLite.

use std::time::Instant;

use amana_crypto::{SystemRandom, slots::Cost};
use amana_domain::ids::{CaseId, sha256};
use amana_vault::{Role, Vault, VaultError, store::CaseRow};

use super::{Goal, Row, median, ms, rounds, world::passphrase};

const CASES: u32 = 100_000;

fn row(n: u32) -> CaseRow {
    let hash = sha256(&[&n.to_be_bytes()]);
    CaseRow {
        case: CaseId::from_hash(&hash),
        open: !hash[0].is_multiple_of(4),
        priority: hash[1] % 5,
        due_ms: i64::from(u32::from_be_bytes([hash[2], hash[3], hash[4], hash[5]])),
        number: format!("{:08X}-0", n),
        summary: vec![b'x'; 900],
    }
}

pub fn rows() -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vault");
    let mut vault = Vault::create(&path, &passphrase(), Cost::for_tests(), Role::Desk, &SystemRandom, |_| {
        Ok::<_, VaultError>(())
    })
    .unwrap();
    let mut plain = rusqlite::Connection::open(dir.path().join("plain")).unwrap();
    plain
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
             CREATE TABLE case_rows (case_id BLOB PRIMARY KEY, open INTEGER, priority INTEGER, due_ms INTEGER,
                number TEXT, summary BLOB) WITHOUT ROWID;
             CREATE INDEX triage ON case_rows (open, priority, due_ms, case_id, number);",
        )
        .unwrap();
    for from in (0..CASES).step_by(5000) {
        vault
            .write(|tx| {
                (from..from + 5000).try_for_each(|n| tx.put_case_row(&row(n)))?;
                Ok::<_, VaultError>(())
            })
            .unwrap();
        let transaction = plain.transaction().unwrap();
        for n in from..from + 5000 {
            let row = row(n);
            transaction
                .prepare_cached("INSERT INTO case_rows VALUES (?, ?, ?, ?, ?, ?)")
                .unwrap()
                .execute((
                    row.case.as_bytes().as_slice(),
                    row.open,
                    row.priority,
                    row.due_ms,
                    row.number,
                    row.summary,
                ))
                .unwrap();
        }
        transaction.commit().unwrap();
    }
    let query = "SELECT case_id, open, priority, due_ms, number, summary FROM case_rows WHERE open = 1
                 ORDER BY priority, due_ms, case_id LIMIT 50";
    let select = |connection: &rusqlite::Connection| {
        let mut select = connection.prepare_cached(query).unwrap();
        // The same columns, kept in the same form.
        let rows = select.query_map([], |row| {
            Ok(CaseRow {
                case: CaseId::from_slice(&row.get::<_, Vec<u8>>(0)?).unwrap(),
                open: row.get(1)?,
                priority: row.get(2)?,
                due_ms: row.get(3)?,
                number: row.get(4)?,
                summary: row.get(5)?,
            })
        });
        assert_eq!(rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap().len(), 50);
    };
    let times = |run: &mut dyn FnMut()| {
        let many = (0..50).map(|_| {
            let begun = Instant::now();
            run();
            ms(begun.elapsed())
        });
        median(many.collect())
    };
    let (warm, warm_limit) = rounds(
        || times(&mut || assert_eq!(vault.read(|tx| tx.queue(50)).unwrap().len(), 50)),
        || times(&mut || select(&plain)),
    );
    drop(vault);
    let (fresh, fresh_limit) = rounds(
        || {
            let mut vault = Vault::open(&path, &passphrase(), Role::Desk).unwrap();
            let begun = Instant::now();
            vault.read(|tx| tx.queue(50)).unwrap();
            ms(begun.elapsed())
        },
        || {
            let connection = rusqlite::Connection::open(dir.path().join("plain")).unwrap();
            let begun = Instant::now();
            select(&connection);
            ms(begun.elapsed())
        },
    );
    vec![
        Row {
            what: "triage: top 50 of 100,000 cases, warm, vs plain SQLite",
            ours: warm,
            limit: warm_limit,
            unit: "ms",
            goal: Some(Goal::AtMost(1.2)),
        },
        Row {
            what: "triage: the same on a fresh connection",
            ours: fresh,
            limit: fresh_limit,
            unit: "ms",
            goal: Some(Goal::AtMost(3.0)),
        },
    ]
}
