//! The demo's processes: this very program, run again and again as its users would.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{error::CliError, passphrase, run::phone::join::STEP_KIB};

/// Runs `amana` with the demo's passphrase.
#[derive(Clone)]
pub struct Amana {
    program: PathBuf,
    passphrase: String,
}

/// A running relay; killed when dropped.
pub struct RelayProcess {
    child: Child,
    /// Its address.
    pub url: String,
    /// The claim code of a fresh one.
    pub claim: Option<String>,
}

impl Amana {
    /// This program.
    pub fn new(passphrase: String) -> Result<Self, CliError> {
        let program = std::env::current_exe().map_err(|error| CliError::internal("program", error))?;
        Ok(Self { program, passphrase })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env(STEP_KIB, "256")
            .env(passphrase::VARIABLE, &self.passphrase)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs one verb and reads its JSON document.
    pub async fn run<A: AsRef<std::ffi::OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Result<Value, CliError> {
        let output = self
            .command()
            .arg("--json")
            .args(args)
            .output()
            .await
            .map_err(|error| CliError::internal("process", error))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(CliError::internal("demo step", told));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| CliError::internal("process output", error))
    }

    /// Runs a verb of one vault.
    pub async fn vault(&self, kind: &str, vault: &Path, args: &[&str]) -> Result<Value, CliError> {
        let mut words = vec![kind.to_owned(), vault.to_string_lossy().into_owned()];
        words.extend(args.iter().map(|word| (*word).to_owned()));
        self.run(words).await
    }

    /// Runs a verb that must fail; its code.
    pub async fn refused(&self, kind: &str, vault: &Path, args: &[&str]) -> Result<String, CliError> {
        let output = self
            .command()
            .args(["--json", kind])
            .arg(vault)
            .args(args)
            .output()
            .await
            .map_err(|error| CliError::internal("process", error))?;
        if output.status.success() {
            return Ok(String::new());
        }
        let told: Value = serde_json::from_slice(&output.stderr)
            .map_err(|error| CliError::internal("process output", error))?;
        Ok(text(&told["error"], "code"))
    }

    /// Starts a relay and waits until it accepts connections.
    pub async fn relay(&self, data: &Path, listen: &str) -> Result<RelayProcess, CliError> {
        let mut child = self
            .command()
            .args(["--json", "relay", "--listen", listen, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| CliError::internal("relay", error))?;
        let stdout = child.stdout.take().ok_or_else(|| CliError::internal("relay", "no output"))?;
        let line = BufReader::new(stdout).lines().next_line().await;
        let line = line.ok().flatten().ok_or_else(|| CliError::internal("relay", "it did not start"))?;
        let told: Value = serde_json::from_str(&line).map_err(|error| CliError::internal("relay", error))?;
        Ok(RelayProcess {
            child,
            url: text(&told, "listening"),
            claim: told["claim"].as_str().map(str::to_owned),
        })
    }
}

impl RelayProcess {
    /// Kills it, as a power cut would.
    pub async fn kill(mut self) -> Result<(), CliError> {
        self.child.kill().await.map_err(|error| CliError::internal("relay", error))
    }
}

/// A text field of an answer.
pub fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
