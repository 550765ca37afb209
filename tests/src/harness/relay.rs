//! A relay as a process: started, killed, restarted on the same port and data.

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::atomic::{AtomicU16, Ordering},
};

use serde_json::Value;

use super::{Out, Process, World};

/// A running relay; killed when dropped.
#[derive(Debug)]
pub struct Relay {
    world: World,
    data: PathBuf,
    port: u16,
    claim: Option<String>,
    process: Option<Process>,
}

impl Relay {
    /// Starts a fresh relay, with data in the folder `data` of the world.
    #[track_caller]
    pub fn start(world: &World, data: &str) -> Self {
        Self::start_at(world, data, free_port())
    }
    /// Starts a relay on a port; 0 lets it pick one.
    #[track_caller]
    pub fn start_at(world: &World, data: &str, port: u16) -> Self {
        let data = world.path(data);
        let mut relay = Self { world: world.clone(), data, port, claim: None, process: None };
        relay.restart();
        relay
    }
    /// Starts it again with the same port and data. Returns once it accepts connections.
    #[track_caller]
    pub fn restart(&mut self) {
        assert!(self.process.is_none(), "the relay runs already");
        let listen = format!("127.0.0.1:{}", self.port);
        let process = self.world.start(&[
            "--json",
            "relay",
            "--data",
            self.data.to_str().unwrap(),
            "--listen",
            &listen,
        ]);
        let line: Value = serde_json::from_str(&process.first_line()).expect("one JSON document");
        let url = line["listening"].as_str().expect("an address");
        self.port = url.rsplit(':').next().unwrap().parse().expect("a port");
        self.claim = line["claim"].as_str().map(str::to_owned);
        self.process = Some(process);
    }
    /// SIGKILL.
    pub fn kill(&mut self) -> Option<Out> {
        self.process.take().map(Process::kill)
    }
    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// The code that a fresh relay prints.
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }
    /// Its folder.
    pub fn data(&self) -> &PathBuf {
        &self.data
    }
    /// What it wrote to standard error.
    pub fn stderr(&self) -> String {
        self.process.as_ref().map(Process::stderr_text).unwrap_or_default()
    }
}

/// A port below the range from which the system takes those of outgoing connections: nobody gets in while a killed
/// relay is away.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 12_000).unwrap_or(0);
    loop {
        let offset = start.wrapping_add(NEXT.fetch_add(37, Ordering::Relaxed)) % 12_000;
        let port = 18_000 + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
