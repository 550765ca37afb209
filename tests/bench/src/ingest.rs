//! Durable ingest at the relay: one signed 2 KiB event per request, 64 connections.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::mpsc,
    thread,
    time::Instant,
};

use amana_crypto::{Random as _, SigningKey, StrictVerifier, SystemRandom, bucket};
use amana_domain::{
    canonical,
    ids::{BlobId, Hash, MailboxId, Nonce},
    signed::Verifier as _,
};
use amana_protocol::{
    Principal,
    mailbox::mailbox_id,
    request,
    wire::{Admission, Append, File, Letter, NewMailbox, Push},
};

use super::{
    Goal, Row, median, plain,
    world::{World, complaint, http},
};

const CONNECTIONS: usize = 64;
const EACH: usize = 60;

pub fn rows() -> Vec<Row> {
    let world = World::start();
    let _desk = world.desk("desk");
    // A real filing first: the relay is warm and the organisation known.
    let mut phone = world.phone("phone", http());
    phone.file(complaint(world.organisation, 500)).unwrap();
    world.runtime.block_on(phone.sync()).unwrap();

    let mut ours = Vec::new();
    let mut group = Vec::new();
    let mut single = Vec::new();
    for _ in 0..super::ROUNDS {
        ours.push(relay_rate(&world));
        group.push(group_commit_rate());
        single.push(single_rate());
    }
    let (ours, group, single) = (median(ours), median(group), median(single));
    vec![
        Row {
            what: "ingest: 1 event/request, 64 connections vs group commit with 1 verify/event",
            ours,
            limit: group,
            unit: "events/s",
            goal: Some(Goal::AtLeast(0.4)),
        },
        Row {
            what: "ingest: the same vs one transaction per request",
            ours,
            limit: single,
            unit: "events/s",
            goal: Some(Goal::AtLeast(5.0)),
        },
    ]
}

/// An envelope as far as a relay can tell: the right header, a bucket's size, random bytes.
fn envelope(mailbox: MailboxId) -> Vec<u8> {
    let mut bytes = vec![0; bucket::MIN];
    SystemRandom.fill(&mut bytes);
    bytes[0] = 1;
    bytes[1] = 1;
    bytes[2..18].copy_from_slice(mailbox.as_bytes());
    bytes
}

fn letter(mailbox: MailboxId) -> Vec<u8> {
    let mut bytes = envelope(mailbox);
    bytes[1] = 2;
    bytes
}

fn http_request(world: &World, key: &SigningKey, path: &str, body: &[u8]) -> Vec<u8> {
    let mut nonce = [0; 16];
    SystemRandom.fill(&mut nonce);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let authorization = request::Request {
        method: "POST".into(),
        path: path.into(),
        body: Hash::of(body),
        relay: world.relay.key(),
        time_ms: time as u64,
        nonce: Nonce::from_bytes(nonce),
        key: key.verify_key(),
        organisation: None,
    }
    .sign(|message| key.sign(message))
    .unwrap();
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: relay\r\nauthorization: {authorization}\r\ncontent-type: application/cbor\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Sends one request and reads its answer; panics unless it is a success.
fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).unwrap();
    buffer.clear();
    let mut chunk = [0; 8192];
    loop {
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the relay closed the connection");
        buffer.extend_from_slice(&chunk[..read]);
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        assert!(text.starts_with("http/1.1 200"), "{text}");
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        if buffer.len() >= head + 4 + length {
            return;
        }
    }
}

