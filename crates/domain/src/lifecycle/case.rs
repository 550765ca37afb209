//! The life cycle of a case.
//!
//! ```text
//! draft ─File→ queued ─Received→ received ─Triage→ triaged
//!                                   │                │
//!                                   └────Assign──────┴→ assigned ─Plan→ action-plan
//!                                                        │   ↺ Assign      │    ↑
//!                                                        └───── Wait ──────┴→ waiting (on: client |
//!                                                        │                 │    employer | authority | mission)
//!                                                        └──── Resolve ────┴────┴→ resolved ─Close→ closed
//!                                        action-plan ←──────── Plan ──────────────────┘              │
//!                         triaged | assigned | action-plan | waiting | resolved ← reopened ←─Reopen──┘
//!
//! every open state (received … resolved, reopened) ─MarkDuplicate→ duplicate, ─Transfer→ transferred
//! those, draft and queued ─Withdraw→ withdrawn
//! duplicate, transferred, withdrawn: final but for Reopen
//! ```

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::NotAllowed;
use crate::words::{UnknownWord, words};

words! {
    /// Whom a waiting case waits for.
    pub enum WaitingOn ("party to wait for") {
        /// The person herself.
        Client = "client",
        /// The employer.
        Employer = "employer",
        /// An authority or court.
        Authority = "authority",
        /// A diplomatic mission.
        Mission = "mission",
    }
}

words! {
    /// Why a case is closed.
    pub enum CloseReason ("reason for closing") {
        /// The person got what was due.
        Remedied = "remedied",
        /// In part.
        PartlyRemedied = "partly-remedied",
        /// She is home.
        Repatriated = "repatriated",
        /// Another organisation works it.
        Transferred = "transferred",
        /// She no longer wants it.
        Withdrawn = "withdrawn",
        /// Nobody can reach her.
        LostContact = "lost-contact",
        /// The law offers nothing.
        NoLegalRemedy = "no-legal-remedy",
        /// She died.
        Deceased = "deceased",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// The states as words, without their data.
    pub enum CaseStatus ("case status") {
        /// Being written.
        Draft = "draft",
        /// Filed on the phone, waiting for a network.
        Queued = "queued",
        /// At the owning organisation.
        Received = "received",
        /// Sorted by urgency.
        Triaged = "triaged",
        /// Somebody's.
        Assigned = "assigned",
        /// A plan is agreed and worked.
        ActionPlan = "action-plan",
        /// Waiting for somebody.
        Waiting = "waiting",
        /// Done; not yet closed.
        Resolved = "resolved",
        /// Closed with a reason.
        Closed = "closed",
        /// Open again.
        Reopened = "reopened",
        /// The same as another case.
        Duplicate = "duplicate",
        /// Handed to another organisation.
        Transferred = "transferred",
        /// Taken back by the migrant.
        Withdrawn = "withdrawn",
    }
}

/// Where a case is. In JSON and CBOR: `{"status": "waiting", "waiting_on": "client"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "StateForm", into = "StateForm")]
pub enum CaseState {
    /// Being written.
    Draft,
    /// Filed on the phone.
    Queued,
    /// At the owning organisation.
    Received,
    /// Sorted by urgency.
    Triaged,
    /// Somebody's.
    Assigned,
    /// A plan is worked.
    ActionPlan,
    /// Waiting for somebody.
    Waiting(WaitingOn),
    /// Done, not closed.
    Resolved,
    /// Closed.
    Closed(CloseReason),
    /// Open again.
    Reopened,
    /// The same as another case.
    Duplicate,
    /// Handed over.
    Transferred,
    /// Taken back.
    Withdrawn,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct StateForm {
    status: CaseStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting_on: Option<WaitingOn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<CloseReason>,
}

impl From<CaseState> for StateForm {
    fn from(state: CaseState) -> Self {
        Self { status: state.status(), waiting_on: state.waiting_on(), reason: state.close_reason() }
    }
}

impl TryFrom<StateForm> for CaseState {
    type Error = TargetError;
    fn try_from(form: StateForm) -> Result<Self, TargetError> {
        check_details(form.status, form.waiting_on, form.reason)?;
        Ok(match (form.status, form.waiting_on, form.reason) {
            (CaseStatus::Draft, ..) => Self::Draft,
            (CaseStatus::Queued, ..) => Self::Queued,
            (CaseStatus::Received, ..) => Self::Received,
            (CaseStatus::Triaged, ..) => Self::Triaged,
            (CaseStatus::Assigned, ..) => Self::Assigned,
            (CaseStatus::ActionPlan, ..) => Self::ActionPlan,
            (CaseStatus::Waiting, on, _) => Self::Waiting(on.ok_or(TargetError::WaitingOnMissing)?),
            (CaseStatus::Resolved, ..) => Self::Resolved,
            (CaseStatus::Closed, _, reason) => Self::Closed(reason.ok_or(TargetError::ReasonMissing)?),
            (CaseStatus::Reopened, ..) => Self::Reopened,
            (CaseStatus::Duplicate, ..) => Self::Duplicate,
            (CaseStatus::Transferred, ..) => Self::Transferred,
            (CaseStatus::Withdrawn, ..) => Self::Withdrawn,
        })
    }
}

impl CaseState {
    /// The state as a word.
    pub const fn status(self) -> CaseStatus {
        match self {
            Self::Draft => CaseStatus::Draft,
            Self::Queued => CaseStatus::Queued,
            Self::Received => CaseStatus::Received,
            Self::Triaged => CaseStatus::Triaged,
            Self::Assigned => CaseStatus::Assigned,
            Self::ActionPlan => CaseStatus::ActionPlan,
            Self::Waiting(_) => CaseStatus::Waiting,
            Self::Resolved => CaseStatus::Resolved,
            Self::Closed(_) => CaseStatus::Closed,
            Self::Reopened => CaseStatus::Reopened,
            Self::Duplicate => CaseStatus::Duplicate,
            Self::Transferred => CaseStatus::Transferred,
            Self::Withdrawn => CaseStatus::Withdrawn,
        }
    }

    /// Whom a waiting case waits for.
    pub const fn waiting_on(self) -> Option<WaitingOn> {
        if let Self::Waiting(on) = self { Some(on) } else { None }
    }

    /// Why a closed case was closed.
    pub const fn close_reason(self) -> Option<CloseReason> {
        if let Self::Closed(reason) = self { Some(reason) } else { None }
    }

    /// Whether an organisation has it and may work it.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Received | Self::Triaged | Self::Assigned | Self::ActionPlan => true,
            Self::Waiting(_) | Self::Resolved | Self::Reopened => true,
            Self::Draft | Self::Queued | Self::Closed(_) => false,
            Self::Duplicate | Self::Transferred | Self::Withdrawn => false,
        }
    }

    /// Whether the queue lists it: everything but closed, withdrawn, duplicate and transferred cases.
    pub const fn is_in_queue(self) -> bool {
        !matches!(self, Self::Closed(_) | Self::Withdrawn | Self::Duplicate | Self::Transferred)
    }
}

