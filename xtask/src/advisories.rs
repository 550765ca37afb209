//! A planted advisory must fail the check of dependencies that a release has to pass.
//!
//! The real advisory database needs the network; this shows, without it, that the same program over the same lock file
//! notices an advisory when there is one, and passes when the locked version is the repaired one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::run::{Cargo, Workspace};

/// Never asked: `--offline`. It only names the folder of the database.
const URL: &str = "https://advisories.example/db";
const ID: &str = "RUSTSEC-2099-0001";
/// A crate that parses what comes from outside.
const CRATE: &str = "ciborium";

/// Fails unless the planted advisory is found, and only as long as it applies.
pub fn check(workspace: &Workspace, deny: &Path) -> Result<()> {
    let dir = workspace.target.join("planted-advisory");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    let config = dir.join("deny.toml");
    let cache = dir.join("cache");
    fs::write(&config, format!("[advisories]\ndb-path = {cache:?}\ndb-urls = [{URL:?}]\n"))?;
    let database = database(&run(workspace, deny, &config)?.1)?;
    for (patched, found) in [("", true), (r#"">= 0.0.1""#, false)] {
        plant(workspace, &database, patched)?;
        let (passed, said) = run(workspace, deny, &config)?;
        if passed == found || said.contains(ID) != found {
            bail!("a planted advisory about {CRATE} (repaired in [{patched}]): passed {passed}\n{said}");
        }
    }
    Ok(())
}

/// Where the program looks for the database: it says so when nothing is there.
fn database(said: &str) -> Result<PathBuf> {
    let named = said.split_once(r#""-C", ""#).and_then(|(_, rest)| rest.split_once('"'));
    named.map(|(path, _)| path.into()).with_context(|| format!("where is the advisory database? {said}"))
}

fn run(workspace: &Workspace, deny: &Path, config: &Path) -> Result<(bool, String)> {
    let config = config.to_str().context("the target folder's path is not UTF-8")?;
    Cargo::program(workspace, deny)
        .arg_list(&["--offline", "--config", config, "check", "--hide-inclusion-graph", "advisories"])
        .outcome()
}

/// A database with one advisory, as a repository with one commit.
fn plant(workspace: &Workspace, database: &Path, patched: &str) -> Result<()> {
    let dir = database.join("crates").join(CRATE);
    fs::create_dir_all(&dir)?;
    let advisory = format!(
        "```toml\n[advisory]\nid = \"{ID}\"\npackage = \"{CRATE}\"\ndate = \"2099-01-01\"\n\
         categories = [\"memory-exposure\"]\n\n[versions]\npatched = [{patched}]\n```\n\n# Planted\n\nFor a test.\n"
    );
    fs::write(dir.join(format!("{ID}.md")), advisory)?;
    let path = database.to_str().context("the target folder's path is not UTF-8")?;
    let identity =
        ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "planted"]]
    {
        Cargo::program(workspace, "git")
            .arg_list(&["-C", path])
            .arg_list(&identity)
            .arg_list(args)
            .output()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_says_where_it_looks() {
        let said = r#"failed to get HEAD timestamp: ["-C", "/x/cache/db-1", "show", "-s"]"#;
        assert_eq!(database(said).unwrap(), Path::new("/x/cache/db-1"));
        assert!(database("").is_err());
    }
}
