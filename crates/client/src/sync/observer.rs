//! What is told while a sync runs.

use super::{Report, Warning};

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Finding the relay; who is who.
    Relay,
    /// Standing in the team; passed at once on a phone.
    Team,
    /// Sending and taking in.
    Cases,
}

impl Stage {
    /// Stable spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Team => "team",
            Self::Cases => "cases",
        }
    }
}

/// How far a run has come. What it counts is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where it is.
    pub stage: Stage,
    /// Events and letters that the relay has acknowledged.
    pub pushed: u64,
    /// Events that were taken in.
    pub pulled: u64,
}

/// Told while a sync runs, by the task that runs it: whoever is told must be quick.
pub trait Observer: Send + Sync {
    /// It has come further.
    fn progress(&self, progress: Progress);
    /// Something the user should know, each once in a run.
    fn warning(&self, warning: &Warning);
}

/// Nobody watches.
pub(super) struct Unwatched;

impl Observer for Unwatched {
    fn progress(&self, _: Progress) {}
    fn warning(&self, _: &Warning) {}
}

/// Tells an observer what is new.
pub(crate) struct Watch<'a> {
    observer: &'a dyn Observer,
    stage: Stage,
    told: Option<Progress>,
    warnings: usize,
}

impl<'a> Watch<'a> {
    /// `report` is what earlier runs have told already.
    pub fn new(observer: &'a dyn Observer, report: &Report) -> Self {
        Self { observer, stage: Stage::Relay, told: None, warnings: report.warnings.len() }
    }

    /// The next stage begins.
    pub fn stage(&mut self, stage: Stage, report: &Report) {
        self.stage = stage;
        self.tell(report);
    }

    /// Tells what the report has that was not told yet.
    pub fn tell(&mut self, report: &Report) {
        let progress = Progress { stage: self.stage, pushed: report.pushed, pulled: report.pulled };
        if self.told.replace(progress) != Some(progress) {
            self.observer.progress(progress);
        }
        let told = self.warnings.min(report.warnings.len());
        report.warnings[told..].iter().for_each(|warning| self.observer.warning(warning));
        self.warnings = report.warnings.len();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Told(Mutex<(Vec<Progress>, Vec<&'static str>)>);

    impl Observer for Told {
        fn progress(&self, progress: Progress) {
            self.0.lock().unwrap().0.push(progress);
        }
        fn warning(&self, warning: &Warning) {
            self.0.lock().unwrap().1.push(warning.code);
        }
    }

    #[test]
    fn everything_is_told_once() {
        let told = Told::default();
        let mut report = Report::default();
        report.warn_code("clock_skew");
        let mut watch = Watch::new(&told, &report);
        watch.stage(Stage::Relay, &report);
        watch.tell(&report);
        report.warn_code("relay_gap");
        report.warn_code("clock_skew");
        report.pushed = 3;
        watch.tell(&report);
        watch.tell(&report);
        watch.stage(Stage::Cases, &report);
        let (progress, warnings) = &*told.0.lock().unwrap();
        let seen: Vec<_> = progress.iter().map(|step| (step.stage, step.pushed)).collect();
        assert_eq!(seen, [(Stage::Relay, 0), (Stage::Relay, 3), (Stage::Cases, 3)]);
        assert_eq!(*warnings, ["relay_gap"], "what an earlier run has told is not told again");
    }
}
