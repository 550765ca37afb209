//! Sync of 10,000 sealed events, push and pull, against plain SQLite ↔ axum ↔ SQLite with the same bytes.

use std::{sync::Arc, time::Instant};

use axum::{Router, body::Bytes, extract::State, routing::post};
use rusqlite::Connection;
use tokio::{net::TcpListener, sync::Mutex};

use super::{
    Goal, Row, median, ms, plain,
    world::{World, complaint, http, text},
};

const CASES: usize = 40;
const EACH: usize = 250;
const EVENTS: usize = CASES * EACH;
/// Fewer rounds than elsewhere: each makes 10,000 events first.
const ROUNDS: usize = 5;

pub fn rows() -> Vec<Row> {
    let (mut push, mut pull, mut plain_push, mut plain_pull) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (a, b) = ours();
        push.push(a);
        pull.push(b);
        let (a, b) = limit(EVENTS, 2048);
        plain_push.push(a);
        plain_pull.push(b);
    }
    vec![
        Row {
            what: "push 10,000 sealed events vs plain SQLite → axum → SQLite FULL",
            ours: median(push),
            limit: median(plain_push),
            unit: "ms",
            goal: Some(Goal::AtMost(2.0)),
        },
        Row {
            what: "pull 10,000: decrypt, verify, store, fold vs plain SQLite ← axum ← SQLite",
            ours: median(pull),
            limit: median(plain_pull),
            unit: "ms",
            goal: Some(Goal::AtMost(6.0)),
        },
    ]
}

fn ours() -> (f64, f64) {
    let world = World::start();
    let mut desk = world.desk("desk");
    let mut phone = world.phone("phone", http());
    let message = text(900);
    for _ in 0..CASES {
        phone.file(complaint(world.organisation, 500)).unwrap();
    }
    world.runtime.block_on(phone.sync()).unwrap();
    world.runtime.block_on(desk.sync()).unwrap();
    for case in phone.queue(true).unwrap() {
        for _ in 0..EACH {
            phone.say(case.case, &message).unwrap();
        }
    }
    let begun = Instant::now();
    let report = world.runtime.block_on(phone.sync()).unwrap();
    let push = ms(begun.elapsed());
    assert!(report.pushed >= EVENTS as u64);
    let begun = Instant::now();
    let report = world.runtime.block_on(desk.sync()).unwrap();
    let pull = ms(begun.elapsed());
    assert_eq!(report.pulled, EVENTS as u64);
    (push, pull)
}

#[derive(Clone)]
struct Server {
    connection: Arc<Mutex<Connection>>,
    size: usize,
}

/// The same bytes with no cryptography, `count` rows of `size` bytes: read from SQLite, posted in frames, stored
/// durably; and back. Milliseconds of both ways.
pub fn limit(count: usize, size: usize) -> (f64, f64) {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let connection = Arc::new(Mutex::new(plain::open(&dir.path().join("server"))));
    let mut client = plain::open(&dir.path().join("client"));
    let transaction = client.transaction().unwrap();
    for n in 0..count {
        let mut bytes = vec![(n % 251) as u8; size];
        bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
        transaction.execute("INSERT INTO row (bytes) VALUES (?)", [bytes]).unwrap();
    }
    transaction.commit().unwrap();
    let router = Router::new()
        .route("/push", post(store))
        .route("/pull", post(fetch))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Server { connection, size });
    let address = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    let http = reqwest::Client::new();
    let begun = Instant::now();
    let rows: Vec<Vec<u8>> = client
        .prepare("SELECT bytes FROM row ORDER BY n")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for batch in rows.chunks(256) {
        let body = batch.concat();
        let sent = http.post(format!("http://{address}/push")).body(body).send();
        assert!(runtime.block_on(sent).unwrap().status().is_success());
    }
    let push = ms(begun.elapsed());
    let begun = Instant::now();
    let mut back = plain::open(&dir.path().join("back"));
    for from in (0..count).step_by(2048) {
        let got = runtime.block_on(async {
            let sent =
                http.post(format!("http://{address}/pull")).body(from.to_string()).send().await.unwrap();
            sent.bytes().await.unwrap()
        });
        let transaction = back.transaction().unwrap();
        {
            let mut insert = transaction.prepare_cached("INSERT INTO row (bytes) VALUES (?)").unwrap();
            for bytes in got.chunks(size) {
                insert.execute([bytes]).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    let pull = ms(begun.elapsed());
    let stored: i64 = back.query_row("SELECT count(*) FROM row", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, count as i64);
    (push, pull)
}

async fn store(State(server): State<Server>, body: Bytes) {
    let mut connection = server.connection.lock().await;
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction.prepare_cached("INSERT INTO row (bytes) VALUES (?)").unwrap();
        for bytes in body.chunks(server.size) {
            insert.execute([bytes]).unwrap();
        }
    }
    transaction.commit().unwrap();
}

async fn fetch(State(server): State<Server>, from: String) -> Vec<u8> {
    let connection = server.connection.lock().await;
    let from: i64 = from.parse().unwrap();
    let mut select =
        connection.prepare_cached("SELECT bytes FROM row WHERE n > ? ORDER BY n LIMIT 2048").unwrap();
    let rows = select.query_map([from], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    rows.flat_map(Result::unwrap).collect()
}
