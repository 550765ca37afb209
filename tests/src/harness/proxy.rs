//! A bad network between clients and relay: one request after the other meets the next fault of a script.

use std::{
    io::{BufReader, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use super::http::{Message, exchange, read_message};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Pass,
    /// The request never arrives.
    DropRequest,
    /// It arrives; the answer is lost.
    DropAnswer,
    /// Half of the answer comes back, then the line breaks.
    Truncate,
    /// It arrives late.
    Delay(Duration),
    /// It arrives twice; the second answer comes back.
    Duplicate,
    /// It arrives after the request that was sent next (or after a while).
    Overtaken,
    /// It arrives, and nothing ever comes back.
    Hang,
}

type Choose = Box<dyn FnMut() -> Fault + Send>;

struct Shared {
    upstream: u16,
    choose: Mutex<Choose>,
    /// How many requests have gone through, and its bell.
    passed: Mutex<u64>,
    bell: Condvar,
}

/// A proxy on a port of its own. It runs until the test ends.
#[derive(Clone)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens, and forwards to the port `upstream`.
    pub fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", super::relay::free_port())).unwrap();
        let port = listener.local_addr().unwrap().port();
        let choose: Choose = Box::new(|| Fault::Pass);
        let shared = Arc::new(Shared {
            upstream,
            choose: Mutex::new(choose),
            passed: Mutex::new(0),
            bell: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { port, shared }
    }
    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
    /// From now on `choose` decides about each request.
    pub fn faults(&self, choose: impl FnMut() -> Fault + Send + 'static) {
        *self.shared.choose.lock().unwrap() = Box::new(choose);
    }
    /// From now on nothing goes wrong.
    pub fn calm(&self) {
        self.faults(|| Fault::Pass);
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({})", self.port)
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let Ok(mut back) = stream.try_clone() else { return };
        let mut stream = BufReader::new(stream);
        while let Ok(Some(message)) = read_message(&mut stream) {
            let fault = (self.choose.lock().unwrap())();
            let answer = self.pass(fault, &message);
            let Some(answer) = answer else { break };
            let whole = [answer.head, answer.body].concat();
            let sent = if fault == Fault::Truncate { &whole[..whole.len() / 2] } else { &whole[..] };
            if back.write_all(sent).is_err() || fault == Fault::Truncate {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    }

    /// The answer, if one comes back.
    fn pass(&self, fault: Fault, message: &Message) -> Option<Message> {
        let send = || {
            let answer = exchange(self.upstream, &[&message.head[..], &message.body[..]].concat()).ok();
            *self.passed.lock().unwrap() += 1;
            self.bell.notify_all();
            answer
        };
        let wait = |longest: Duration, done: &dyn Fn(u64) -> bool| {
            let passed = self.passed.lock().unwrap();
            drop(self.bell.wait_timeout_while(passed, longest, |passed| !done(*passed)));
        };
        match fault {
            Fault::Pass | Fault::Truncate => send(),
            Fault::DropRequest => None,
            Fault::DropAnswer => {
                send();
                None
            }
            Fault::Delay(time) => {
                wait(time, &|_| false);
                send()
            }
            Fault::Duplicate => {
                send();
                send()
            }
            Fault::Overtaken => {
                let before = *self.passed.lock().unwrap();
                wait(Duration::from_millis(200), &|passed| passed > before);
                send()
            }
            Fault::Hang => {
                send();
                wait(Duration::from_secs(60), &|_| false);
                None
            }
        }
    }
}
