//! What tests of a lying relay share.

use amana_client::{
    Delivery, Report,
    transport::{Method, Request, Response},
};
use amana_domain::{canonical, event::LogRef, ids::CaseId, role::Role};
use amana_protocol::wire::RelayInfo;
use amana_vault::VaultError;

use super::{Device, Forger, World, relay_key};

/// Codes that say that the relay does not do what it promised.
const ALARMS: [&str; 4] = ["relay_gap", "relay_rollback", "relay_fork", "relay_silence"];

pub fn codes(report: &Report) -> Vec<&'static str> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

pub fn alarms(report: &Report) -> usize {
    report.warnings.iter().filter(|warning| ALARMS.contains(&warning.code)).count()
}

pub fn answer<T: serde::Serialize>(body: &T) -> Option<Response> {
    Some(Response { status: 200, body: canonical::to_vec(body).unwrap() })
}

pub fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    canonical::from_slice(bytes).unwrap()
}

/// A desk, a phone and a case that both know.
pub async fn story(seed: u64) -> (World, Device, Device, CaseId) {
    let mut world = World::new(seed).await;
    let mut desk = world.desk("first desk", Role::Admin);
    desk.sync().await.unwrap();
    let mut phone = world.phone();
    let case = world.file(phone.client(), "what happened").case;
    for _ in 0..2 {
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
    }
    (world, desk, phone, case)
}

/// The relay itself as a liar: its key, its store.
pub async fn forger(world: &World) -> Forger {
    let request =
        Request { method: Method::Get, path: "/v1/relay".into(), body: vec![], authorization: None };
    let info: RelayInfo = read(&world.net.deliver(0, request).await.unwrap().body);
    Forger { key: relay_key(world.folder()), generation: info.generation }
}

/// The mailboxes of a case: kind, id and the log's id.
pub fn mailboxes(device: &mut Device, case: CaseId) -> Vec<LogRef> {
    device.with_vault(|vault| {
        vault
            .read(|tx| Ok::<_, VaultError>(tx.logs_of(case)?.into_iter().map(|log| log.log).collect()))
            .unwrap()
    })
}

pub fn messages(device: &mut Device, case: CaseId) -> Vec<(String, Delivery)> {
    let view = device.client().queue(true).unwrap().into_iter().find(|view| view.case == case).unwrap();
    view.messages.into_iter().map(|entry| (entry.text, entry.delivery)).collect()
}
