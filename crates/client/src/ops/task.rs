//! `task`: something to do by a time.

use amana_domain::{
    event::Body,
    ids::{CaseId, EventId},
    task::Task,
};

use crate::{Client, ClientError};

impl Client {
    /// Adds an internal task.
    pub fn add_task(&mut self, case: CaseId, task: Task) -> Result<EventId, ClientError> {
        let log = self.work_log(case)?;
        self.write_case(case, |writer| writer.append_to(log, Body::TaskAdd(task)))
    }
}
