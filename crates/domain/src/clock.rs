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
        /// Half or more.
        Half = "half",
        /// All of it.
        Over = "over",
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
            Mark::Over
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
    /// When a person last contacted the migrant.
    pub contacted_ms: Option<i64>,
}

/// The clocks that run, the one due first in front.
pub fn running(at: &Milestones, priority: Priority, calendar: &WorkCalendar) -> Vec<(Step, Clock)> {
    let assign = at.assigned_ms.is_none().then_some((Step::Assign, at.received_ms));
    let contact = match at.contacted_ms {
        None => (Step::HumanContact, at.received_ms),
        Some(last) => (Step::FollowUp, last),
    };
    let mut clocks: Vec<_> = assign
        .into_iter()
        .chain([contact])
        .filter_map(|(step, start)| Clock::new(start, priority, step, calendar).map(|clock| (step, clock)))
        .collect();
    clocks.sort_by_key(|(step, clock)| (clock.due_ms, *step));
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
        assert_eq!(clock.mark(clock.due_ms), Mark::Over);
    }

    #[test]
    fn the_clock_due_first_stands_in_front() {
        let start = ms("2026-01-08T08:00:00Z");
        let mut at = Milestones { received_ms: start, assigned_ms: None, contacted_ms: None };
        let steps = |at: &Milestones, priority| -> Vec<Step> {
            running(at, priority, &calendar()).into_iter().map(|(step, _)| step).collect()
        };
        assert_eq!(steps(&at, Priority::P1), [Step::Assign, Step::HumanContact]);
        at.assigned_ms = Some(start);
        assert_eq!(steps(&at, Priority::P1), [Step::HumanContact]);
        at.contacted_ms = Some(start + HOUR_MS);
        assert_eq!(steps(&at, Priority::P1), [Step::FollowUp]);
        assert_eq!(running(&at, Priority::P0, &calendar())[0].1.due_ms, start + HOUR_MS + DAY_MS);
        assert_eq!(steps(&at, Priority::P4), []);
    }
}
