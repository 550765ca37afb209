//! A team of twelve desks with 10,000 cases: what a new desk waits for.

use std::{
    collections::BTreeSet,
    hint::black_box,
    num::NonZero,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use amana_client::{
    Client,
    transport::{Answer, HttpTransport, Method, Request, Transport},
};
use amana_crypto::{
    KemSecret, LogKey, SigningKey, SystemRandom, envelope,
    signing::{SignedItem, verify_all},
    wrap,
};
use amana_domain::{
    canonical,
    ids::{EventId, MailboxId},
    role::{LogKind, Role},
};
use amana_protocol::reading::{ReadFrom, ReadMailboxes};
use amana_vault::{Vault, VaultError};

use super::{
    Goal, Row, median, ms, sync,
    world::{World, complaint, http, passphrase},
};

const DESKS: usize = 12;
const CASES: usize = 10_000;
/// New desks that are measured, one a round.
const ROUNDS: usize = 5;
/// Desks that are removed in the end.
const REMOVED: usize = 3;

/// What lies at the relay when a new desk comes.
struct Stock {
    /// The intake and the `core` mailboxes: what the queue needs.
    first: BTreeSet<MailboxId>,
    letters: usize,
    core_events: usize,
    events: usize,
}

/// Counts the bytes of what is read, and notes when the first mailbox is asked for that the queue does not need.
struct Watch {
    inner: HttpTransport,
    first: BTreeSet<MailboxId>,
    bytes: AtomicU64,
    pushed: AtomicU64,
    requests: AtomicU64,
    usable: Mutex<Option<(Instant, u64, u64)>>,
}

impl Watch {
    fn new(first: &BTreeSet<MailboxId>) -> Arc<Self> {
        Arc::new(Self {
            inner: HttpTransport::new().unwrap(),
            first: first.clone(),
            bytes: AtomicU64::new(0),
            pushed: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            usable: Mutex::new(None),
        })
    }

    fn look(&self, request: &Request) -> bool {
        let asked: Vec<MailboxId> = if request.path == "/v1/mailboxes/read" {
            let body: ReadMailboxes = canonical::from_slice(&request.body).unwrap();
            body.mailboxes.iter().map(|ReadFrom(mailbox, _)| *mailbox).collect()
        } else if let Some(path) = request.path.strip_prefix("/v1/mailboxes/")
            && request.method == Method::Get
        {
            path.split('?').next().and_then(|id| id.parse().ok()).into_iter().collect()
        } else {
            return false;
        };
        if asked.iter().any(|mailbox| !self.first.contains(mailbox)) {
            let (bytes, requests) =
                (self.bytes.load(Ordering::Relaxed), self.requests.load(Ordering::Relaxed));
            self.usable.lock().unwrap().get_or_insert((Instant::now(), bytes, requests));
        }
        true
    }
}

impl Transport for Watch {
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a> {
        let reads = self.look(&request);
        if request.path == "/v1/push" {
            self.pushed.fetch_add(request.body.len() as u64, Ordering::Relaxed);
        }
        Box::pin(async move {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let response = self.inner.send(base, request).await?;
            if reads {
                self.bytes.fetch_add(response.body.len() as u64, Ordering::Relaxed);
            }
            Ok(response)
        })
    }
}

struct Shared(Arc<Watch>);

impl Transport for Shared {
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a> {
        self.0.send(base, request)
    }
}

pub fn rows() -> Vec<Row> {
    let world = World::start();
    let begun = Instant::now();
    let mut first = world.desk("desk 1");
    file_all(&world);
    let report = world.runtime.block_on(first.sync()).unwrap();
    println!(
        "  {} cases filed and read by the first desk in {:.0} s: {} events in, {} receipts out",
        cases(),
        begun.elapsed().as_secs_f64(),
        report.pulled,
        report.pushed
    );
    drop(first);
    let stock = stock(&world);
    let own = Watch::new(&stock.first);
    let mut first = reopen(&world, "desk 1", Arc::new(Shared(Arc::clone(&own))));
    let watches: Vec<Arc<Watch>> = (1..DESKS).map(|_| Watch::new(&stock.first)).collect();
    let team: Vec<Client> = watches
        .iter()
        .enumerate()
        .map(|(at, watch)| {
            let transport = Arc::new(Shared(Arc::clone(watch)));
            world.colleague(&format!("desk {}", at + 2), Role::Caseworker, transport)
        })
        .collect();
    world.runtime.block_on(first.sync()).unwrap();

    let (mut usable, mut full) = (vec![], vec![]);
    let (mut plain_usable, mut plain_full) = (vec![], vec![]);
    let (mut crypto_usable, mut crypto_full) = (vec![], vec![]);
    for (at, (mut desk, watch)) in team.into_iter().zip(&watches).enumerate().take(ROUNDS) {
        watch.bytes.store(0, Ordering::Relaxed);
        watch.requests.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let report = world.runtime.block_on(desk.sync()).unwrap();
        full.push(ms(begun.elapsed()));
        assert_eq!(report.pulled, stock.events as u64);
        assert_eq!(report.warnings, []);
        let (then, bytes, requests) = watch.usable.lock().unwrap().unwrap();
        usable.push(ms(then - begun));
        let all_bytes = watch.bytes.load(Ordering::Relaxed);
        println!(
            "  a new desk: {requests} requests and {bytes} bytes to its queue, {} and {all_bytes} in all",
            watch.requests.load(Ordering::Relaxed)
        );
        let (letters, core) = (stock.letters, stock.core_events);
        plain_usable.push(plain(letters + core, bytes));
        plain_full.push(plain(letters + stock.events, all_bytes));
        // Its vault is as large as all that it read.
        drop(desk);
        std::fs::remove_dir_all(world.dir.path().join(format!("desk {}", at + 2))).unwrap();
        let rates = Rates::measure();
        crypto_usable.push(rates.of(letters, core));
        crypto_full.push(rates.of(letters, stock.events));
    }
    let (usable, full) = (median(usable), median(full));
    let (removal, removal_limit) = remove(&world, &mut first, &own);
    let row = |what, ours, limit, goal| Row { what, ours, limit: median(limit), unit: "ms", goal };
    vec![
        row(
            "new desk of 12: first usable queue vs plain axum ← SQLite, same bytes",
            usable,
            plain_usable,
            None,
        ),
        row(
            "the same vs its signatures, envelopes and letters alone, on all cores",
            usable,
            crypto_usable,
            None,
        ),
        row(
            "new desk of 12: everything read vs plain axum ← SQLite, same bytes",
            full,
            plain_full,
            Some(Goal::AtMost(6.0)),
        ),
        row("the same vs its signatures, envelopes and letters alone, on all cores", full, crypto_full, None),
        row(
            "remove a desk, re-key the urgent cases vs plain push, wraps, signatures",
            removal,
            removal_limit,
            None,
        ),
    ]
}

/// Removes desks one after the other, the last ones first; milliseconds until the new keys are at the relay, and of the
/// same bytes pushed without cryptography with the wraps and signatures at their own rates.
fn remove(world: &World, first: &mut Client, own: &Watch) -> (f64, Vec<f64>) {
    let (mut ours, mut limit) = (vec![], vec![]);
    for number in (DESKS - REMOVED + 1..=DESKS).rev() {
        own.pushed.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        first.remove_desk(&format!("desk {number}")).unwrap();
        let report = world.runtime.block_on(first.sync()).unwrap();
        ours.push(ms(begun.elapsed()));
        let (epochs, bytes) = (report.pushed as usize, own.pushed.load(Ordering::Relaxed));
        println!("  a removal: {epochs} events and {bytes} bytes out, {:?}", report.warnings);
        assert!(epochs > 0);
        let rates = Rates::measure();
        // Each epoch is wrapped to the team and to the migrant.
        let crypto = epochs as f64 * (2.0 * rates.wrap + rates.sign);
        limit.push(sync::limit(epochs, bytes as usize / epochs).0 + crypto);
    }
    (median(ours), limit)
}

/// How many cases there are; `AMANA_BENCH_CASES` asks for another number.
fn cases() -> usize {
    std::env::var("AMANA_BENCH_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES)
}

/// One phone vault with a key pair per case: at the relay that is as many phones.
fn file_all(world: &World) {
    let mut phone = world.phone("phone", http());
    for n in 0..cases() {
        let mut request = complaint(world.organisation, 500);
        if n % 20 == 0 {
            // Some are urgent.
            request.situations = vec!["S04".parse().unwrap()];
        }
        phone.file(request).unwrap();
    }
    world.runtime.block_on(phone.sync()).unwrap();
}

fn reopen(world: &World, name: &str, transport: Arc<dyn Transport>) -> Client {
    Client::open(
        &world.dir.path().join(name),
        &passphrase(),
        amana_client::VaultRole::Desk,
        amana_client::Env::system(),
        transport,
    )
    .unwrap()
}

/// What the first desk holds is what a new one has to read.
fn stock(world: &World) -> Stock {
    let path = world.dir.path().join("desk 1");
    let mut vault = Vault::open(&path, &passphrase(), amana_vault::Role::Desk).unwrap();
    vault
        .read(|tx| {
            let mut first = BTreeSet::from([world.organisation.intake()]);
            let mut core_events = 0;
            for log in tx.logs()?.iter().filter(|log| log.log.kind == LogKind::Core) {
                first.insert(log.log.mailbox);
                core_events += tx.events(log.log.log)?.len();
            }
            let events = tx.event_count()? as usize;
            Ok::<_, VaultError>(Stock { first, letters: tx.letters()?.len(), core_events, events })
        })
        .unwrap()
}

/// As many envelopes of the same bytes from SQLite over axum into SQLite.
fn plain(envelopes: usize, bytes: u64) -> f64 {
    sync::limit(envelopes, bytes as usize / envelopes).1
}

/// What cryptography alone costs here, in ms for one, on all cores.
struct Rates {
    verify: f64,
    open: f64,
    letter: f64,
    wrap: f64,
    sign: f64,
}

impl Rates {
    fn measure() -> Self {
        const COUNT: usize = 2048;
        const LETTERS: usize = 256;
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get) as f64;
        let random = SystemRandom;
        let key = SigningKey::make(&random);
        let messages: Vec<Vec<u8>> = (0..COUNT).map(|n| (n as u64).to_be_bytes().repeat(100)).collect();
        let items: Vec<SignedItem<'_>> = messages
            .iter()
            .map(|message| SignedItem { key: key.verify_key(), message, signature: key.sign(message) })
            .collect();
        let begun = Instant::now();
        assert!(verify_all(&items).iter().all(|valid| *valid));
        let verify = ms(begun.elapsed()) / COUNT as f64;

        let log = LogKey::from_bytes([7; 32]);
        let mailbox = MailboxId::from_bytes([1; 16]);
        let sealed: Vec<Vec<u8>> = messages
            .iter()
            .map(|message| {
                let id = EventId::from_bytes(*amana_domain::ids::Hash::of(message).as_bytes());
                envelope::seal_event(&log, mailbox, id, message).unwrap()
            })
            .collect();
        let begun = Instant::now();
        for envelope in &sealed {
            black_box(envelope::open_event(envelope, mailbox, [&log]).unwrap());
        }
        let open = ms(begun.elapsed()) / COUNT as f64 / cores;

        let secret = KemSecret::make(&random);
        let public = secret.public();
        let letters: Vec<Vec<u8>> = (0..LETTERS)
            .map(|_| envelope::seal_letter(&public, mailbox, &[5; 2000], &random).unwrap())
            .collect();
        let begun = Instant::now();
        for letter in &letters {
            black_box(envelope::open_letter(letter, mailbox, &[&secret]).unwrap());
        }
        let letter = ms(begun.elapsed()) / LETTERS as f64 / cores;
        let begun = Instant::now();
        for n in 0..LETTERS {
            black_box(wrap::wrap_secret(&public, &n.to_be_bytes(), &[9; 32], &random));
        }
        let wrap = ms(begun.elapsed()) / LETTERS as f64 / cores;
        let begun = Instant::now();
        for message in &messages {
            black_box(key.sign(message));
        }
        let sign = ms(begun.elapsed()) / COUNT as f64 / cores;
        Self { verify, open, letter, wrap, sign }
    }

    fn of(&self, letters: usize, events: usize) -> f64 {
        letters as f64 * self.letter + events as f64 * (self.verify + self.open)
    }
}
