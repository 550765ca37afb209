//! Build, test and measure: `cargo xtask demo | test | ci | bench | kill | fuzz | deny | sbom | repro`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool speaks to a terminal")]

mod advisories;
mod ci;
mod fuzz;
mod prerequisites;
mod repro;
mod run;
mod sbom;
mod snapshots;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::run::{Cargo, Workspace};

const HELP: &str = "\
cargo xtask demo [ARGS]         play a complaint from filing to closing (amana demo)
cargo xtask test [ARGS]         check and install what tests need, then run them all
cargo xtask ci                  everything that a change must pass
cargo xtask bench [ARGS]        measure against limits taken in the same run
cargo xtask kill [--rounds N]   kill -9 vault, relay, phone and desk, and count what is lost
cargo xtask fuzz [TARGET [S]]   fuzz all targets, or one, for S seconds each (nightly toolchain)
cargo xtask deny                check licences, bans and sources, and that an advisory would be found
cargo xtask sbom                list what the program is made of (CycloneDX)
cargo xtask repro               build a release twice, in different folders, and compare (half an hour)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let (verb, rest) = args.split_first().map_or(("help", &[][..]), |(verb, rest)| (verb.as_str(), rest));
    match verb {
        "demo" => {
            let workspace = Workspace::find()?;
            prerequisites::check(&["rustc", "cc", "make", "perl"])?;
            Cargo::new(&workspace, ["run", "-p", "amana-cli", "--bin", "amana", "--", "demo"])
                .args(rest)
                .run()
        }
        "test" => test::run(&Workspace::find()?, rest),
        "ci" => ci::run(&Workspace::find()?),
        "bench" => {
            let workspace = Workspace::find()?;
            Cargo::new(&workspace, ["run", "--release", "-p", "amana-bench", "--"]).args(rest).run()
        }
        "kill" => {
            let words: Vec<&str> = rest.iter().map(String::as_str).collect();
            let rounds: u32 = match words[..] {
                [] => 500,
                ["--rounds", rounds] | [rounds] => rounds.parse()?,
                _ => bail!("cargo xtask kill [--rounds N]"),
            };
            // Every test of this kind has `kill` in its name.
            let args = ["test", "-p", "amana-vault", "-p", "amana-tests", "kill", "--", "--nocapture"];
            Cargo::new(&Workspace::find()?, args).env("AMANA_KILL_ROUNDS", rounds.to_string()).run()
        }
        "fuzz" => fuzz::run(&Workspace::find()?, rest),
        "deny" => ci::deny(&Workspace::find()?),
        "sbom" => sbom::run(&Workspace::find()?),
        "repro" => repro::run(&Workspace::find()?),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("no such task: {other}\n{HELP}"),
    }
}
