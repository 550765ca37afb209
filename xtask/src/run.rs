//! Running cargo and other programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// Where the workspace is, and where it is built.
#[derive(Debug)]
pub struct Workspace {
    /// Its root.
    pub root: PathBuf,
    /// The target folder, also for tools that tests need.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().context("xtask lies in the workspace")?.to_owned();
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata["target_directory"].as_str().context("cargo names no target folder")?;
        Ok(Self { root, target: target.into() })
    }
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Whether `cargo xtask` itself set the variable. Some build scripts (ring's) watch these: passed on, they would
/// rebuild half of the dependencies whenever people change between cargo and xtask.
fn is_of_this_run(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || name == "OUT_DIR"
}

/// A program that is about to run.
#[derive(Debug)]
pub struct Cargo {
    command: Command,
}

impl Cargo {
    /// Cargo in the workspace's root. `+nightly` needs rustup's own proxy, not the cargo that runs this.
    pub fn new<'a>(workspace: &Workspace, args: impl IntoIterator<Item = &'a str>) -> Self {
        let args: Vec<&str> = args.into_iter().collect();
        let program = if args.first() == Some(&"+nightly") { "cargo".to_owned() } else { cargo() };
        Self::program(workspace, &program).arg_list(&args)
    }
    /// Any other program in the workspace's root.
    pub fn program(workspace: &Workspace, program: impl AsRef<std::ffi::OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(&workspace.root);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_this_run(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        Self { command }
    }
    /// Adds arguments.
    pub fn args(mut self, args: &[String]) -> Self {
        self.command.args(args);
        self
    }
    /// Adds arguments.
    pub fn arg_list(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }
    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }
    /// Runs it with the terminal of this process; a failure is an error that names it.
    pub fn run(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| format!("cannot run {}", self.name()))?;
        if status.success() { Ok(()) } else { bail!("{} failed ({status})", self.name()) }
    }
    /// Runs it and returns its standard output.
    pub fn output(mut self) -> Result<String> {
        let output = self.command.output().with_context(|| format!("cannot run {}", self.name()))?;
        if !output.status.success() {
            bail!("{} failed: {}", self.name(), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
    /// Runs it silently: whether it succeeded, and everything that it said.
    pub fn outcome(mut self) -> Result<(bool, String)> {
        let output = self.command.output().with_context(|| format!("cannot run {}", self.name()))?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }
    /// Whether it runs and succeeds, silently.
    pub fn succeeds(mut self) -> bool {
        self.command.output().is_ok_and(|output| output.status.success())
    }
    fn name(&self) -> String {
        let program = Path::new(self.command.get_program()).file_name().unwrap_or_default().to_string_lossy();
        let args: Vec<_> = self.command.get_args().map(|arg| arg.to_string_lossy()).collect();
        format!("`{program} {}`", args.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_set_is_passed_on_and_what_cargo_set_is_not() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_NAME", "OUT_DIR"] {
            assert!(is_of_this_run(name), "{name}");
        }
        for name in ["CARGO", "CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_BUILD_JOBS", "PATH", "RUSTFLAGS"] {
            assert!(!is_of_this_run(name), "{name}");
        }
    }

    #[test]
    fn a_failure_names_the_command() {
        let workspace = Workspace { root: ".".into(), target: "target".into() };
        let failed = Cargo::program(&workspace, "false").arg_list(&["--x"]).run();
        assert!(failed.is_err_and(|error| error.to_string().contains("`false --x` failed")));
        assert!(!Cargo::program(&workspace, "amana-no-such-program").succeeds());
    }
}
