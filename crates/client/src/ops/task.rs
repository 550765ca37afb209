//! `task`: something to do by a time. Tasks that may hurt when done too early wait for what must be known first; nothing
//! that helps waits for anything (`amana_domain::task`).

use amana_domain::{
    event::{Body, TaskSet},
    ids::{CaseId, EventId},
    interpreter::{Interpreter, InterpreterConflict},
    role::LogKind,
    task::{Task, TaskRefused},
};

use crate::{
    Client, ClientError,
    case::Case,
    view::{gate, interpreter_conflicts},
};

impl From<TaskRefused> for ClientError {
    fn from(refused: TaskRefused) -> Self {
        match refused {
            TaskRefused::NotScreened => Self::NotScreened,
            TaskRefused::NoBestInterestsDecision => Self::NoBestInterestsDecision,
            TaskRefused::OriginBlocked => Self::OriginBlocked,
            _ => Self::NotAllowed,
        }
    }
}

impl Client {
    /// Adds an internal task. [`ClientError::NotScreened`]: a return without a screening that found it safe.
    /// [`ClientError::NoBestInterestsDecision`]: the return of a child, or of somebody whose age is not known, without a
    /// decision. [`ClientError::OriginBlocked`]: telling the consulate of origin, or an interpreter of that state,
    /// without permission. See [`Client::set_safeguards`].
    pub fn add_task(&mut self, case: CaseId, task: Task) -> Result<EventId, ClientError> {
        self.require_desk()?;
        let pass = |case: &Case| -> Result<(), ClientError> {
            Ok(gate(case.core().ok_or(ClientError::NotFound)?, &task.about)?)
        };
        // Before a work log is opened for it, and once more with what stands when it is written.
        let trust = &self.trust;
        self.vault.read(|tx| pass(&Case::load(tx, trust, case)?))?;
        let log = self.work_log(case)?;
        self.write_case(case, |writer| {
            pass(&writer.case)?;
            writer.append_to(log, Body::TaskAdd(task.clone()))
        })
    }

    /// Marks a task of this organisation as done at a time (ms since 1970 UTC), or as open again. A follow-up that is
    /// done counts as contact with the migrant. [`ClientError::NotFound`]: no such task in this organisation's log.
    pub fn set_task_done(
        &mut self,
        case: CaseId,
        task: EventId,
        done_ms: Option<u64>,
    ) -> Result<EventId, ClientError> {
        let organisation = self.require_desk()?.organisation;
        self.write_case(case, |writer| {
            let log = writer
                .case
                .of_kind(LogKind::Work)
                .filter(|log| log.fold.genesis.with == Some(organisation))
                .find(|log| {
                    log.applied().any(|event| event.id() == task && matches!(event.body(), Body::TaskAdd(_)))
                })
                .map(|log| log.log.log)
                .ok_or(ClientError::NotFound)?;
            writer.append_to(log, Body::TaskSet(TaskSet { task, done_ms }))
        })
    }

    /// Why somebody must not interpret in a case, or must be asked about first, as far as this device can read: parties,
    /// people, and the authorities of a state that must not be told. Empty: nothing is known against it.
    pub fn interpreter_conflicts(
        &mut self,
        case: CaseId,
        interpreter: &Interpreter,
    ) -> Result<Vec<InterpreterConflict>, ClientError> {
        let trust = &self.trust;
        self.vault.read(|tx| {
            let case = Case::load(tx, trust, case)?;
            case.core().ok_or(ClientError::NotFound)?;
            Ok(interpreter_conflicts(&case, interpreter))
        })
    }
}
