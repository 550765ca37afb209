//! `priority`: a person's decision, with a reason.

use amana_domain::{
    event::Body,
    ids::{CaseId, EventId},
    priority::{Priority, PriorityOverride},
    role::LogKind,
};

use crate::{Client, ClientError, view::view};

impl Client {
    /// Decides the priority. If the case later becomes more urgent than what this was decided over, the rules count.
    pub fn set_priority(&mut self, case: CaseId, to: Priority, reason: &str) -> Result<EventId, ClientError> {
        self.require_desk()?;
        let viewer = self.viewer();
        self.write_case(case, |writer| {
            let computed = view(&writer.case, viewer).map_or(to, |view| view.computed_priority());
            let decision =
                PriorityOverride::new(to, reason, computed).map_err(|_| ClientError::ReasonRequired)?;
            writer.append(LogKind::Core, Body::PriorityOverride(decision))
        })
    }
}