/// Events per second that the relay acknowledges. Requests are signed beforehand: phones sign, not the relay.
fn relay_rate(world: &World) -> f64 {
    let address = world.url.trim_start_matches("http://").to_owned();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let key = SigningKey::make(&SystemRandom);
        let mut owners =
            vec![Principal::Phone(key.verify_key()), Principal::Organisation(world.organisation)];
        owners.sort_unstable();
        let mut nonce = [0; 16];
        SystemRandom.fill(&mut nonce);
        let nonce = Nonce::from_bytes(nonce);
        let mailbox = mailbox_id(&owners, &nonce).unwrap();
        let letter = letter(world.organisation.intake());
        let day =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
        let file = File {
            mailboxes: vec![NewMailbox { id: mailbox, owners, nonce, readers: vec![], writers: vec![] }],
            appends: vec![Append(mailbox, envelope(mailbox))],
            letters: vec![Letter(world.organisation, letter)],
            admission: Some(Admission::Pow { day: day as u32, nonce: 0 }),
        };
        let filing = http_request(world, &key, "/v1/file", &canonical::to_vec(&file).unwrap());
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_nodelay(true).unwrap();
        exchange(&mut stream, &filing, &mut Vec::new());
        let requests: Vec<Vec<u8>> = (0..EACH)
            .map(|_| {
                let push = Push { appends: vec![Append(mailbox, envelope(mailbox))] };
                http_request(world, &key, "/v1/push", &canonical::to_vec(&push).unwrap())
            })
            .collect();
        connections.push((stream, requests));
    }
    let begun = Instant::now();
    thread::scope(|scope| {
        for (stream, requests) in &mut connections {
            scope.spawn(move || {
                let mut buffer = Vec::new();
                for request in requests.iter() {
                    exchange(stream, request, &mut buffer);
                }
            });
        }
    });
    (CONNECTIONS * EACH) as f64 / begun.elapsed().as_secs_f64()
}

/// SQLite group commit without HTTP, one Ed25519 verification per event, the same number in flight.
fn group_commit_rate() -> f64 {
    struct Job {
        id: BlobId,
        bytes: Vec<u8>,
        done: mpsc::Sender<()>,
    }
    let dir = tempfile::tempdir().unwrap();
    let mut connection = plain::open(&dir.path().join("db"));
    let key = SigningKey::make(&SystemRandom);
    let mailbox = MailboxId::from_bytes([7; 16]);
    let work: Vec<Vec<_>> = (0..CONNECTIONS)
        .map(|_| {
            (0..EACH)
                .map(|_| {
                    let bytes = envelope(mailbox);
                    let signature = key.sign(&bytes);
                    (bytes, signature)
                })
                .collect()
        })
        .collect();
    let (send, receive) = mpsc::channel::<Job>();
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(first) = receive.recv() {
                let mut group = vec![first];
                group.extend(receive.try_iter().take(511));
                let transaction = connection.transaction().unwrap();
                {
                    let mut insert = transaction.prepare_cached("INSERT INTO blob VALUES (?, ?, ?)").unwrap();
                    for job in &group {
                        insert.execute((job.id.as_bytes().as_slice(), &[7u8; 16][..], &job.bytes)).unwrap();
                    }
                }
                transaction.commit().unwrap();
                for job in group {
                    job.done.send(()).unwrap();
                }
            }
        });
        for events in work {
            let send = send.clone();
            let key = key.verify_key();
            scope.spawn(move || {
                let (done, wait) = mpsc::channel();
                for (bytes, signature) in events {
                    assert!(StrictVerifier.verify(&key, &bytes, &signature));
                    let id = BlobId::of(&bytes);
                    send.send(Job { id, bytes, done: done.clone() }).unwrap();
                    wait.recv().unwrap();
                }
            });
        }
        drop(send);
    });
    (CONNECTIONS * EACH) as f64 / begun.elapsed().as_secs_f64()
}

/// One durable transaction per event.
fn single_rate() -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let connection = plain::open(&dir.path().join("db"));
    let events: Vec<Vec<u8>> = (0..300).map(|_| envelope(MailboxId::from_bytes([7; 16]))).collect();
    let begun = Instant::now();
    for bytes in &events {
        let id = BlobId::of(bytes);
        connection
            .prepare_cached("INSERT INTO blob VALUES (?, ?, ?)")
            .unwrap()
            .execute((id.as_bytes().as_slice(), &[7u8; 16][..], bytes))
            .unwrap();
    }
    events.len() as f64 / begun.elapsed().as_secs_f64()
}
