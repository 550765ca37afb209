//! `due`: what falls due, found by time in the projection. No case is loaded for it.

use amana_domain::{
    clock::Step,
    ids::{CaseId, EventId},
};
use amana_vault::store::DueRow;
use serde::{Deserialize, Serialize};

use crate::{Client, ClientError, view::CaseView};

/// The name of a task among clocks.
const TASK: &str = "task";

/// What falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueWhat {
    /// A clock of the case has used half of its time: warn.
    Half(Step),
    /// A clock of the case has used all of its time: escalate.
    Clock(Step),
    /// A task's time has come.
    Task(EventId),
}

/// Something of an open case that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The case.
    pub case: CaseId,
    /// What.
    pub what: DueWhat,
    /// When, ms since 1970 UTC.
    pub at_ms: i64,
}

impl Client {
    /// Everything of this desk's open cases that warns or falls due until a time (ms since 1970 UTC), the earliest
    /// first, at most `limit`.
    pub fn due(&mut self, until_ms: i64, limit: u32) -> Result<Vec<Due>, ClientError> {
        self.require_desk()?;
        self.vault.read(|tx| tx.due_until(until_ms, limit)?.iter().map(read).collect())
    }

    /// Everything of this desk's open cases whose time has passed at a time (ms since 1970 UTC), what has waited longest
    /// first, at most `limit`.
    pub fn overdue(&mut self, now_ms: i64, limit: u32) -> Result<Vec<Due>, ClientError> {
        self.require_desk()?;
        self.vault.read(|tx| tx.overdue(now_ms, limit)?.iter().map(read).collect())
    }
}

fn read(row: &DueRow) -> Result<Due, ClientError> {
    const BROKEN: ClientError = ClientError::Internal("due");
    let what = match (row.what.as_str(), row.half) {
        (TASK, false) => DueWhat::Task(EventId::from_slice(&row.item).map_err(|_| BROKEN)?),
        (clock, true) => DueWhat::Half(clock.parse().map_err(|_| BROKEN)?),
        (clock, false) => DueWhat::Clock(clock.parse().map_err(|_| BROKEN)?),
    };
    Ok(Due { case: row.case, what, at_ms: row.at_ms })
}

/// What of a case falls due, in the order in which the vault keeps it. Nothing of a finished one.
pub(crate) fn due_rows(view: &CaseView) -> Vec<DueRow> {
    if !view.in_queue() {
        return Vec::new();
    }
    let row = |what: &str, item: &[u8], half, at_ms| DueRow {
        case: view.case,
        what: what.to_owned(),
        item: item.to_vec(),
        half,
        at_ms,
    };
    let running = view.clocks.iter().filter(|clock| clock.met_ms.is_none());
    let mut rows: Vec<DueRow> = running
        .flat_map(|clock| {
            let name = clock.name.as_str();
            [row(name, &[], true, clock.half_ms), row(name, &[], false, clock.due_ms)]
        })
        .collect();
    rows.extend(
        view.tasks
            .iter()
            .filter(|task| !task.done)
            .map(|task| row(TASK, task.id.as_bytes(), false, i64::try_from(task.due_ms).unwrap_or(i64::MAX))),
    );
    rows.sort();
    rows
}