/// What happens to a case. In JSON and CBOR `{"to": "waiting", "waiting_on": "client"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "EventForm", into = "EventForm")]
pub enum CaseEvent {
    /// The migrant files what she wrote.
    File,
    /// The owner's first receipt.
    Received,
    /// Sorted by urgency.
    Triage,
    /// Given to a person; again to another.
    Assign,
    /// A plan is agreed.
    Plan,
    /// Waits for somebody.
    Wait(WaitingOn),
    /// Done.
    Resolve,
    /// Closed for a reason.
    Close(CloseReason),
    /// Open again.
    Reopen,
    /// The same as another case.
    MarkDuplicate,
    /// Handed to another organisation.
    Transfer,
    /// The migrant takes it back.
    Withdraw,
}

/// Why a target status cannot be asked for.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// Not a status.
    #[error(transparent)]
    Unknown(#[from] UnknownWord),
    /// `waiting` without whom it waits for.
    #[error("waiting needs the party to wait for")]
    WaitingOnMissing,
    /// `closed` without a reason.
    #[error("closing needs a reason")]
    ReasonMissing,
    /// A party to wait for, but the status is not `waiting`; or a reason, but it is not `closed`.
    #[error("a detail that this status does not have")]
    Superfluous,
    /// No event leads to `draft`.
    #[error("no event leads to this status")]
    NotATarget,
}

fn check_details(
    status: CaseStatus,
    waiting_on: Option<WaitingOn>,
    reason: Option<CloseReason>,
) -> Result<(), TargetError> {
    match (status, waiting_on, reason) {
        (CaseStatus::Waiting, None, _) => Err(TargetError::WaitingOnMissing),
        (CaseStatus::Closed, _, None) => Err(TargetError::ReasonMissing),
        (CaseStatus::Waiting, Some(_), None) | (CaseStatus::Closed, None, Some(_)) | (_, None, None) => {
            Ok(())
        }
        _ => Err(TargetError::Superfluous),
    }
}

