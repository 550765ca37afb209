//! A relay on a socket, its start and its end.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use std::{sync::Arc, time::Duration};

use amana_domain::canonical;
use amana_protocol::wire::{Answer, Append, Push, RelayInfo};
use amana_server::{Config, ManualClock, OpenError, Relay};
use common::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

async fn listener() -> (TcpListener, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends raw bytes and reads until the other side closes.
async fn exchange(address: std::net::SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn it_serves_and_stops_when_told() {
    let world = World::new().await;
    let (listener, address) = listener().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = world.relay.serve(listener, async {
        let _ = stopped.await;
    });
    let client = async {
        let answer = exchange(address, HEALTH).await;
        assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"ok"));
        // An idle connection does not hold up the end.
        let idle = TcpStream::connect(address).await.unwrap();
        stop.send(()).unwrap();
        idle
    };
    let (served, _idle) = tokio::join!(serve, client);
    served.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn shutdown_finishes_requests_that_run() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let (listener, address) = listener().await;
    let body = canonical::to_vec(&Push { appends: vec![Append(mailbox, world.event(mailbox, 10))] }).unwrap();
    let header = world.sign(phone, world.claim(phone, "POST", "/v1/push", &body));
    let head = format!(
        "POST /v1/push HTTP/1.1\r\nhost: x\r\nauthorization: {header}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body[..100]).await.unwrap();
        // Another connection gets through, so the first has been accepted.
        assert!(exchange(address, HEALTH).await.ends_with(b"ok"));
        let stopping = world.relay.shutdown();
        let rest = async {
            tokio::task::yield_now().await;
            stream.write_all(&body[100..]).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            answer
        };
        tokio::join!(stopping, rest).1
    };
    let (served, answer) = tokio::join!(world.relay.serve(listener, std::future::pending()), client);
    served.unwrap();
    let at = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..at]));
    let answer: Answer = canonical::from_slice(&answer[at + 4..]).unwrap();
    assert_eq!(seq(answer.results[0]), 2);
}

#[tokio::test]
async fn connections_and_heads_are_bounded() {
    let mut config = config();
    config.limits.connections = 2;
    config.limits.header_seconds = 1;
    let world = World::with(config).await;
    let (listener, address) = listener().await;
    let client = async {
        // Two that never finish their heads take both places until their time is over.
        let mut slow = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET /health HTTP/1.1\r\nx").await.unwrap();
            slow.push(stream);
        }
        assert!(exchange(address, HEALTH).await.ends_with(b"ok"));
        let large = [b"GET /health HTTP/1.1\r\nx: ", &vec![b'a'; 40_000][..], b"\r\n\r\n"].concat();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _may_be_cut_off = stream.write_all(&large).await;
        let mut answer = Vec::new();
        let _may_be_reset = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
    };
    let served = world.relay.serve(listener, std::future::pending());
    tokio::select! {
        _ = served => panic!("stopped by itself"),
        done = tokio::time::timeout(Duration::from_secs(30), client) => done.unwrap(),
    }
}

#[tokio::test]
async fn a_body_that_never_comes_runs_out_of_time() {
    let mut config = config();
    config.limits.body_seconds = 1;
    let world = World::with(config).await;
    let (listener, address) = listener().await;
    let client = async {
        let answer = exchange(
            address,
            b"PUT /v1/directory HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n",
        )
        .await;
        assert!(answer.starts_with(b"HTTP/1.1 400"));
    };
    tokio::select! {
        _ = world.relay.serve(listener, std::future::pending()) => panic!("stopped by itself"),
        done = tokio::time::timeout(Duration::from_secs(30), client) => done.unwrap(),
    }
}

