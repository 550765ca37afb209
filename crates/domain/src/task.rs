//! Tasks of a case, and the kinds that may hurt when done too early.
//!
//! What is asked before a task is [`Safeguards`], and that is all that is asked. It has no field for a complaint to an
//! authority, a charge, testimony or cooperation: help is never conditional on them.

use serde::{Deserialize, Serialize};

use crate::{ids::DeviceId, interpreter::InterpreterRequest, text::Line, words::words};

words! {
    /// What a task is about.
    pub enum TaskKind ("kind of task") {
        /// Anything.
        General = "general",
        /// A person travels home, or is taken there.
        Return = "return",
        /// The consulate of the country of origin is told.
        NotifyOrigin = "notify-origin",
        /// An interpreter is needed.
        Interpreter = "interpreter",
        /// She is contacted again: done, it counts as contact.
        FollowUp = "follow-up",
    }
}

/// What a task is about, with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum About {
    /// Anything.
    #[default]
    General,
    /// A person travels home, or is taken there.
    Return,
    /// The consulate of the country of origin is told.
    NotifyOrigin,
    /// An interpreter is needed.
    Interpreter(Box<InterpreterRequest>),
    /// She is contacted again.
    FollowUp,
}

impl About {
    /// The kind.
    pub const fn kind(&self) -> TaskKind {
        match self {
            Self::General => TaskKind::General,
            Self::Return => TaskKind::Return,
            Self::NotifyOrigin => TaskKind::NotifyOrigin,
            Self::Interpreter(_) => TaskKind::Interpreter,
            Self::FollowUp => TaskKind::FollowUp,
        }
    }
}

/// Something to do by a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "TaskForm", into = "TaskForm")]
pub struct Task {
    /// What to do.
    pub title: Line,
    /// By when, ms since 1970 UTC.
    pub due_ms: u64,
    /// What it is about.
    pub about: About,
    /// Whose it is; absent: the team's.
    pub assigned: Option<DeviceId>,
    /// When it was done, ms since 1970 UTC.
    pub done_ms: Option<u64>,
}

/// A task whose kind and details do not belong together. Its event is kept without effect, as a newer version's.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error("the details of a task do not belong to its kind")]
pub struct DetailsMismatch;

#[derive(Clone, Serialize, Deserialize)]
struct TaskForm {
    title: Line,
    due_ms: u64,
    #[serde(default = "general", skip_serializing_if = "is_general")]
    kind: TaskKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interpreter: Option<Box<InterpreterRequest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assigned: Option<DeviceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_ms: Option<u64>,
}

const fn general() -> TaskKind {
    TaskKind::General
}

fn is_general(kind: &TaskKind) -> bool {
    *kind == TaskKind::General
}

impl TryFrom<TaskForm> for Task {
    type Error = DetailsMismatch;
    fn try_from(form: TaskForm) -> Result<Self, DetailsMismatch> {
        let about = match (form.kind, form.interpreter) {
            (TaskKind::General, None) => About::General,
            (TaskKind::Return, None) => About::Return,
            (TaskKind::NotifyOrigin, None) => About::NotifyOrigin,
            (TaskKind::FollowUp, None) => About::FollowUp,
            (TaskKind::Interpreter, Some(request)) => About::Interpreter(request),
            (TaskKind::Interpreter, None) | (_, Some(_)) => return Err(DetailsMismatch),
        };
        Ok(Self {
            title: form.title,
            due_ms: form.due_ms,
            about,
            assigned: form.assigned,
            done_ms: form.done_ms,
        })
    }
}

impl From<Task> for TaskForm {
    fn from(task: Task) -> Self {
        Self {
            title: task.title,
            due_ms: task.due_ms,
            kind: task.about.kind(),
            interpreter: match task.about {
                About::Interpreter(request) => Some(request),
                _ => None,
            },
            assigned: task.assigned,
            done_ms: task.done_ms,
        }
    }
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

impl TaskRefused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotScreened => "not_screened",
            Self::NoBestInterestsDecision => "no_best_interests_decision",
            Self::OriginBlocked => "origin_blocked",
        }
    }
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
        TaskKind::General
        | TaskKind::Return
        | TaskKind::NotifyOrigin
        | TaskKind::Interpreter
        | TaskKind::FollowUp => Ok(()),
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
    fn no_help_depends_on_testimony() {
        // Every field is named: whoever adds one has to come here and say why it may stand between her and help.
        let Safeguards {
            return_is_safe: _,
            child: _,
            best_interests_decided: _,
            origin_contact: _,
            deceased: _,
        } = NOTHING_KNOWN;
        for kind in TaskKind::ALL.iter().copied() {
            let hurts = matches!(kind, TaskKind::Return | TaskKind::NotifyOrigin);
            assert_eq!(
                check(kind, &NOTHING_KNOWN).is_err(),
                hurts,
                "{kind}: help is given with nothing known"
            );
        }
    }

    #[test]
    fn details_belong_to_their_kind() {
        let read = |rest: &str| serde_json::from_str::<Task>(&format!(r#"{{"title":"x","due_ms":1{rest}}}"#));
        assert!(read("").is_ok());
        assert!(read(r#","kind":"interpreter""#).is_err());
        assert!(read(r#","kind":"return","interpreter":{"language":"ne"}"#).is_err());
        assert!(read(r#","interpreter":{"language":"ne"}"#).is_err());
        assert!(read(r#","kind":"something-new""#).is_err());
        assert!(read(r#","something_new":1"#).is_ok());
    }

    #[test]
    fn round_trips() {
        let plain = Task {
            title: "Call the shelter".parse().unwrap(),
            due_ms: 1_767_225_600_000,
            about: About::General,
            assigned: None,
            done_ms: None,
        };
        assert_eq!(
            serde_json::to_string(&plain).unwrap(),
            r#"{"title":"Call the shelter","due_ms":1767225600000}"#
        );
        let full = Task {
            about: About::Return,
            assigned: Some(DeviceId::from_bytes([3; 32])),
            done_ms: Some(1),
            ..plain.clone()
        };
        let interpreted = Task {
            about: About::Interpreter(Box::new(serde_json::from_str(r#"{"language":"ne"}"#).unwrap())),
            ..plain.clone()
        };
        assert_eq!(
            serde_json::to_string(&interpreted).unwrap(),
            concat!(
                r#"{"title":"Call the shelter","due_ms":1767225600000,"#,
                r#""kind":"interpreter","interpreter":{"language":"ne"}}"#
            )
        );
        for task in [&plain, &full, &interpreted] {
            let cbor = canonical::to_vec(task).unwrap();
            assert_eq!(&canonical::from_slice::<Task>(&cbor).unwrap(), task);
        }
        assert!(plain.is_overdue(1_767_225_600_000) && !plain.is_overdue(1_767_225_599_999));
        assert!(!full.is_overdue(u64::MAX), "done");
    }
}
