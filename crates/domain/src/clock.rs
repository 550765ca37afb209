//! Clocks: by when a person must have contacted, assigned and followed up a case.
//!
//! No universal standard exists; these are the project's configurable defaults. P0 and P1 run by the wall clock,
//! the others in working time (a working day is 24 hours, see [`crate::calendar`]).
//!
//! | | human contact | assign | follow-up |
//! |---|---|---|---|
//! | P0 | 1 h | 1 h | 24 h |
//! | P1 | 24 h | 3 h | 72 h |
//! | P2 | 3 working days | 1 working day | 7 working days |
//! | P3 | 7 working days | 3 working days | 14 working days |
//! | P4 | – | – | – |
//!
//! Human contact and assignment start when the owner first received the case; the next follow-up when a person of the
//! owner last contacted the migrant. At half of its time a clock warns, at all of it the case is overdue.

use crate::{
    calendar::{DAY_MS, HOUR_MS, WorkCalendar},
    priority::Priority,
    words::words,
};

words! {
    /// What has to happen by a time.
    pub enum Step ("step") {
        /// A person has spoken or written to the migrant.
        HumanContact = "human-contact",
        /// A person has the case.
        Assign = "assign",
        /// Contact again.
        FollowUp = "follow-up",
    }
}

/// How long a step may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// By the wall clock, in milliseconds.
    Wall(i64),
    /// In working time, in milliseconds; a working day is 24 hours.
    Working(i64),
}

/// How long a step may take at a priority; `None`: no clock runs.
pub const fn allowance(priority: Priority, step: Step) -> Option<Allowance> {
    use Allowance::{Wall, Working};
    Some(match (priority, step) {
        (Priority::P0, Step::HumanContact | Step::Assign) => Wall(HOUR_MS),
        (Priority::P0, Step::FollowUp) => Wall(DAY_MS),
        (Priority::P1, Step::HumanContact) => Wall(24 * HOUR_MS),
        (Priority::P1, Step::Assign) => Wall(3 * HOUR_MS),
        (Priority::P1, Step::FollowUp) => Wall(72 * HOUR_MS),
        (Priority::P2, Step::HumanContact) => Working(3 * DAY_MS),
        (Priority::P2, Step::Assign) => Working(DAY_MS),
        (Priority::P2, Step::FollowUp) => Working(7 * DAY_MS),
        (Priority::P3, Step::HumanContact) => Working(7 * DAY_MS),
        (Priority::P3, Step::Assign) => Working(3 * DAY_MS),
        (Priority::P3, Step::FollowUp) => Working(14 * DAY_MS),
        (Priority::P4, Step::HumanContact | Step::Assign | Step::FollowUp) => return None,
    })
}

/// A running clock; ms since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// When it started.
    pub start_ms: i64,
    /// Half of the allowance is used: warn.
    pub half_ms: i64,
    /// All of it is used: escalate.
    pub due_ms: i64,
}

words! {
    /// How far a clock has run.
    pub enum Mark ("mark of a clock") {
        /// Less than half.
        Running = "running",
        /// Half or more: warn.
        Half = "half",
        /// All of it: escalate.
        Overdue = "overdue",
        /// The step was taken, in time or late.
        Met = "met",
    }
}

impl Clock {
    /// The clock of a step that started at `start_ms`; `None`: no clock runs.
    pub fn new(start_ms: i64, priority: Priority, step: Step, calendar: &WorkCalendar) -> Option<Self> {
        let at = |part: i64| match part {
            0 => start_ms,
            _ => match allowance(priority, step) {
                Some(Allowance::Wall(ms)) => start_ms.saturating_add(ms / 2 * part),
                Some(Allowance::Working(ms)) => calendar.add_working(start_ms, ms / 2 * part),
                None => start_ms,
            },
        };
        allowance(priority, step).map(|_| Self { start_ms, half_ms: at(1), due_ms: at(2) })
    }

    /// How far it has run at `now_ms`.
    pub const fn mark(&self, now_ms: i64) -> Mark {
        if now_ms >= self.due_ms {
            Mark::Overdue
        } else if now_ms >= self.half_ms {
            Mark::Half
        } else {
            Mark::Running
        }
    }
}