#[tokio::test]
async fn bodies_in_flight_are_bounded_together() {
    let mut config = config();
    config.limits.body_kib = 8 << 10;
    let world = World::with(config).await;
    let (listener, address) = listener().await;
    let head =
        b"PUT /v1/directory HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 8388608\r\n\r\n";
    let client = async {
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(head).await.unwrap();
        // The relay asks for the body, so it has set the memory aside.
        let mut asked = [0; 12];
        first.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100");
        let second = [&head[..head.len() - 2], b"connection: close\r\n\r\n"].concat();
        assert!(exchange(address, &second).await.starts_with(b"HTTP/1.1 503"));
        drop(first);
        // Its share comes back with it.
        let small =
            b"PUT /v1/directory HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n\x01";
        while !exchange(address, small).await.starts_with(b"HTTP/1.1 400") {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = world.relay.serve(listener, std::future::pending()) => panic!("stopped by itself"),
        done = tokio::time::timeout(Duration::from_secs(30), client) => done.unwrap(),
    }
}

#[tokio::test]
async fn a_restart_keeps_everything_and_a_new_folder_is_another_store() {
    let mut world = World::new().await;
    let key = world.phone();
    let mailbox = world.filed(As(&key, None)).await;
    let before: RelayInfo = world.get("/v1/relay").await.ok();
    let blobs = world.read(As(&key, None), &mailbox, 0).await.unwrap();
    let rows = world.feed(As(&key, None), 0).await.rows;
    world.clock.advance(1);
    world.restart(config()).await;
    let after: RelayInfo = world.get("/v1/relay").await.ok();
    assert_eq!((after.key, after.generation), (before.key, before.generation));
    assert_eq!(world.relay.claim_code(), None);
    assert_eq!(world.read(As(&key, None), &mailbox, 0).await.unwrap(), blobs);
    assert_eq!(world.feed(As(&key, None), 0).await.rows, rows);
    assert_eq!(seq(world.push(As(&key, None), mailbox, world.event(mailbox, 1)).await), 2);

    // The database is lost, the key is not: the same relay with another generation, unclaimed.
    world.relay.shutdown().await;
    for file in ["relay.db", "relay.db-wal", "relay.db-shm"] {
        let _may_not_be_there = std::fs::remove_file(world.folder.path().join(file));
    }
    world.restart(config()).await;
    let fresh: RelayInfo = world.get("/v1/relay").await.ok();
    assert_eq!(fresh.key, before.key);
    assert_ne!(fresh.generation, before.generation);
    assert!(!fresh.claimed && world.relay.claim_code().is_some());
}

#[tokio::test]
async fn a_folder_serves_one_relay_and_a_lost_key_is_not_replaced() {
    let world = World::new().await;
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let open = || Relay::open(world.folder.path(), Config::default(), clock.clone());
    assert!(matches!(open().await, Err(OpenError::InUse)));
    world.relay.shutdown().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(world.folder.path().join("relay.db"), folder.path().join("relay.db")).unwrap();
    let error = Relay::open(folder.path(), Config::default(), clock.clone()).await.unwrap_err();
    assert!(matches!(error, OpenError::Key(amana_server::KeyError::Missing)), "{error}");
    assert!(!folder.path().join("relay.key").exists());
}

#[tokio::test]
async fn a_changed_directory_in_the_database_is_noticed() {
    let world = World::new().await;
    world.relay.shutdown().await;
    let database = rusqlite::Connection::open(world.folder.path().join("relay.db")).unwrap();
    let mut signed: Vec<u8> =
        database.query_row("SELECT signed FROM directory", [], |row| row.get(0)).unwrap();
    let at = signed.windows(7).position(|window| window == b"Helpers").unwrap();
    signed[at] = b'h';
    database.execute("UPDATE directory SET signed = ?1", [signed]).unwrap();
    drop(database);
    let folder = tempfile::tempdir().unwrap();
    for file in ["relay.db", "relay.key"] {
        std::fs::copy(world.folder.path().join(file), folder.path().join(file)).unwrap();
    }
    let error = Relay::open_now(folder.path(), Config::default()).await.unwrap_err();
    assert!(matches!(error, OpenError::Trust(_)), "{error}");
}

#[tokio::test]
async fn retention_is_the_deployments_choice() {
    let mut limited = config();
    limited.retention.days = Some(30);
    for (config, expected) in [(config(), 0), (limited, 1)] {
        let world = World::with(config).await;
        let key = world.phone();
        world.filed(As(&key, None)).await;
        world.clock.advance(30 * 86_400_000);
        assert_eq!(world.relay.retire().await, 0);
        world.clock.advance(86_400_000);
        assert_eq!(world.relay.retire().await, expected);
    }
}

#[tokio::test]
async fn after_the_end_everything_answers_busy() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    world.relay.shutdown().await;
    let push = Push { appends: vec![Append(mailbox, world.event(mailbox, 10))] };
    let code = world.post(phone, "/v1/push", &push).await.code();
    assert_eq!(code, amana_protocol::ErrorCode::Busy);
}

#[tokio::test]
async fn a_database_that_fails_answers_internal_and_says_nothing_else() {
    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let database = rusqlite::Connection::open(world.folder.path().join("relay.db")).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON blob BEGIN SELECT raise(ABORT, 'disk full'); END",
        )
        .unwrap();
    let push = Push { appends: vec![Append(mailbox, world.event(mailbox, 10))] };
    let error = world.post(phone, "/v1/push", &push).await.error();
    assert_eq!(error, amana_protocol::ErrorCode::Internal.into());
    database.execute_batch("DROP TRIGGER full").unwrap();
    let answer: Answer = world.post(phone, "/v1/push", &push).await.ok();
    assert_eq!(seq(answer.results[0]), 2);
}
