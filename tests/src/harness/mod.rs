//! Runs the real `amana` in a folder of its own. Helpers panic: a test that cannot go on has failed.
#![allow(clippy::unwrap_used, reason = "a harness fails by panicking")]

mod binary;
mod http;
mod people;
mod process;
mod proxy;
mod random;
mod relay;
mod walk;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

pub use binary::amana;
pub use http::{Got, request};
pub use people::{Case, Deploy, Team, Vault, texts};
pub use process::{Out, Process};
pub use proxy::{Fault, Proxy};
pub use random::Random;
pub use relay::Relay;
use tempfile::TempDir;
pub use walk::{contains, snapshot};

/// Strong enough for `join` and `init`, and easy to grep for.
pub const PASSPHRASE: &str = "lantern copper orchid saddle violet harbour";

/// A folder with everything that one test makes, and how its processes are started.
#[derive(Clone, Debug)]
pub struct World {
    dir: Arc<TempDir>,
    passphrase: Arc<str>,
    env: Arc<Vec<(String, String)>>,
    prefix: Arc<Vec<String>>,
}

impl World {
    /// A new empty folder.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("amana-e2e-").tempdir().unwrap();
        for name in ["tmp", "home"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self {
            dir: Arc::new(dir),
            passphrase: PASSPHRASE.into(),
            env: Arc::new(Vec::new()),
            prefix: Arc::new(Vec::new()),
        }
    }
    /// The same folder; commands get another passphrase.
    pub fn with_passphrase(&self, passphrase: &str) -> Self {
        Self { passphrase: passphrase.into(), ..self.clone() }
    }
    /// The same folder; commands get one more environment variable.
    pub fn with_env(&self, name: &str, value: &str) -> Self {
        let mut env = Vec::clone(&self.env);
        env.push((name.to_owned(), value.to_owned()));
        Self { env: Arc::new(env), ..self.clone() }
    }
    /// The same folder; commands run under another program, such as `faketime`.
    pub fn under(&self, prefix: &[&str]) -> Self {
        Self { prefix: Arc::new(prefix.iter().map(|word| (*word).to_owned()).collect()), ..self.clone() }
    }
    /// The folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
    /// Something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// The private folder for temporary files of all processes.
    pub fn tmp(&self) -> PathBuf {
        self.path("tmp")
    }
    /// Writes a file and returns its path as text.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
    /// A command that is ready to start.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = match self.prefix.split_first() {
            None => Command::new(amana()),
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(amana());
                command
            }
        };
        command.args(args).current_dir(self.dir());
        for name in [
            "LANG",
            "LC_ALL",
            "AMANA_LANG",
            "AMANA_LOG",
            "AMANA_PIN",
            "http_proxy",
            "HTTP_PROXY",
            "ALL_PROXY",
        ] {
            command.env_remove(name);
        }
        command.env("TMPDIR", self.tmp()).env("HOME", self.path("home"));
        command.env("AMANA_PASSPHRASE", &*self.passphrase).env("AMANA_VAULT_STEP_KIB", "256");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
    /// Starts a command.
    #[track_caller]
    pub fn start<S: AsRef<OsStr>>(&self, args: &[S]) -> Process {
        Process::start(self.command(args), b"")
    }
    /// Runs a command to its end.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Out {
        self.start(args).finish()
    }
    /// Runs a command to its end with `input` as its standard input.
    #[track_caller]
    pub fn run_with_input<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Out {
        Process::start(self.command(args), input).finish()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