impl CaseEvent {
    /// The event that leads to a status: `status --to S [--waiting-on W] [--reason CODE]`.
    pub fn to(
        status: CaseStatus,
        waiting_on: Option<WaitingOn>,
        reason: Option<CloseReason>,
    ) -> Result<Self, TargetError> {
        check_details(status, waiting_on, reason)?;
        Ok(match status {
            CaseStatus::Draft => return Err(TargetError::NotATarget),
            CaseStatus::Queued => Self::File,
            CaseStatus::Received => Self::Received,
            CaseStatus::Triaged => Self::Triage,
            CaseStatus::Assigned => Self::Assign,
            CaseStatus::ActionPlan => Self::Plan,
            CaseStatus::Waiting => Self::Wait(waiting_on.ok_or(TargetError::WaitingOnMissing)?),
            CaseStatus::Resolved => Self::Resolve,
            CaseStatus::Closed => Self::Close(reason.ok_or(TargetError::ReasonMissing)?),
            CaseStatus::Reopened => Self::Reopen,
            CaseStatus::Duplicate => Self::MarkDuplicate,
            CaseStatus::Transferred => Self::Transfer,
            CaseStatus::Withdrawn => Self::Withdraw,
        })
    }

    /// The same from texts.
    pub fn parse_to(
        status: &str,
        waiting_on: Option<&str>,
        reason: Option<&str>,
    ) -> Result<Self, TargetError> {
        let waiting_on = waiting_on.map(WaitingOn::from_str).transpose()?;
        let reason = reason.map(CloseReason::from_str).transpose()?;
        Self::to(status.parse()?, waiting_on, reason)
    }

    /// The state in which the event leaves the case, when it is allowed.
    pub const fn target(self) -> CaseState {
        match self {
            Self::File => CaseState::Queued,
            Self::Received => CaseState::Received,
            Self::Triage => CaseState::Triaged,
            Self::Assign => CaseState::Assigned,
            Self::Plan => CaseState::ActionPlan,
            Self::Wait(on) => CaseState::Waiting(on),
            Self::Resolve => CaseState::Resolved,
            Self::Close(reason) => CaseState::Closed(reason),
            Self::Reopen => CaseState::Reopened,
            Self::MarkDuplicate => CaseState::Duplicate,
            Self::Transfer => CaseState::Transferred,
            Self::Withdraw => CaseState::Withdrawn,
        }
    }

    /// The event's name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Received => "received",
            Self::Triage => "triage",
            Self::Assign => "assign",
            Self::Plan => "plan",
            Self::Wait(_) => "wait",
            Self::Resolve => "resolve",
            Self::Close(_) => "close",
            Self::Reopen => "reopen",
            Self::MarkDuplicate => "mark-duplicate",
            Self::Transfer => "transfer",
            Self::Withdraw => "withdraw",
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct EventForm {
    to: CaseStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting_on: Option<WaitingOn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<CloseReason>,
}

impl From<CaseEvent> for EventForm {
    fn from(event: CaseEvent) -> Self {
        let StateForm { status: to, waiting_on, reason } = event.target().into();
        Self { to, waiting_on, reason }
    }
}

impl TryFrom<EventForm> for CaseEvent {
    type Error = TargetError;
    fn try_from(form: EventForm) -> Result<Self, TargetError> {
        Self::to(form.to, form.waiting_on, form.reason)
    }
}

/// The state after an event, by the diagram above. Any state in which the event is allowed leads to the one
/// state that the event names.
pub fn transition(state: CaseState, event: &CaseEvent) -> Result<CaseState, NotAllowed> {
    use CaseEvent as E;
    use CaseState as S;
    let allowed = match (state, event) {
        (S::Draft, E::File | E::Withdraw) => true,
        (S::Queued, E::Received | E::Withdraw) => true,
        (S::Received, E::Triage | E::Assign) => true,
        (S::Triaged, E::Assign) => true,
        (S::Assigned, E::Assign | E::Plan | E::Wait(_) | E::Resolve) => true,
        (S::ActionPlan, E::Assign | E::Wait(_) | E::Resolve) => true,
        (S::Waiting(on), E::Wait(other)) => on != *other,
        (S::Waiting(_), E::Assign | E::Plan | E::Resolve) => true,
        (S::Resolved, E::Plan | E::Close(_)) => true,
        (S::Reopened, E::Triage | E::Assign | E::Plan | E::Wait(_) | E::Resolve) => true,
        (S::Closed(_) | S::Duplicate | S::Transferred | S::Withdrawn, E::Reopen) => true,
        (open, E::MarkDuplicate | E::Transfer | E::Withdraw) => open.is_open(),
        (S::Draft | S::Queued | S::Received | S::Triaged | S::Assigned | S::ActionPlan, _)
        | (S::Waiting(_) | S::Resolved | S::Closed(_) | S::Reopened, _)
        | (S::Duplicate | S::Transferred | S::Withdrawn, _) => false,
    };
    if allowed {
        Ok(event.target())
    } else {
        Err(NotAllowed { state: state.status().as_str(), event: event.name() })
    }
}

#[cfg(test)]
mod tests;