/// When a step that started at `start_ms` is due; `None`: no clock runs.
pub fn due(start_ms: i64, priority: Priority, step: Step, calendar: &WorkCalendar) -> Option<i64> {
    Clock::new(start_ms, priority, step, calendar).map(|clock| clock.due_ms)
}

/// What has happened to a case so far; ms since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Milestones {
    /// The owner's first receipt: clocks start here, not at the phone's time.
    pub received_ms: i64,
    /// When a person first got the case.
    pub assigned_ms: Option<i64>,
    /// Since when nobody has the case again.
    pub unassigned_ms: Option<i64>,
    /// When a person first contacted the migrant.
    pub first_contact_ms: Option<i64>,
    /// When a person last contacted the migrant.
    pub last_contact_ms: Option<i64>,
}

/// The clock of one step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepClock {
    /// Which step.
    pub step: Step,
    /// Its times.
    pub clock: Clock,
    /// When the step was taken; the clock stands then.
    pub met_ms: Option<i64>,
}

impl StepClock {
    /// How far it has run at `now_ms`.
    pub const fn mark(&self, now_ms: i64) -> Mark {
        if self.met_ms.is_some() { Mark::Met } else { self.clock.mark(now_ms) }
    }
}

/// Every clock of a case, running or met, the running one due first in front, met ones last.
pub fn clocks(at: &Milestones, priority: Priority, calendar: &WorkCalendar) -> Vec<StepClock> {
    // A case that nobody has any more waits for a person as a new one does.
    let assign = match at.unassigned_ms {
        Some(since) => (Step::Assign, since, None),
        None => (Step::Assign, at.received_ms, at.assigned_ms),
    };
    let contact = (Step::HumanContact, at.received_ms, at.first_contact_ms);
    let follow_up = at.last_contact_ms.map(|last| (Step::FollowUp, last, None));
    let mut clocks: Vec<_> = [Some(assign), Some(contact), follow_up]
        .into_iter()
        .flatten()
        .filter_map(|(step, start, met_ms)| {
            Clock::new(start, priority, step, calendar).map(|clock| StepClock { step, clock, met_ms })
        })
        .collect();
    clocks.sort_by_key(|one| (one.met_ms.is_some(), one.clock.due_ms, one.step));
    clocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendars;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn calendar() -> WorkCalendar {
        Calendars::builtin().between("AE".parse().ok(), "PH".parse().ok())
    }

    #[test]
    fn every_priority_and_step() {
        // Thursday 8 January 2026, noon in Dubai; Saturday and Sunday do not count.
        let start = ms("2026-01-08T08:00:00Z");
        let table = [
            (Priority::P0, "2026-01-08T09:00:00Z", "2026-01-08T09:00:00Z", "2026-01-09T08:00:00Z"),
            (Priority::P1, "2026-01-09T08:00:00Z", "2026-01-08T11:00:00Z", "2026-01-11T08:00:00Z"),
            (Priority::P2, "2026-01-13T08:00:00Z", "2026-01-09T08:00:00Z", "2026-01-19T08:00:00Z"),
            (Priority::P3, "2026-01-19T08:00:00Z", "2026-01-13T08:00:00Z", "2026-01-28T08:00:00Z"),
        ];
        for (priority, contact, assign, follow_up) in table {
            let due = |step| due(start, priority, step, &calendar());
            assert_eq!(due(Step::HumanContact), Some(ms(contact)), "{priority}");
            assert_eq!(due(Step::Assign), Some(ms(assign)), "{priority}");
            assert_eq!(due(Step::FollowUp), Some(ms(follow_up)), "{priority}");
        }
        for step in Step::ALL {
            assert_eq!(due(start, Priority::P4, *step, &calendar()), None);
        }
    }

    #[test]
    fn half_of_working_time_is_not_half_of_the_wall_clock() {
        // Friday noon in Dubai, 1 working day: half is Friday midnight, all is Monday noon.
        let clock = Clock::new(ms("2026-01-09T08:00:00Z"), Priority::P2, Step::Assign, &calendar()).unwrap();
        assert_eq!(clock.half_ms, ms("2026-01-09T20:00:00Z"));
        assert_eq!(clock.due_ms, ms("2026-01-12T08:00:00Z"));
        assert_eq!(clock.mark(clock.half_ms - 1), Mark::Running);
        assert_eq!(clock.mark(clock.half_ms), Mark::Half);
        assert_eq!(clock.mark(clock.due_ms - 1), Mark::Half);
        assert_eq!(clock.mark(clock.due_ms), Mark::Overdue);
    }

    fn received(received_ms: i64) -> Milestones {
        Milestones {
            received_ms,
            assigned_ms: None,
            unassigned_ms: None,
            first_contact_ms: None,
            last_contact_ms: None,
        }
    }

    #[test]
    fn the_clock_due_first_stands_in_front() {
        let start = ms("2026-01-08T08:00:00Z");
        let mut at = received(start);
        let steps = |at: &Milestones, priority| -> Vec<(Step, bool)> {
            clocks(at, priority, &calendar()).iter().map(|one| (one.step, one.met_ms.is_some())).collect()
        };
        assert_eq!(steps(&at, Priority::P1), [(Step::Assign, false), (Step::HumanContact, false)]);
        at.assigned_ms = Some(start);
        assert_eq!(steps(&at, Priority::P1), [(Step::HumanContact, false), (Step::Assign, true)]);
        at.first_contact_ms = Some(start + HOUR_MS);
        at.last_contact_ms = Some(start + 5 * HOUR_MS);
        let all = [(Step::FollowUp, false), (Step::Assign, true), (Step::HumanContact, true)];
        assert_eq!(steps(&at, Priority::P1), all);
        assert_eq!(clocks(&at, Priority::P0, &calendar())[0].clock.due_ms, start + 5 * HOUR_MS + DAY_MS);
        assert_eq!(steps(&at, Priority::P4), []);
    }

    #[test]
    fn a_step_that_was_taken_is_met_even_late_and_one_given_back_runs_again() {
        let start = ms("2026-01-08T08:00:00Z");
        let mut at = received(start);
        let assign = |at: &Milestones| {
            let all = clocks(at, Priority::P1, &calendar());
            all.into_iter().find(|one| one.step == Step::Assign).unwrap()
        };
        let late = start + 4 * HOUR_MS;
        assert_eq!(assign(&at).mark(late), Mark::Overdue);
        at.assigned_ms = Some(late);
        assert_eq!(assign(&at).mark(late + DAY_MS), Mark::Met);
        at.unassigned_ms = Some(late + HOUR_MS);
        assert_eq!(assign(&at).clock.start_ms, late + HOUR_MS);
        assert_eq!(assign(&at).mark(late + 2 * HOUR_MS), Mark::Running);
        assert_eq!(assign(&at).mark(late + 3 * HOUR_MS), Mark::Half);
    }

    #[test]
    fn holidays_of_both_countries_stop_the_clock_and_an_emergency_knows_none() {
        // Thursday 31 December 2026, noon in Dubai. 1 January is a holiday there and in the Philippines, 2 and 3 are the
        // weekend: one working day ends on Monday noon.
        let start = ms("2026-12-31T08:00:00Z");
        assert_eq!(due(start, Priority::P2, Step::Assign, &calendar()), Some(ms("2027-01-04T08:00:00Z")));
        // 30 December is one at home only; nobody there could be asked.
        let eve = ms("2026-12-29T20:00:00Z");
        assert_eq!(due(eve, Priority::P2, Step::Assign, &calendar()), Some(ms("2026-12-31T20:00:00Z")));
        let host_only = Calendars::builtin().between("AE".parse().ok(), None);
        assert_eq!(due(eve, Priority::P2, Step::Assign, &host_only), Some(ms("2026-12-30T20:00:00Z")));
        assert_eq!(due(start, Priority::P0, Step::FollowUp, &calendar()), Some(start + DAY_MS));
        assert_eq!(due(start, Priority::P1, Step::FollowUp, &calendar()), Some(start + 3 * DAY_MS));
    }
}
