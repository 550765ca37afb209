//! What a phone feels: filing, unlocking, bytes on the wire.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use amana_client::{
    Client, Env, VaultRole,
    ops::join_phone,
    transport::{Answer, HttpTransport, Request, Transport},
};
use amana_crypto::slots::Cost;

use super::{
    Goal, Row, median, ms, plain, rounds,
    world::{World, complaint, http, passphrase},
};

/// Filing one complaint: keys, signatures, three logs, one durable transaction.
pub fn file() -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let link = "http://127.0.0.1:9/#amana=".to_owned()
        + &amana_domain::trust::link::fingerprint_text(&amana_domain::ids::Hash::of(b"bench"));
    let mut phone =
        join_phone(&dir.path().join("phone"), &passphrase(), Cost::for_tests(), &link, Env::system(), http())
            .unwrap();
    let connection = plain::open(&dir.path().join("plain"));
    let to = amana_domain::ids::OrganisationId::from_hash(&[1; 32]);
    let (ours, limit) = rounds(
        || {
            let times = (0..20).map(|_| {
                let begun = Instant::now();
                phone.file(complaint(to, 500)).unwrap();
                ms(begun.elapsed())
            });
            median(times.collect())
        },
        || {
            let times = (0..20).map(|_| {
                let begun = Instant::now();
                connection.execute("INSERT INTO row (bytes) VALUES (?)", [vec![1u8; 2048]]).unwrap();
                ms(begun.elapsed())
            });
            median(times.collect())
        },
    );
    vec![Row {
        what: "file one complaint on the phone vs one durable insert in plain SQLite",
        ours,
        limit,
        unit: "ms",
        goal: Some(Goal::AtMost(3.0)),
    }]
}

/// Opening a vault with the parameters that ship.
pub fn unlock() -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("phone");
    let link = "http://127.0.0.1:9/#amana=".to_owned()
        + &amana_domain::trust::link::fingerprint_text(&amana_domain::ids::Hash::of(b"bench"));
    drop(join_phone(&path, &passphrase(), Client::default_cost(), &link, Env::system(), http()).unwrap());
    let (ours, limit) = rounds(
        || {
            let begun = Instant::now();
            let client = Client::open(&path, &passphrase(), VaultRole::Phone, Env::system(), http()).unwrap();
            let elapsed = ms(begun.elapsed());
            drop(client);
            elapsed
        },
        || {
            let params = argon2::Params::new(64 * 1024, 3, 1, Some(32)).unwrap();
            let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
            let mut out = [0; 32];
            let begun = Instant::now();
            argon.hash_password_into(b"one two three four five six", &[7; 32], &mut out).unwrap();
            ms(begun.elapsed())
        },
    );
    vec![Row {
        what: "unlock vs bare Argon2id with the same parameters",
        ours,
        limit,
        unit: "ms",
        goal: Some(Goal::AtMost(1.05)),
    }]
}

/// Counts what goes over the wire: method, path, headers of ours and bodies.
struct Counting {
    inner: HttpTransport,
    bytes: Arc<AtomicU64>,
    writes: Arc<AtomicU64>,
}

impl Transport for Counting {
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a> {
        let mut size = request.path.len() + request.body.len() + 64;
        size += request.authorization.as_ref().map_or(0, String::len);
        if !request.body.is_empty() {
            self.writes.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(size as u64, Ordering::Relaxed);
        }
        Box::pin(async move {
            let counted = !request.body.is_empty();
            let response = self.inner.send(base, request).await?;
            if counted {
                self.bytes.fetch_add(response.body.len() as u64 + 64, Ordering::Relaxed);
            }
            Ok(response)
        })
    }
}

/// One complaint of 500 characters with first contact, on a phone that knows the deployment.
pub fn wire() -> Vec<Row> {
    let world = World::start();
    let _desk = world.desk("desk");
    let (bytes, writes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let transport = Counting {
        inner: HttpTransport::new().unwrap(),
        bytes: Arc::clone(&bytes),
        writes: Arc::clone(&writes),
    };
    let mut phone = world.phone("phone", Arc::new(transport));
    world.runtime.block_on(phone.sync()).unwrap();
    phone.file(complaint(world.organisation, 500)).unwrap();
    bytes.store(0, Ordering::Relaxed);
    writes.store(0, Ordering::Relaxed);
    world.runtime.block_on(phone.sync()).unwrap();
    vec![
        Row {
            what: "bytes on the wire to file 500 characters, first contact included, vs 12 KB",
            ours: bytes.load(Ordering::Relaxed) as f64,
            limit: 12_000.0,
            unit: "bytes",
            goal: Some(Goal::AtMost(1.0)),
        },
        Row {
            what: "round trips to file, vs 2",
            ours: writes.load(Ordering::Relaxed) as f64,
            limit: 2.0,
            unit: "requests",
            goal: Some(Goal::AtMost(1.0)),
        },
    ]
}
