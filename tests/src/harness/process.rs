//! A child process that never outlives its test.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};

use serde_json::Value;

/// A command that is not done after this long hangs. Far above what any takes, also on a busy machine.
const HANG: Duration = Duration::from_secs(120);

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Out {
    /// Its arguments, for messages.
    pub what: String,
    /// Its exit status; `None` after a signal.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Out {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }
    /// Exactly one JSON document on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: no single JSON document ({error}): {self}", self.what))
    }
    /// The answer of a command that succeeded, which says nothing on standard error.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, Some(0), "{self}");
        self.json()
    }
    /// Code and message of a command that failed with exit status `status` and nothing on standard output.
    #[track_caller]
    pub fn error(&self, status: i32) -> (String, String) {
        assert_eq!(self.status, Some(status), "{self}");
        assert!(self.stdout.is_empty(), "{self}");
        let body: Value = serde_json::from_slice(&self.stderr)
            .unwrap_or_else(|error| panic!("{}: standard error is no JSON ({error}): {self}", self.what));
        let keys: Vec<&String> = body["error"].as_object().expect("an object").keys().collect();
        assert_eq!(
            (body.as_object().unwrap().len(), keys.as_slice()),
            (1, &[&"code".into(), &"message".into()][..])
        );
        let text = |name: &str| body["error"][name].as_str().unwrap().to_owned();
        assert!(!text("message").is_empty() && !text("message").contains("%{"), "{self}");
        (text("code"), text("message"))
    }
    /// Asserts a failure with exit status 1 and this code.
    #[track_caller]
    pub fn fails(&self, code: &str) -> String {
        let (found, message) = self.error(1);
        assert_eq!(found, code, "{self}");
        message
    }
    /// Asserts a usage error, exit status 2.
    #[track_caller]
    pub fn usage(&self) -> String {
        let (found, message) = self.error(2);
        assert_eq!(found, "usage", "{self}");
        message
    }
}

impl std::fmt::Display for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
        write!(
            f,
            "`amana {}` ended with {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.what,
            self.status,
            cut(&self.stdout),
            cut(&self.stderr)
        )
    }
}

/// A running command; killed when dropped.
#[derive(Debug)]
pub struct Process {
    what: String,
    child: Child,
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    /// Says `true` for each new piece of output, and hangs up when both pipes are closed.
    news: Receiver<()>,
}

impl Process {
    /// Starts it and feeds it `input`.
    #[track_caller]
    pub fn start(mut command: Command, input: &[u8]) -> Self {
        let words: Vec<String> =
            command.get_args().map(|word| word.to_string_lossy().chars().take(60).collect()).collect();
        command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("amana starts");
        let (tell, news) = channel();
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // A command that does not read its input closes the pipe; that is its affair.
            std::thread::spawn(move || stdin.write_all(&input).ok());
        }
        let gather = |mut pipe: Box<dyn std::io::Read + Send>| {
            let gathered = Arc::new(Mutex::new(Vec::new()));
            let (copy, tell) = (Arc::clone(&gathered), tell.clone());
            std::thread::spawn(move || {
                let mut piece = [0; 65_536];
                while let Ok(length @ 1..) = pipe.read(&mut piece) {
                    copy.lock().unwrap().extend_from_slice(&piece[..length]);
                    let _ = tell.send(());
                }
            });
            gathered
        };
        let stdout = gather(Box::new(child.stdout.take().unwrap()));
        let stderr = gather(Box::new(child.stderr.take().unwrap()));
        Self { what: words.join(" "), child, stdout, stderr, news }
    }
    /// Waits for a complete first line of standard output.
    #[track_caller]
    pub fn first_line(&self) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.stdout.lock().unwrap()).into_owned();
            if let Some((line, _)) = text.split_once('\n') {
                return line.to_owned();
            }
            if self.news.recv_timeout(HANG).is_err() {
                panic!("`amana {}` says nothing: {}", self.what, self.stderr_text());
            }
        }
    }
    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Out {
        loop {
            match self.news.recv_timeout(HANG) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("`amana {}` hangs", self.what),
            }
        }
        let status = self.child.wait().unwrap().code();
        self.out(status)
    }
    /// SIGKILL, then what it had said until then. `status` is that of a command which was done before.
    pub fn kill(mut self) -> Out {
        let _ = self.child.kill();
        let status = self.child.wait().unwrap().code();
        while self.news.recv_timeout(HANG).is_ok() {}
        self.out(status)
    }
    /// What it wrote to standard error so far.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().unwrap()).into_owned()
    }
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
    fn out(&self, status: Option<i32>) -> Out {
        Out {
            what: self.what.clone(),
            status,
            stdout: self.stdout.lock().unwrap().clone(),
            stderr: self.stderr.lock().unwrap().clone(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
