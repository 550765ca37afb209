//! The projection of cases: what lists need, in triage order, without touching the logs.

use amana_domain::ids::CaseId;

use super::{Tx, id};
use crate::VaultError;

/// One case as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// The case.
    pub case: CaseId,
    /// Whether it stands in the queue (not closed, withdrawn, duplicate or transferred).
    pub open: bool,
    /// 0–4.
    pub priority: u8,
    /// When its clock is due, ms since 1970 UTC; `i64::MAX` = no clock.
    pub due_ms: i64,
    /// The case number.
    pub number: String,
    /// The rest, JSON.
    pub summary: Vec<u8>,
}

pub(super) fn case_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<CaseRow> {
    Ok(CaseRow {
        case: id(row.get(0)?, CaseId::from_slice)?,
        open: row.get(1)?,
        priority: row.get(2)?,
        due_ms: row.get(3)?,
        number: row.get(4)?,
        summary: row.get(5)?,
    })
}

impl Tx<'_> {
    /// Writes a case's row.
    pub fn put_case_row(&self, row: &CaseRow) -> Result<(), VaultError> {
        self.run(
            "INSERT OR REPLACE INTO case_rows VALUES (?, ?, ?, ?, ?, ?)",
            (row.case.as_bytes().as_slice(), row.open, row.priority, row.due_ms, &row.number, &row.summary),
        )?;
        Ok(())
    }

    /// A case's row.
    pub fn case_row(&self, case: CaseId) -> Result<Option<CaseRow>, VaultError> {
        self.one("SELECT * FROM case_rows WHERE case_id = ?", [case.as_bytes().as_slice()], case_row)
    }

    /// The queue in triage order (priority, clock due, case id): open cases, at most `limit`.
    pub fn queue(&self, limit: u32) -> Result<Vec<CaseRow>, VaultError> {
        self.all(
            "SELECT case_id, open, priority, due_ms, number, summary FROM case_rows
             WHERE open = 1 ORDER BY priority, due_ms, case_id LIMIT ?",
            [limit],
            case_row,
        )
    }

    /// All cases in triage order.
    pub fn all_case_rows(&self) -> Result<Vec<CaseRow>, VaultError> {
        self.all("SELECT * FROM case_rows ORDER BY priority, due_ms, case_id", [], case_row)
    }

    /// Notes that a case's projection or receipts are due.
    pub fn mark_dirty(&self, case: CaseId) -> Result<(), VaultError> {
        self.run("INSERT OR IGNORE INTO dirty VALUES (?)", [case.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Cases that are due.
    pub fn dirty(&self) -> Result<Vec<CaseId>, VaultError> {
        self.all("SELECT case_id FROM dirty ORDER BY case_id", [], |row| id(row.get(0)?, CaseId::from_slice))
    }

    /// A case is up to date.
    pub fn clear_dirty(&self, case: CaseId) -> Result<(), VaultError> {
        self.run("DELETE FROM dirty WHERE case_id = ?", [case.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Removes a row, for rebuilding.
    pub fn delete_case_row(&self, case: CaseId) -> Result<(), VaultError> {
        self.run("DELETE FROM case_rows WHERE case_id = ?", [case.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Cases whose number starts so.
    pub fn cases_numbered(&self, prefix: &str) -> Result<Vec<CaseId>, VaultError> {
        self.all(
            "SELECT case_id FROM case_rows WHERE number >= ?1 AND number < ?1 || x'7f' ORDER BY case_id LIMIT 10",
            [prefix],
            |row| id(row.get(0)?, CaseId::from_slice),
        )
    }
}
