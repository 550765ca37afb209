//! `cargo xtask repro`: the release build of `amana` twice, from sources in two folders, compared byte by byte.
//!
//! Outside CI: two builds from nothing, OpenSSL included. What would tell one build from another is taken out: paths of
//! sources and cargo's home by `--remap-path-prefix`, debug information of C code (it has paths) by `-g0`, times by
//! `SOURCE_DATE_EPOCH` (OpenSSL keeps when it was built). OpenSSL also keeps its install prefix, which lies in the target
//! folder, and its compiler's whole command line: so the target folder is the same for both builds, [`TARGET`], and no
//! flag for C names a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::run::{Cargo, Workspace};

/// Where all sources are, as far as the binary knows.
const SOURCES: &str = "/amana";
const HOME: &str = "/cargo";
/// Where a release is built: whoever wants the same bytes builds there too.
const TARGET: &str = "/tmp/amana-release";

/// Builds twice and compares; the folders are deleted if the builds agree.
pub fn run(workspace: &Workspace) -> Result<()> {
    let root = workspace.target.join("repro");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let epoch = Cargo::program(workspace, "git").arg_list(&["log", "-1", "--format=%ct"]).output()?;
    let mut built = Vec::new();
    for name in ["one", "another-folder-of-a-longer-name"] {
        built.push(build(workspace, &root.join(name), epoch.trim())?);
    }
    let [one, other] = [&built[0], &built[1]].map(fs::read);
    let (one, other) = (one?, other?);
    let hash = Cargo::program(workspace, "sha256sum").arg_list(&[text(&built[0])?]).output()?;
    if one != other {
        let at = one.iter().zip(&other).position(|(a, b)| a != b).unwrap_or(one.len().min(other.len()));
        bail!(
            "the builds differ from byte {at} on: compare {} and {}",
            built[0].display(),
            built[1].display()
        );
    }
    let paths = leaked(&one, &root);
    if !paths.is_empty() {
        bail!("the binary names folders of the machine that built it: {}", paths.join(", "));
    }
    println!("two builds, one program: {}", hash.split_whitespace().next().unwrap_or_default());
    fs::remove_dir_all(&root)?;
    Ok(())
}

/// One build of what is committed, in a folder of its own.
fn build(workspace: &Workspace, dir: &Path, epoch: &str) -> Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let sources = dir.join("sources");
    let origin = text(&workspace.root)?;
    Cargo::program(workspace, "git").arg_list(&["clone", "--quiet", origin, text(&sources)?]).run()?;
    let cargo_home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME")?).join(".cargo"),
    };
    let (sources, home) = (text(&sources)?, text(&cargo_home)?);
    let rust = format!("--remap-path-prefix={home}={HOME} --remap-path-prefix={sources}={SOURCES}");
    let target = Path::new(TARGET);
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    let manifest = format!("{sources}/Cargo.toml");
    Cargo::new(workspace, ["build", "--release", "--locked", "-p", "amana-cli", "--bin", "amana"])
        .arg_list(&["--manifest-path", &manifest, "--target-dir", TARGET])
        .env("RUSTFLAGS", rust)
        .env("CFLAGS", "-g0")
        .env("SOURCE_DATE_EPOCH", epoch)
        .env("CARGO_INCREMENTAL", "0")
        .run()?;
    let program = dir.join("amana");
    fs::copy(target.join("release/amana"), &program)?;
    fs::remove_dir_all(target)?;
    Ok(program)
}

/// Folders of this machine whose names stand in the binary.
fn leaked(binary: &[u8], root: &Path) -> Vec<String> {
    let home = std::env::var("HOME").map(|home| format!("{home}/.cargo")).unwrap_or_default();
    [root.to_string_lossy().into_owned(), home]
        .into_iter()
        .filter(|path| path.len() > 1 && binary.windows(path.len()).any(|window| window == path.as_bytes()))
        .collect()
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_a_binary_is_seen() {
        assert_eq!(leaked(b"..x/build/one/target..", Path::new("/build/one")), ["/build/one"]);
        assert!(leaked(b"/amana/target", Path::new("/build/one")).is_empty());
    }
}
