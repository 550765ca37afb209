//! `adopt`: a supervisor takes over notes that do not count because their author's desk was removed.

use std::collections::BTreeMap;

use amana_domain::{
    event::{Adopt, Body, EventKind},
    fold::{Reason, Verdict},
    ids::{CaseId, EventId, LogId},
    role::Role,
};

use crate::{Client, ClientError};

impl Client {
    /// Lets notes refused as `device_removed` count after all.
    ///
    /// Errors: `Forbidden` for roles below supervisor, `NotFound` for an event that is not of this case, `NotAllowed`
    /// for one that is no note or does not count for another reason.
    pub fn adopt(&mut self, case: CaseId, events: &[EventId]) -> Result<(), ClientError> {
        self.require_desk()?;
        if !self.role().is_some_and(|role| role.at_least(Role::Supervisor)) {
            return Err(ClientError::Forbidden);
        }
        self.write_case(case, |writer| {
            let mut logs: BTreeMap<LogId, Vec<EventId>> = BTreeMap::new();
            for id in events {
                let found = writer
                    .case
                    .logs
                    .iter()
                    .find_map(|log| log.events.get(id).map(|event| (log, event)))
                    .ok_or(ClientError::NotFound)?;
                let (log, event) = found;
                let cut = log.fold.verdicts.get(id) == Some(&Verdict::Refused(Reason::DeviceRemoved));
                if !cut || event.event().kind != EventKind::Note {
                    return Err(ClientError::NotAllowed);
                }
                logs.entry(log.log.log).or_default().push(*id);
            }
            for (log, mut events) in logs {
                events.sort_unstable();
                events.dedup();
                writer.append_to(log, Body::Adopt(Adopt { events }))?;
            }
            Ok(())
        })
    }
}
