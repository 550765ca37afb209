//! What must be on the machine, and what is installed for tests.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{Cargo, Workspace};

/// A program, and how to get it.
struct Program {
    name: &'static str,
    probe: &'static [&'static str],
    debian: &'static str,
}

/// Perl with these modules is what OpenSSL's build needs.
const PROGRAMS: &[Program] = &[
    Program { name: "rustc", probe: &["--version"], debian: "" },
    Program { name: "cc", probe: &["--version"], debian: "gcc libc6-dev" },
    Program { name: "make", probe: &["--version"], debian: "make" },
    Program { name: "perl", probe: &["-MIPC::Cmd", "-MFindBin", "-e1"], debian: "perl" },
    Program { name: "node", probe: &["--version"], debian: "nodejs" },
    Program { name: "python3", probe: &["-c", "import venv, ensurepip"], debian: "python3 python3-venv" },
];

/// Fails with one line that names every missing program and how to install it.
pub fn check(names: &[&str]) -> Result<()> {
    let missing: Vec<&Program> = PROGRAMS
        .iter()
        .filter(|program| names.contains(&program.name) && !has(program.name, program.probe))
        .collect();
    if missing.is_empty() { Ok(()) } else { bail!("{}", advice(&missing)) }
}

fn advice(missing: &[&Program]) -> String {
    let names: Vec<&str> = missing.iter().map(|program| program.name).collect();
    let debian: Vec<&str> =
        missing.iter().map(|program| program.debian).filter(|packages| !packages.is_empty()).collect();
    let mut ways = Vec::new();
    if !debian.is_empty() {
        ways.push(format!("on Debian: apt-get install {}", debian.join(" ")));
    }
    if names.contains(&"rustc") {
        ways.push("Rust: https://rustup.rs".to_owned());
    }
    format!("missing: {}; {}", names.join(", "), ways.join("; "))
}

fn has(program: &str, probe: &[&str]) -> bool {
    std::process::Command::new(program).args(probe).output().is_ok_and(|output| output.status.success())
}

/// Installs `faketime` (tests of wrong clocks) where this runs as root on Debian; elsewhere says how.
pub fn faketime(workspace: &Workspace) -> Result<()> {
    if has("faketime", &["--version"]) {
        return Ok(());
    }
    let root = Cargo::program(workspace, "id").arg_list(&["-u"]).output().is_ok_and(|id| id.trim() == "0");
    if !Path::new("/etc/debian_version").exists() || !root {
        bail!("missing: faketime; on Debian, as root: apt-get install faketime");
    }
    println!("xtask: installing faketime");
    let install = || {
        let apt = |args: &[&str]| {
            Cargo::program(workspace, "apt-get")
                .env("DEBIAN_FRONTEND", "noninteractive")
                .arg_list(args)
                .output()
        };
        apt(&["update", "-qq"])
            .and_then(|_| apt(&["install", "-y", "-qq", "--no-install-recommends", "faketime"]))
    };
    // Package mirrors fail now and then: one more try.
    install().or_else(|_| install()).map(drop).context("missing: faketime; apt-get could not install it")
}

/// A Python with `cryptography` and `cbor2`, for the reader that is written in another language: the one that
/// `AMANA_PYTHON` names, else one under the target folder.
pub fn python(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(python) = std::env::var_os("AMANA_PYTHON") {
        return Ok(python.into());
    }
    let python = venv(workspace, "python", &["cryptography", "cbor2"])?.join("python3");
    Ok(python)
}

/// A virtual environment under the target folder with `packages` from PyPI; its folder of programs.
pub fn venv(workspace: &Workspace, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let dir = workspace.target.join("tools").join(name);
    let bin = dir.join("bin");
    // Written last, so that an interrupted installation is repeated.
    let stamp = dir.join("installed");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    println!("xtask: installing {} from PyPI into {}", packages.join(", "), dir.display());
    let dir_text = dir.to_str().context("the target folder's path is not UTF-8")?;
    Cargo::program(workspace, "python3").arg_list(&["-m", "venv", dir_text]).output()?;
    let pip = [&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"], packages].concat();
    Cargo::program(workspace, bin.join("python3")).arg_list(&pip).output()?;
    std::fs::write(&stamp, wanted)?;
    Ok(bin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_names_what_is_missing_and_how_to_get_it() {
        let missing: Vec<&Program> =
            PROGRAMS.iter().filter(|program| matches!(program.name, "perl" | "node" | "rustc")).collect();
        let advice = advice(&missing);
        assert_eq!(
            advice,
            "missing: rustc, perl, node; on Debian: apt-get install perl nodejs; Rust: https://rustup.rs"
        );
    }

    #[test]
    fn an_unknown_program_is_missing() {
        assert!(!has("amana-no-such-program", &[]));
        assert!(has("cc", &["--version"]), "tests are built with it");
    }
}
