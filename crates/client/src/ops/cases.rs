//! `cases` and `queue`: lists, from the projection.

use amana_vault::store::CaseRow;

use crate::{Client, ClientError, view::CaseView};

impl Client {
    /// The cases of this vault in triage order (priority, clock due, case id). `all` includes closed, withdrawn,
    /// duplicate and transferred ones.
    pub fn queue(&mut self, all: bool) -> Result<Vec<CaseView>, ClientError> {
        let rows = self.write(|tx| Ok(if all { tx.all_case_rows()? } else { tx.queue(u32::MAX)? }))?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &CaseRow) -> Result<CaseView, ClientError> {
    serde_json::from_slice(&row.summary).map_err(|_| ClientError::Internal("summary"))
}
