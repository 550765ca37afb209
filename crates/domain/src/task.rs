//! Tasks of a case, and the two kinds that may hurt when done too early.

use serde::{Deserialize, Serialize};

use crate::{ids::DeviceId, text::Line, words::words};

words! {
    /// What a task is about.
    pub enum TaskKind ("kind of task") {
        /// Anything.
        General = "general",
        /// A person travels home, or is taken there.
        Return = "return",
        /// The consulate of the country of origin is told.
        NotifyOrigin = "notify-origin",
    }
}

/// Something to do by a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Task {
    /// What to do.
    pub title: Line,
    /// By when, ms since 1970 UTC.
    pub due_ms: u64,
    /// What it is about.
    #[serde(default = "general", skip_serializing_if = "is_general")]
    pub kind: TaskKind,
    /// Whose it is; absent: the team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<DeviceId>,
    /// When it was done, ms since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_ms: Option<u64>,
}

const fn general() -> TaskKind {
    TaskKind::General
}

fn is_general(kind: &TaskKind) -> bool {
    *kind == TaskKind::General
}

impl Task {
    /// Whether it is open and its time has passed.
    pub const fn is_overdue(&self, now_ms: u64) -> bool {
        self.done_ms.is_none() && self.due_ms <= now_ms
    }
}

words! {
    /// Whether the consulate of origin may be told of the person. Unknown is blocked: see [`OriginContact::allows`].
    pub enum OriginContact ("permission to tell the origin") {
        /// She asked for it (Vienna Convention on Consular Relations, article 36).
        Allowed = "allowed",
        /// She seeks asylum, or does not want it.
        Blocked = "blocked",
        /// Nobody has asked her.
        Unknown = "unknown",
    }
}

impl OriginContact {
    /// Whether the consulate may be told.
    pub const fn allows(self) -> bool {
        matches!(self, Self::Allowed)
    }
}

/// What must be known before a task that may hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safeguards {
    /// Screening found no danger of refoulement.
    pub return_is_safe: bool,
    /// The person is a child, or may be.
    pub child: bool,
    /// A decision says that it is in the child's best interests.
    pub best_interests_decided: bool,
    /// Whether the consulate of origin may be told.
    pub origin_contact: OriginContact,
    /// She died: the consulate is told without consent (article 37).
    pub deceased: bool,
}

/// Why a task may not be opened yet.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskRefused {
    /// Return without screening for refoulement.
    #[error("a return needs a screening that it is safe")]
    NotScreened,
    /// Return of a child without a decision on its best interests.
    #[error("the return of a child needs a best-interests decision")]
    NoBestInterestsDecision,
    /// The consulate of origin may not be told.
    #[error("the consulate of origin may not be told")]
    OriginBlocked,
}

/// Whether a kind of task may be opened.
pub const fn check(kind: TaskKind, known: &Safeguards) -> Result<(), TaskRefused> {
    match kind {
        TaskKind::Return if !known.return_is_safe => Err(TaskRefused::NotScreened),
        TaskKind::Return if known.child && !known.best_interests_decided => {
            Err(TaskRefused::NoBestInterestsDecision)
        }
        TaskKind::NotifyOrigin if !known.deceased && !known.origin_contact.allows() => {
            Err(TaskRefused::OriginBlocked)
        }
        TaskKind::General | TaskKind::Return | TaskKind::NotifyOrigin => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    const NOTHING_KNOWN: Safeguards = Safeguards {
        return_is_safe: false,
        child: true,
        best_interests_decided: false,
        origin_contact: OriginContact::Unknown,
        deceased: false,
    };

    #[test]
    fn a_return_needs_screening_and_a_childs_a_decision() {
        let mut known = NOTHING_KNOWN;
        assert_eq!(check(TaskKind::Return, &known), Err(TaskRefused::NotScreened));
        known.return_is_safe = true;
        assert_eq!(check(TaskKind::Return, &known), Err(TaskRefused::NoBestInterestsDecision));
        known.best_interests_decided = true;
        assert_eq!(check(TaskKind::Return, &known), Ok(()));
        known = Safeguards { child: false, best_interests_decided: false, ..known };
        assert_eq!(check(TaskKind::Return, &known), Ok(()));
    }

    #[test]
    fn the_origin_is_told_only_when_she_asked_or_died() {
        for (contact, fine) in
            [(OriginContact::Allowed, true), (OriginContact::Blocked, false), (OriginContact::Unknown, false)]
        {
            let known = Safeguards { origin_contact: contact, ..NOTHING_KNOWN };
            assert_eq!(check(TaskKind::NotifyOrigin, &known).is_ok(), fine, "{contact}");
            let died = Safeguards { deceased: true, ..known };
            assert_eq!(check(TaskKind::NotifyOrigin, &died), Ok(()));
        }
        assert_eq!(check(TaskKind::General, &NOTHING_KNOWN), Ok(()));
    }

    #[test]
    fn round_trips() {
        let plain = Task {
            title: "Call the shelter".parse().unwrap(),
            due_ms: 1_767_225_600_000,
            kind: TaskKind::General,
            assigned: None,
            done_ms: None,
        };
        assert_eq!(
            serde_json::to_string(&plain).unwrap(),
            r#"{"title":"Call the shelter","due_ms":1767225600000}"#
        );
        let full = Task {
            kind: TaskKind::Return,
            assigned: Some(DeviceId::from_bytes([3; 32])),
            done_ms: Some(1),
            ..plain.clone()
        };
        for task in [&plain, &full] {
            let cbor = canonical::to_vec(task).unwrap();
            assert_eq!(&canonical::from_slice::<Task>(&cbor).unwrap(), task);
        }
        assert!(plain.is_overdue(1_767_225_600_000) && !plain.is_overdue(1_767_225_599_999));
        assert!(!full.is_overdue(u64::MAX), "done");
    }
}
