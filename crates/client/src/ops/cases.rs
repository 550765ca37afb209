//! `cases` and `queue`: lists, from the projection.

use std::collections::BTreeSet;

use amana_domain::ids::CaseId;
use amana_vault::{Tx, store::CaseRow};

use crate::{
    Client, ClientError,
    view::{CaseView, Merges, Viewer},
};

impl Client {
    /// The cases of this vault in triage order (priority, clock due, case id). `all` includes closed, withdrawn,
    /// duplicate and transferred ones. Without it, a duplicate with unread words is there as long as the case that it
    /// belongs to is not.
    pub fn queue(&mut self, all: bool) -> Result<Vec<CaseView>, ClientError> {
        let viewer = self.viewer();
        let now_ms = self.env.now_ms();
        self.write(|tx| {
            let merges = Merges::load(tx)?;
            let mut rows = if all { tx.all_case_rows()? } else { tx.queue(u32::MAX)? };
            if !all && viewer.0.is_some() {
                let queue: BTreeSet<CaseId> = rows.iter().map(|row| row.case).collect();
                for case in merges.in_sight(&queue) {
                    rows.extend(tx.case_row(case)?);
                }
                rows.sort_by_key(|row| (row.priority, row.due_ms, row.case));
            }
            let mut views = Vec::with_capacity(rows.len());
            for row in &rows {
                let mut view = read(row)?.at(now_ms);
                complete(tx, &merges, viewer, &mut view)?;
                views.push(view);
            }
            Ok(views)
        })
    }
}

/// Adds what other cases say. A phone shows other cases only if they are its own.
pub(super) fn complete(
    tx: &Tx<'_>,
    merges: &Merges,
    viewer: Viewer,
    view: &mut CaseView,
) -> Result<(), ClientError> {
    merges.complete(view);
    if viewer.0.is_none() {
        let mut known = BTreeSet::new();
        for case in view.links.iter().chain(&view.merged_into) {
            if tx.case(*case)?.is_some() {
                known.insert(*case);
            }
        }
        super::transfer::complete(tx, view)?;
        view.links.retain(|case| known.contains(case));
        view.merged_into = view.merged_into.filter(|case| known.contains(case));
    }
    Ok(())
}

pub(super) fn read(row: &CaseRow) -> Result<CaseView, ClientError> {
    serde_json::from_slice(&row.summary).map_err(|_| ClientError::Internal("summary"))
}
