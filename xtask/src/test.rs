//! `cargo xtask test`: every test, with what the tests need.

use anyhow::Result;

use crate::{
    prerequisites,
    run::{Cargo, Workspace},
};

/// Checks and installs what tests need, then runs all of them; `args` go to the test runner.
pub fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    prerequisites::check(&["rustc", "cc", "make", "perl", "node", "python3"])?;
    prerequisites::faketime(workspace)?;
    let python = prerequisites::python(workspace)?;
    let cargo = |args: &[&str]| Cargo::new(workspace, args.iter().copied()).env("AMANA_PYTHON", &python);
    if Cargo::new(workspace, ["nextest", "--version"]).succeeds() {
        cargo(&["nextest", "run", "--workspace"]).args(args).run()?;
        // nextest runs no doc tests.
        if args.is_empty() {
            cargo(&["test", "--workspace", "--doc"]).run()?;
        }
        return Ok(());
    }
    cargo(&["test", "--workspace", "--no-fail-fast"]).args(args).run()
}
