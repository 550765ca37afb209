//! What tests of a lying relay share.

use amana_client::{
    Delivery, Report,
    transport::{Method, Request, Response},
};
use amana_domain::{
    canonical,
    event::LogRef,
    ids::{CaseId, MailboxId},
    role::Role,
};
use amana_protocol::{
    ErrorBody, ErrorCode,
    frames::{self, FrameHeader, Frames},
    reading::{self, ReadFrom, ReadMailboxes, Section},
    wire::RelayInfo,
};
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

/// What a lying relay says of one mailbox: the header and the blobs.
pub struct Lie {
    pub header: FrameHeader,
    pub blobs: Vec<Vec<u8>>,
}

/// Whether a request reads one of these mailboxes, alone or with others.
pub fn reads(request: &Request, wanted: &[MailboxId]) -> bool {
    asked(request).iter().any(|ReadFrom(mailbox, _)| wanted.contains(mailbox))
}

/// Puts lies in the place of what an honest relay answers about mailboxes, however the device asks for them. `None`
/// where nothing is changed.
pub fn tamper(
    request: &Request,
    response: &Response,
    mut lie: impl FnMut(MailboxId, &Frames<'_>) -> Option<Result<Lie, ErrorCode>>,
) -> Option<Response> {
    let asked = asked(request);
    let [ReadFrom(only, _), ..] = asked[..] else { return None };
    if request.method == Method::Get {
        let honest = frames::decode(&response.body).ok()?;
        return Some(match lie(only, &honest)? {
            Ok(Lie { header, blobs }) => {
                let body = frames::encode(&header, blobs.iter().map(Vec::as_slice)).unwrap();
                Response { status: 200, body }
            }
            Err(code) => {
                Response { status: code.status(), body: canonical::to_vec(&ErrorBody::from(code)).unwrap() }
            }
        });
    }
    let (generation, honest) = reading::decode(&response.body, &asked).ok()?;
    let lies: Vec<Option<Result<Lie, ErrorCode>>> =
        honest.iter().map(|section| lie(section.mailbox, section.found.as_ref().ok()?)).collect();
    if lies.iter().all(Option::is_none) {
        return None;
    }
    let sections: Vec<Section<'_>> = honest
        .iter()
        .zip(&lies)
        .map(|(honest, lie)| match lie {
            None => honest.clone(),
            Some(lie) => Section {
                mailbox: honest.mailbox,
                found: lie.as_ref().map_err(|code| *code).map(|lie| Frames {
                    header: lie.header,
                    blobs: lie.blobs.iter().map(Vec::as_slice).collect(),
                }),
            },
        })
        .collect();
    Some(Response { status: 200, body: reading::encode(generation, &sections).unwrap() })
}

/// The mailboxes that a request reads.
fn asked(request: &Request) -> Vec<ReadFrom> {
    if request.path == "/v1/mailboxes/read" {
        return read::<ReadMailboxes>(&request.body).mailboxes;
    }
    let id = request.path.strip_prefix("/v1/mailboxes/").filter(|_| request.method == Method::Get);
    let id = id.and_then(|rest| rest.split('?').next()?.parse().ok());
    id.map(|id| ReadFrom(id, 0)).into_iter().collect()
}
