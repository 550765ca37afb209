//! `status`: moves a case along its life cycle.

use amana_domain::{
    event::{Body, Remark, StatusSet},
    ids::{CaseId, EventId},
    lifecycle::case::{CaseState, CaseStatus, CloseReason, WaitingOn},
    role::LogKind,
};

use crate::{Client, ClientError, view};

impl Client {
    /// Sets the status. Waiting needs somebody to wait for, closing a reason.
    pub fn set_status(
        &mut self,
        case: CaseId,
        to: CaseStatus,
        waiting_on: Option<WaitingOn>,
        reason: Option<CloseReason>,
        note: Option<String>,
    ) -> Result<EventId, ClientError> {
        self.require_desk()?;
        match to {
            CaseStatus::Closed if reason.is_none() => return Err(ClientError::ReasonRequired),
            CaseStatus::Waiting if waiting_on.is_none() => return Err(ClientError::WaitingOnRequired),
            _ => {}
        }
        if to != CaseStatus::Reopened {
            self.reopen_if_contradicted(case)?;
        }
        self.write_case(case, |writer| {
            // A closing says what it had seen: what the migrant writes meanwhile opens the case again.
            let seen = if to == CaseStatus::Closed { writer.case.heads() } else { Vec::new() };
            let body = match to {
                CaseStatus::Reopened => Body::CaseReopen(Remark { note }),
                _ => Body::StatusSet(StatusSet { to, waiting_on, reason, note, seen }),
            };
            writer.append(LogKind::Core, body)
        })
    }

    /// A closed case that shows as reopened because of what the migrant wrote is reopened for good before anything
    /// else happens to it.
    pub(super) fn reopen_if_contradicted(&mut self, case: CaseId) -> Result<(), ClientError> {
        self.write_case(case, |writer| {
            let Some(core) = writer.case.core() else { return Err(ClientError::LogNotHereYet) };
            let folded_closed =
                core.status_event.and_then(|id| writer.case.log(LogKind::Core)?.events.get(&id)).is_some_and(
                    |event| matches!(event.body(), Body::StatusSet(set) if set.to == CaseStatus::Closed),
                );
            let shown = view::status(&writer.case, core.status, &core.closing_seen);
            if folded_closed && shown == CaseState::Reopened {
                writer.append(LogKind::Core, Body::CaseReopen(Remark::default()))?;
            }
            Ok(())
        })
    }
}
