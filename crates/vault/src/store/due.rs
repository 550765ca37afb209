//! The projection of times: what of which case falls due when.

use amana_domain::ids::CaseId;

use super::{Tx, id};
use crate::VaultError;

const UNTIL: &str = "SELECT case_id, what, item, half, at_ms FROM due
    WHERE at_ms <= ?1 ORDER BY at_ms, case_id, what, item, half LIMIT ?2";
const OVERDUE: &str = "SELECT case_id, what, item, half, at_ms FROM due
    WHERE half = 0 AND at_ms <= ?1 ORDER BY at_ms, case_id, what, item LIMIT ?2";
const OF_CASE: &str = "SELECT case_id, what, item, half, at_ms FROM due
    WHERE case_id = ?1 ORDER BY case_id, what, item, half";
const FORGET: &str = "DELETE FROM due WHERE case_id = ?1";

/// Something that falls due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRow {
    /// The case.
    pub case: CaseId,
    /// Name of a clock, or `task`.
    pub what: String,
    /// The task's event; empty for a clock.
    pub item: Vec<u8>,
    /// The mark at which a clock warns, not the end.
    pub half: bool,
    /// When, ms since 1970 UTC.
    pub at_ms: i64,
}

fn due_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<DueRow> {
    Ok(DueRow {
        case: id(row.get(0)?, CaseId::from_slice)?,
        what: row.get(1)?,
        item: row.get(2)?,
        half: row.get(3)?,
        at_ms: row.get(4)?,
    })
}

impl Tx<'_> {
    /// Replaces what falls due in a case. `rows` are of this case and ascend.
    pub fn set_due(&self, case: CaseId, rows: &[DueRow]) -> Result<(), VaultError> {
        // Most writes move no time.
        if self.due_of(case)? == rows {
            return Ok(());
        }
        self.run(FORGET, [case.as_bytes().as_slice()])?;
        for row in rows {
            self.run(
                "INSERT INTO due VALUES (?, ?, ?, ?, ?)",
                (row.case.as_bytes().as_slice(), &row.what, &row.item, row.half, row.at_ms),
            )?;
        }
        Ok(())
    }

    /// What falls due in a case, ascending.
    pub fn due_of(&self, case: CaseId) -> Result<Vec<DueRow>, VaultError> {
        self.all(OF_CASE, [case.as_bytes().as_slice()], due_row)
    }

    /// Everything that warns or falls due until a time, the earliest first, at most `limit`.
    pub fn due_until(&self, until_ms: i64, limit: u32) -> Result<Vec<DueRow>, VaultError> {
        self.all(UNTIL, (until_ms, limit), due_row)
    }

    /// Everything whose time has passed, the longest first, at most `limit`.
    pub fn overdue(&self, now_ms: i64, limit: u32) -> Result<Vec<DueRow>, VaultError> {
        self.all(OVERDUE, (now_ms, limit), due_row)
    }
}

#[cfg(test)]
mod tests {
    use amana_crypto::{SeededRandom, passphrase::Passphrase, slots::Cost};

    use super::*;
    use crate::{Role, Vault};

    fn within(check: impl FnOnce(&Tx<'_>)) {
        let place = tempfile::tempdir().unwrap();
        let mut vault = Vault::create::<VaultError>(
            &place.path().join("vault"),
            &Passphrase::parse("one two three four five six").unwrap(),
            Cost::for_tests(),
            Role::Desk,
            &SeededRandom::new(1),
            |_| Ok(()),
        )
        .unwrap();
        vault
            .write(|tx| {
                check(tx);
                Ok::<_, VaultError>(())
            })
            .unwrap();
    }

    fn case(n: u16) -> CaseId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        CaseId::from_slice(&bytes).unwrap()
    }

    fn row(n: u16, what: &str, half: bool, at_ms: i64) -> DueRow {
        DueRow { case: case(n), what: what.to_owned(), item: vec![], half, at_ms }
    }

    fn plan(tx: &Tx<'_>, sql: &str) -> Vec<String> {
        let mut statement = tx.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let parameters = statement.parameter_count();
        let steps = statement
            .query_map(rusqlite::params_from_iter(vec![1i64; parameters]), |row| row.get::<_, String>(3))
            .unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[test]
    fn every_question_is_answered_by_an_index_without_a_scan_or_a_sort() {
        within(|tx| {
            for n in 0..2000 {
                let rows = [row(n, "assign", false, i64::from(n)), row(n, "assign", true, i64::from(n) / 2)];
                tx.set_due(case(n), &rows).unwrap();
            }
            // With and without statistics.
            for _ in 0..2 {
                for (sql, index) in [
                    (UNTIL, "SEARCH due USING COVERING INDEX due_by_time (at_ms<?)"),
                    (OVERDUE, "SEARCH due USING COVERING INDEX due_by_mark (half=? AND at_ms<?)"),
                    (OF_CASE, "SEARCH due USING PRIMARY KEY (case_id=?)"),
                    (FORGET, "SEARCH due USING PRIMARY KEY (case_id=?)"),
                ] {
                    assert_eq!(plan(tx, sql), [index], "{sql}");
                }
                tx.0.execute_batch("ANALYZE").unwrap();
            }
        });
    }

    #[test]
    fn what_is_due_comes_in_the_order_of_time_up_to_the_limit() {
        within(|tx| {
            let first = [row(1, "assign", false, 30), row(1, "assign", true, 15)];
            tx.set_due(case(1), &first).unwrap();
            let mut task = row(2, "task", false, 20);
            task.item = vec![7; 32];
            tx.set_due(case(2), std::slice::from_ref(&task)).unwrap();
            let times = |rows: Vec<DueRow>| rows.iter().map(|row| row.at_ms).collect::<Vec<_>>();
            assert_eq!(times(tx.due_until(30, 10).unwrap()), [15, 20, 30]);
            assert_eq!(times(tx.due_until(29, 10).unwrap()), [15, 20]);
            assert_eq!(times(tx.due_until(30, 1).unwrap()), [15]);
            assert_eq!(times(tx.overdue(30, 10).unwrap()), [20, 30], "a warning is not overdue");
            assert_eq!(tx.overdue(20, 10).unwrap(), [task.clone()]);
            assert!(tx.due_until(14, 10).unwrap().is_empty());
            // Replaced, not added to; the other case keeps its own.
            tx.set_due(case(1), &[row(1, "follow-up", false, 40)]).unwrap();
            assert_eq!(times(tx.due_until(100, 10).unwrap()), [20, 40]);
            assert_eq!(tx.due_of(case(2)).unwrap(), [task]);
            tx.set_due(case(1), &[]).unwrap();
            assert!(tx.due_of(case(1)).unwrap().is_empty());
        });
    }
}
