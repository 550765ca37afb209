//! The full-text index of cases. What goes in are words, cut and folded by the caller, with spaces between them.

use amana_domain::ids::CaseId;

use super::{CaseRow, Tx, id};
use crate::VaultError;

/// The words of one case.
#[derive(Clone, Copy, Debug)]
pub struct SearchRow<'a> {
    /// Words of free text.
    pub words: &'a str,
    /// Words of names.
    pub names: &'a str,
    /// How the names sound.
    pub sounds: &'a str,
    /// Pairs of letters of scripts without spaces.
    pub parts: &'a str,
}

impl Tx<'_> {
    /// Indexes a case anew. `digest` says of what the words were made.
    pub fn put_search(&self, case: CaseId, digest: &[u8; 32], row: &SearchRow<'_>) -> Result<(), VaultError> {
        let case = case.as_bytes().as_slice();
        self.run("DELETE FROM search WHERE rowid = (SELECT doc FROM searched WHERE case_id = ?)", [case])?;
        self.run(
            "INSERT INTO searched (case_id, digest) VALUES (?, ?)
             ON CONFLICT (case_id) DO UPDATE SET digest = excluded.digest",
            (case, digest.as_slice()),
        )?;
        self.run(
            "INSERT INTO search (rowid, words, names, sounds, parts)
             VALUES ((SELECT doc FROM searched WHERE case_id = ?), ?, ?, ?, ?)",
            (case, row.words, row.names, row.sounds, row.parts),
        )?;
        self.run("DELETE FROM unsearched WHERE case_id = ?", [case])?;
        Ok(())
    }

    /// Takes a case out of the index.
    pub fn delete_search(&self, case: CaseId) -> Result<(), VaultError> {
        let case = case.as_bytes().as_slice();
        self.run("DELETE FROM search WHERE rowid = (SELECT doc FROM searched WHERE case_id = ?)", [case])?;
        self.run("DELETE FROM searched WHERE case_id = ?", [case])?;
        self.run("DELETE FROM unsearched WHERE case_id = ?", [case])?;
        Ok(())
    }

    /// Empties the index, for rebuilding.
    pub fn clear_search(&self) -> Result<(), VaultError> {
        self.run("INSERT INTO search (search) VALUES ('delete-all')", [])?;
        self.run("DELETE FROM searched", [])?;
        self.run("DELETE FROM unsearched", [])?;
        Ok(())
    }

    /// Of what a case's words in the index were made; `None` if it is not indexed.
    pub fn search_digest(&self, case: CaseId) -> Result<Option<[u8; 32]>, VaultError> {
        self.one("SELECT digest FROM searched WHERE case_id = ?", [case.as_bytes().as_slice()], |row| {
            row.get(0)
        })
    }

    /// Notes that a case has to be indexed anew.
    pub fn mark_unsearched(&self, case: CaseId) -> Result<(), VaultError> {
        self.run("INSERT OR IGNORE INTO unsearched VALUES (?)", [case.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Cases that are not indexed yet, at most `limit`.
    pub fn unsearched(&self, limit: u32) -> Result<Vec<CaseId>, VaultError> {
        self.all("SELECT case_id FROM unsearched ORDER BY case_id LIMIT ?", [limit], |row| {
            id(row.get(0)?, CaseId::from_slice)
        })
    }

    /// The rows of cases that an FTS5 expression over `words`, `names`, `sounds` and `parts` finds, best first: names
    /// count most, sounds and pairs least; the case that came later first among equals.
    pub fn search(&self, expression: &str, limit: u32, offset: u32) -> Result<Vec<CaseRow>, VaultError> {
        self.all(
            "SELECT case_rows.case_id, open, priority, due_ms, number, summary FROM
               (SELECT rowid AS doc, row_number() OVER () AS place FROM
                 (SELECT rowid FROM search WHERE search MATCH ?1 AND rank MATCH 'bm25(1.0, 4.0, 0.5, 0.5)'
                  ORDER BY rank LIMIT ?2 OFFSET ?3))
             JOIN searched USING (doc) JOIN case_rows ON case_rows.case_id = searched.case_id
             ORDER BY place",
            (expression, limit, offset),
            super::projection::case_row,
        )
    }
}
