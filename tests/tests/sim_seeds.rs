//! Seeds of the simulation. `AMANA_SIM_SEEDS` says how many, `AMANA_SIM_SEED` runs a single one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use amana_tests::sim::{Summary, run_seed, simulate};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

fn attempt(seed: u64) -> Result<Summary, String> {
    catch_unwind(AssertUnwindSafe(|| simulate(run_seed(seed)))).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default();
        format!("AMANA_SIM_SEED={seed}: {text}")
    })
}

#[test]
fn nothing_acknowledged_is_lost_doubled_or_claimed_too_early() {
    let seeds: Vec<u64> = match number("AMANA_SIM_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("AMANA_SIM_SEEDS").unwrap_or(40)).collect(),
    };
    let workers = 2.min(seeds.len());
    let results: Vec<Result<Summary, String>> = std::thread::scope(|scope| {
        let seeds = &seeds;
        let threads: Vec<_> = (0..workers)
            .map(|at| {
                scope.spawn(move || {
                    seeds.iter().skip(at).step_by(workers).map(|seed| attempt(*seed)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a worker")).collect()
    });
    let failed: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(failed.is_empty(), "{} of {} seeds failed:\n{}", failed.len(), seeds.len(), {
        let lines: Vec<&str> = failed.iter().map(|line| line.as_str()).collect();
        lines.join("\n")
    });
    let done: Vec<&Summary> = results.iter().flatten().collect();
    assert!(done.iter().all(|summary| summary.faults >= 100 && summary.cases > 0));
    // The network is bad, not dead: without this everything would happen after the healing.
    let syncs: u64 = done.iter().map(|summary| summary.syncs).sum();
    assert!(syncs >= 3 * done.len() as u64, "{syncs} syncs in {} seeds", done.len());
}

#[test]
fn a_seed_replays_exactly() {
    let once = simulate(run_seed(7));
    let again = simulate(run_seed(7));
    assert_eq!(once, again);
    assert_ne!(once.trace, simulate(run_seed(8)).trace);
}
