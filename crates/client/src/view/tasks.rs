//! The tasks of a case, and what stands against them as far as this device can read.

use amana_domain::{
    codes::{AgeBand, Language, Sex},
    event::Body,
    fold::CoreState,
    grievance::Party,
    ids::{DeviceId, EventId},
    interpreter::{InterpretedCase, Interpreter, InterpreterConflict, conflicts},
    person::Person,
    role::LogKind,
    task::{About, OriginContact, Safeguards, Task, TaskKind, TaskRefused, check},
};
use serde::{Deserialize, Serialize};

use crate::case::{Case, CaseLog};

/// An internal task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEntry {
    /// Its event.
    pub id: EventId,
    /// What to do.
    pub title: String,
    /// By when, ms since 1970 UTC.
    pub due_ms: u64,
    /// Whether it is done.
    pub done: bool,
    /// What it is about.
    #[serde(default = "general")]
    pub kind: TaskKind,
    /// The desk whose it is; absent: the team's.
    #[serde(default)]
    pub assigned: Option<DeviceId>,
    /// When it was done, ms since 1970 UTC.
    #[serde(default)]
    pub done_ms: Option<u64>,
    /// Why it must not be done now, though it was opened: `not_screened`, `no_best_interests_decision`,
    /// `origin_blocked`.
    #[serde(default)]
    pub blocked: Option<String>,
    /// The interpreter that is needed.
    #[serde(default)]
    pub interpreter: Option<InterpreterEntry>,
}

const fn general() -> TaskKind {
    TaskKind::General
}

/// An interpreter that is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterpreterEntry {
    /// Which language.
    pub language: Language,
    /// Of which sex she wants the interpreter to be.
    pub sex: Option<Sex>,
    /// When, ms since 1970 UTC.
    pub at_ms: Option<u64>,
    /// At which hearing, interview or visit.
    pub hearing: Option<String>,
    /// The name of who is proposed.
    pub name: Option<String>,
    /// Why the proposed one must not interpret, or must be asked about first.
    pub conflicts: Vec<InterpreterConflict>,
}

impl TaskEntry {
    /// Whether it is open and its time has passed, at a time in ms since 1970 UTC.
    pub const fn is_overdue(&self, now_ms: u64) -> bool {
        !self.done && self.due_ms <= now_ms
    }
}

/// A task with its newest state.
pub(super) struct FoldedTask<'a> {
    pub id: EventId,
    pub task: &'a Task,
    /// When it was done, and when somebody said so; `None` = open.
    pub done: Option<(u64, u64)>,
}

/// The tasks of a work log, in the order in which they were added.
pub(super) fn folded_tasks(log: &CaseLog) -> Vec<FoldedTask<'_>> {
    let mut tasks: Vec<FoldedTask<'_>> = Vec::new();
    for event in log.applied() {
        let said = event.event().claimed_ms;
        match event.body() {
            Body::TaskAdd(task) => {
                tasks.push(FoldedTask { id: event.id(), task, done: task.done_ms.map(|at| (at, said)) })
            }
            Body::TaskSet(set) => {
                if let Some(one) = tasks.iter_mut().find(|one| one.id == set.task) {
                    one.done = set.done_ms.map(|at| (at, said));
                }
            }
            _ => {}
        }
    }
    tasks
}

/// What this device can read of the parties and people of a case.
struct Involved {
    parties: Vec<Party>,
    persons: Vec<Person>,
}

impl Involved {
    fn of(case: &Case) -> Self {
        let mut involved = Self { parties: Vec::new(), persons: Vec::new() };
        for event in case.logs.iter().flat_map(CaseLog::applied) {
            match event.body() {
                Body::WageEntry(grievance) => involved.parties.extend(grievance.parties.iter().cloned()),
                Body::PersonSet(person) => involved.persons.push(person.clone()),
                _ => {}
            }
        }
        involved
    }

    fn conflicts(&self, core: &CoreState, interpreter: &Interpreter) -> Vec<InterpreterConflict> {
        let case = InterpretedCase {
            parties: &self.parties,
            persons: &self.persons,
            origin: core.facts.origin,
            origin_contact: origin_contact(core),
        };
        conflicts(interpreter, &case).into_iter().collect()
    }
}

fn origin_contact(core: &CoreState) -> OriginContact {
    if core.origin_contact_allowed { OriginContact::Allowed } else { OriginContact::Blocked }
}

/// Why an interpreter must not be taken, or must be asked about first, as far as this device can read.
pub(crate) fn interpreter_conflicts(case: &Case, interpreter: &Interpreter) -> Vec<InterpreterConflict> {
    case.core().map(|core| Involved::of(case).conflicts(core, interpreter)).unwrap_or_default()
}

/// Whether a task may be opened or done now. A person whose age nobody knows may be a child.
pub(crate) fn gate(core: &CoreState, about: &About) -> Result<(), TaskRefused> {
    let safeguards = Safeguards {
        return_is_safe: core.safeguards.return_is_safe,
        child: !matches!(core.facts.age_band, Some(AgeBand::Adult | AgeBand::Older)),
        best_interests_decided: core.safeguards.best_interests_decided,
        origin_contact: origin_contact(core),
        deceased: core.safeguards.deceased,
    };
    check(about.kind(), &safeguards)?;
    // To sit an officer of the origin state beside her is to tell it.
    let proposed = match about {
        About::Interpreter(request) => request.interpreter.as_ref(),
        _ => None,
    };
    let case = InterpretedCase {
        parties: &[],
        persons: &[],
        origin: core.facts.origin,
        origin_contact: safeguards.origin_contact,
    };
    match proposed {
        Some(proposed) if conflicts(proposed, &case).contains(&InterpreterConflict::OriginAuthority) => {
            Err(TaskRefused::OriginBlocked)
        }
        _ => Ok(()),
    }
}

/// The tasks of every work log that is readable here.
pub(super) fn tasks(case: &Case) -> Vec<TaskEntry> {
    let Some(core) = case.core() else { return Vec::new() };
    let involved = Involved::of(case);
    case.of_kind(LogKind::Work)
        .flat_map(folded_tasks)
        .map(|FoldedTask { id, task, done }| TaskEntry {
            id,
            title: task.title.as_str().to_owned(),
            due_ms: task.due_ms,
            done: done.is_some(),
            kind: task.about.kind(),
            assigned: task.assigned,
            done_ms: done.map(|(at, _)| at),
            blocked: match done {
                Some(_) => None,
                None => gate(core, &task.about).err().map(|refused| refused.code().to_owned()),
            },
            interpreter: match &task.about {
                About::Interpreter(request) => Some(InterpreterEntry {
                    language: request.language.clone(),
                    sex: request.sex,
                    at_ms: request.at_ms,
                    hearing: request.hearing.as_ref().map(|line| line.as_str().to_owned()),
                    name: request.interpreter.as_ref().map(|one| one.name.as_str().to_owned()),
                    conflicts: request
                        .interpreter
                        .as_ref()
                        .map(|proposed| involved.conflicts(core, proposed))
                        .unwrap_or_default(),
                }),
                _ => None,
            },
        })
        .collect()
}
