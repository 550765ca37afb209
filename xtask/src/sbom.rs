//! `cargo xtask sbom`: what the `amana` program is made of, as CycloneDX, under `target/sbom/amana.cdx.json`.
//!
//! `cargo-cyclonedx` lists the crates. It cannot know what crates of sources bring along: OpenSSL and SQLCipher are
//! added here, so that an advisory about them is found too.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::run::{Cargo, Workspace};

const CYCLONEDX: &str = "0.5.9";

/// Native code inside a crate: (crate, name, licence, where it is from). The version is behind the crate's `+`.
const NATIVE: &[(&str, &str, &str, &str)] = &[
    ("openssl-src", "openssl", "Apache-2.0", "pkg:github/openssl/openssl@openssl-"),
    ("sqlcipher-src", "sqlcipher", "BSD-3-Clause", "pkg:github/sqlcipher/sqlcipher@v"),
    ("sqlcipher-src", "sqlite", "blessing", "pkg:generic/sqlite@"),
];

/// Writes the list.
pub fn run(workspace: &Workspace) -> Result<()> {
    let tool = tool(workspace)?;
    let member = workspace.root.join("crates/cli");
    let written = member.join("amana-sbom.json");
    let manifest = member.join("Cargo.toml");
    let manifest = manifest.to_str().context("the folder's path is not UTF-8")?;
    let name = ["--override-filename", "amana-sbom"];
    Cargo::program(workspace, tool)
        .arg_list(&["cyclonedx", "--manifest-path", manifest, "--format", "json", "--spec-version", "1.5"])
        .arg_list(&name)
        .run()?;
    let mut list: Value = serde_json::from_slice(&fs::read(&written)?)?;
    // The tool writes one into each member of the workspace.
    for member in fs::read_dir(workspace.root.join("crates"))? {
        let stray = member?.path().join("amana-sbom.json");
        if stray.exists() {
            fs::remove_file(stray)?;
        }
    }
    for dir in ["server", "xtask", "tests", "tests/bench", "mobile-bindings"] {
        let stray = workspace.root.join(dir).join("amana-sbom.json");
        if stray.exists() {
            fs::remove_file(stray)?;
        }
    }
    add_native(&mut list)?;
    let out = workspace.target.join("sbom");
    fs::create_dir_all(&out)?;
    let out = out.join("amana.cdx.json");
    fs::write(&out, serde_json::to_vec_pretty(&list)?)?;
    println!("{}: {} components", out.display(), list["components"].as_array().map_or(0, Vec::len));
    Ok(())
}

/// Adds what crates of sources bring along; every one must be found, else the list would be silently short.
fn add_native(list: &mut Value) -> Result<()> {
    let components = list["components"].as_array_mut().context("the list has no components")?;
    for (source, name, licence, purl) in NATIVE {
        let version = components
            .iter()
            .find(|component| component["name"] == *source)
            .and_then(|component| component["version"].as_str())
            .with_context(|| format!("{source} is not in the list"))?;
        let upstream = upstream(version, name).with_context(|| format!("{source} {version}"))?;
        let native = json!({
            "type": "library",
            "name": name,
            "version": upstream,
            "description": format!("C sources inside the crate {source} {version}"),
            "licenses": [{ "license": { "id": licence } }],
            "purl": format!("{purl}{upstream}"),
        });
        components.push(native);
    }
    Ok(())
}

/// `300.6.1+3.6.3` or `420.0.0+sqlcipher-4.20.0-sqlite-3.54.1`.
fn upstream<'a>(version: &'a str, name: &str) -> Option<&'a str> {
    let inside = version.split_once('+')?.1;
    match inside.split_once(&format!("{name}-")) {
        Some((_, from)) => from.split('-').next(),
        None => (!inside.contains('-')).then_some(inside),
    }
}

fn tool(workspace: &Workspace) -> Result<PathBuf> {
    let dir = workspace.target.join("tools/cargo-cyclonedx");
    let program = dir.join("bin/cargo-cyclonedx");
    if program.exists() {
        return Ok(program);
    }
    println!("xtask: installing cargo-cyclonedx {CYCLONEDX} into {}", dir.display());
    let root = dir.to_str().context("the target folder's path is not UTF-8")?;
    Cargo::new(workspace, ["install", "cargo-cyclonedx", "--locked", "--version", CYCLONEDX, "--root", root])
        .env("CARGO_TARGET_DIR", workspace.target.join("tools/build"))
        .run()?;
    if program.exists() { Ok(program) } else { bail!("cargo-cyclonedx was not installed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn native_code_is_listed_and_never_forgotten() {
        let mut list = json!({ "components": [
            { "name": "openssl-src", "version": "300.6.1+3.6.3" },
            { "name": "sqlcipher-src", "version": "420.0.0+sqlcipher-4.20.0-sqlite-3.54.1-x-1" },
        ]});
        add_native(&mut list).unwrap();
        assert_eq!(list["components"][2]["purl"], "pkg:github/openssl/openssl@openssl-3.6.3");
        assert_eq!(list["components"][2]["version"], "3.6.3");
        assert_eq!(list["components"][3]["purl"], "pkg:github/sqlcipher/sqlcipher@v4.20.0");
        assert_eq!(list["components"][4]["purl"], "pkg:generic/sqlite@3.54.1");
        assert!(add_native(&mut json!({ "components": [] })).is_err());
        assert!(add_native(&mut json!({})).is_err());
    }
}
