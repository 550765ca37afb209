//! `cargo xtask bench`: our figure beside a limit measured in the same run on the same machine. What counts is the ratio.
#![allow(clippy::print_stdout, reason = "a report for people")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]

mod ingest;
mod phone;
mod plain;
mod search;
mod sync;
mod team;
mod triage;
mod world;

use std::time::Duration;

/// Rounds of each row; the median counts.
const ROUNDS: usize = 5;

/// One row of the report.
struct Row {
    what: &'static str,
    ours: f64,
    limit: f64,
    unit: &'static str,
    /// The ratio to reach; `None` = nothing was promised.
    goal: Option<Goal>,
}

/// What the ratio should be.
#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Row {
    fn print(&self) {
        let ratio = self.ours / self.limit;
        let (goal, met) = match self.goal {
            None => (String::from("—"), true),
            Some(Goal::AtMost(most)) => (format!("≤ {most}"), ratio <= most),
            Some(Goal::AtLeast(least)) => (format!("≥ {least}"), ratio >= least),
        };
        let mark = if met { "" } else { "  (missed)" };
        println!(
            "{:<74} {:>12.2} {:>12.2} {:<9} {:>7.2}  {goal}{mark}",
            self.what, self.ours, self.limit, self.unit, ratio
        );
    }
}

/// The middle one of several measurements.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs a measurement several times, ours and limit by turns, so that noise hits both.
fn rounds(mut ours: impl FnMut() -> f64, mut limit: impl FnMut() -> f64) -> (f64, f64) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(ours());
        b.push(limit());
    }
    (median(a), median(b))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    println!("{:<74} {:>12} {:>12} {:<9} {:>7}  goal", "what", "ours", "limit", "unit", "ratio");
    let mut missed = 0;
    let mut print = |rows: Vec<Row>| {
        for row in rows {
            row.print();
            missed += usize::from(match row.goal {
                Some(Goal::AtMost(most)) => row.ours / row.limit > most,
                Some(Goal::AtLeast(least)) => row.ours / row.limit < least,
                None => false,
            });
        }
    };
    if runs("ingest") {
        print(ingest::rows());
    }
    if runs("sync") {
        print(sync::rows());
    }
    if runs("team") {
        print(team::rows());
    }
    if runs("file") {
        print(phone::file());
    }
    if runs("triage") {
        print(triage::rows());
    }
    if runs("search") {
        print(search::rows());
    }
    if runs("unlock") {
        print(phone::unlock());
    }
    if runs("wire") {
        print(phone::wire());
    }
    println!(
        "\n{missed} goals missed. Figures are medians of {ROUNDS} rounds; absolute values belong to this machine and hour."
    );
}
