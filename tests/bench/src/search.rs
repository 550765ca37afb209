//! Full-text search: the best 20 of 100,000 cases for a rare word, against plain SQLite FTS5 over the same texts.

use std::time::Instant;

use amana_crypto::{SystemRandom, slots::Cost};
use amana_domain::ids::{CaseId, sha256};
use amana_search::{Columns, Query};
use amana_vault::{
    Role, Vault, VaultError,
    store::{CaseRow, SearchRow},
};

use super::{Goal, Row, median, ms, rounds, world::passphrase};

const CASES: u32 = 100_000;
/// One case in so many has the rare word.
const RARE: u32 = 2500;
const WORDS: [&str; 40] = [
    "employer", "passport", "kept", "wages", "three", "months", "not", "paid", "room", "locked", "contract",
    "agency", "fee", "salary", "overtime", "sick", "hospital", "phone", "taken", "threat", "police", "camp",
    "food", "water", "work", "hours", "rest", "day", "visa", "ticket", "home", "family", "child", "letter",
    "court", "shelter", "driver", "cook", "site", "money",
];

/// About sixty words, and a name.
fn text(n: u32) -> (String, String) {
    let hash = sha256(&[&n.to_be_bytes()]);
    let mut text: Vec<&str> =
        (0..60).map(|at: usize| WORDS[(usize::from(hash[at % 32]) + at * 7) % WORDS.len()]).collect();
    if n.is_multiple_of(RARE) {
        text[30] = "quarantine";
    }
    (text.join(" "), format!("Person{}", n % 5000))
}

pub fn rows() -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let mut vault = Vault::create(
        &dir.path().join("vault"),
        &passphrase(),
        Cost::for_tests(),
        Role::Desk,
        &SystemRandom,
        |_| Ok::<_, VaultError>(()),
    )
    .unwrap();
    let mut plain = rusqlite::Connection::open(dir.path().join("plain")).unwrap();
    plain
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
             CREATE TABLE case_rows (doc INTEGER PRIMARY KEY, case_id BLOB, open INTEGER, priority INTEGER,
                due_ms INTEGER, number TEXT, summary BLOB);
             CREATE VIRTUAL TABLE search USING fts5 (words, names, content = '');",
        )
        .unwrap();
    for from in (0..CASES).step_by(5000) {
        vault
            .write(|tx| {
                for n in from..from + 5000 {
                    let (words, name) = text(n);
                    let mut columns = Columns::default();
                    columns.add_name(&name);
                    columns.add_text(&words);
                    let Columns { words, names, sounds, parts } = &columns;
                    let row = row(n);
                    tx.put_case_row(&row)?;
                    tx.put_search(row.case, &[0; 32], &SearchRow { words, names, sounds, parts })?;
                }
                Ok::<_, VaultError>(())
            })
            .unwrap();
        let transaction = plain.transaction().unwrap();
        for n in from..from + 5000 {
            let (row, (words, name)) = (row(n), text(n));
            transaction
                .prepare_cached("INSERT INTO case_rows VALUES (?, ?, ?, ?, ?, ?, ?)")
                .unwrap()
                .execute((
                    n,
                    row.case.as_bytes().as_slice(),
                    row.open,
                    row.priority,
                    row.due_ms,
                    row.number,
                    row.summary,
                ))
                .unwrap();
            transaction
                .prepare_cached("INSERT INTO search (rowid, words, names) VALUES (?, ?, ?)")
                .unwrap()
                .execute((n, words, name))
                .unwrap();
        }
        transaction.commit().unwrap();
    }
    let select = || {
        let mut select = plain
            .prepare_cached(
                "SELECT case_id, open, priority, due_ms, number, summary FROM
                   (SELECT rowid AS doc, rank FROM search WHERE search MATCH ? ORDER BY rank LIMIT 20)
                 JOIN case_rows USING (doc) ORDER BY rank",
            )
            .unwrap();
        let found = select.query_map(["\"quarantine\" *"], |row| {
            Ok(CaseRow {
                case: CaseId::from_slice(&row.get::<_, Vec<u8>>(0)?).unwrap(),
                open: row.get(1)?,
                priority: row.get(2)?,
                due_ms: row.get(3)?,
                number: row.get(4)?,
                summary: row.get(5)?,
            })
        });
        found.unwrap().collect::<Result<Vec<_>, _>>().unwrap().len()
    };
    let mut ours = || {
        let query = Query::parse("Quarantine").unwrap();
        vault.read(|tx| tx.search(query.exact(), 20, 0)).unwrap().len()
    };
    assert_eq!((ours(), select()), (20, 20));
    let times = |run: &mut dyn FnMut() -> usize| {
        let many = (0..50).map(|_| {
            let begun = Instant::now();
            assert_eq!(run(), 20);
            ms(begun.elapsed())
        });
        median(many.collect())
    };
    let (warm, limit) = rounds(|| times(&mut ours), || times(&mut || select()));
    vec![Row {
        what: "search: best 20 of 100,000 cases, rare word, vs plain SQLite FTS5",
        ours: warm,
        limit,
        unit: "ms",
        goal: Some(Goal::AtMost(1.7)),
    }]
}

fn row(n: u32) -> CaseRow {
    let hash = sha256(&[&n.to_be_bytes()]);
    CaseRow {
        case: CaseId::from_hash(&hash),
        open: true,
        priority: hash[1] % 5,
        due_ms: i64::from(n),
        number: format!("{n:08X}-0"),
        summary: vec![b'x'; 900],
    }
}
