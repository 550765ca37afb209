//! What is logged: calls and their outcome. A test of its own, because a subscriber is per process.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod common;

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use amana_protocol::wire::{Append, Push};
use common::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_id_address_or_content_is_logged_at_any_level() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_env_filter("amana_server=trace")
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .init();

    let world = World::new().await;
    let key = world.phone();
    let phone = As(&key, None);
    let mailbox = world.filed(phone).await;
    let canary = "canary-5c1d";
    let envelope = world.event(mailbox, 10);
    let push = Push { appends: vec![Append(mailbox, envelope.clone()), Append(mailbox, canary.into())] };
    world.post(phone, "/v1/push", &push).await;
    world.read(phone, &mailbox, 0).await.unwrap();
    for path in [format!("/v1/mailboxes/{canary}"), format!("/{canary}"), format!("/v1/feed?{canary}=1")] {
        world.signed_get(phone, &path).await;
        world.send("PUT", &path, Some(format!("Amana {canary}")), canary.into()).await;
    }
    // A failing database, whose message would quote what was stored.
    let database = rusqlite::Connection::open(world.folder.path().join("relay.db")).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON blob BEGIN SELECT raise(ABORT, 'canary-5c1d'); END",
        )
        .unwrap();
    assert_eq!(world.post(phone, "/v1/push", &push).await.status, 500);

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("/v1/mailboxes/{id}") && logged.contains("status=500"), "{logged}");
    let blob = amana_domain::ids::BlobId::of(&envelope);
    let ids = [
        mailbox.to_string(),
        blob.to_string(),
        key.verify_key().to_string(),
        world.ngo.id.to_string(),
        canary.into(),
        "127.0.0.1".into(),
    ];
    for id in ids {
        let start = &id[..id.len().min(12)];
        assert!(!logged.contains(start), "{start} in\n{logged}");
    }
}
