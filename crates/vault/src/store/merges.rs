//! The projection of merges: which case is a duplicate of which.

use amana_domain::ids::CaseId;

use super::{Tx, id};
use crate::VaultError;

/// A case that is a duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The duplicate.
    pub case: CaseId,
    /// The case that it is a duplicate of.
    pub into: CaseId,
    /// Whether it holds words of the migrant that nobody of this organisation has opened.
    pub unread: bool,
}

impl Tx<'_> {
    /// Keeps what a case was merged into, or forgets it.
    pub fn set_merge(&self, case: CaseId, into: Option<CaseId>, unread: bool) -> Result<(), VaultError> {
        match into {
            Some(into) => self.run(
                "INSERT INTO merges VALUES (?1, ?2, ?3) ON CONFLICT (case_id) DO UPDATE
                 SET into_id = excluded.into_id, unread = excluded.unread",
                (case.as_bytes().as_slice(), into.as_bytes().as_slice(), unread),
            )?,
            None => self.run("DELETE FROM merges WHERE case_id = ?", [case.as_bytes().as_slice()])?,
        };
        Ok(())
    }

    /// Every duplicate, by case id.
    pub fn merges(&self) -> Result<Vec<Merge>, VaultError> {
        self.all("SELECT case_id, into_id, unread FROM merges ORDER BY case_id", [], |row| {
            Ok(Merge {
                case: id(row.get(0)?, CaseId::from_slice)?,
                into: id(row.get(1)?, CaseId::from_slice)?,
                unread: row.get(2)?,
            })
        })
    }
}
