//! A relay that ignores rosters and access lists: it serves everything to everyone.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use amana_client::transport::{Answer, Method, NoAnswer, Request, Response, Transport};
use amana_domain::{
    canonical,
    ids::{BlobId, Generation, Hash, MailboxId, OrganisationId},
};
use amana_protocol::{
    ErrorCode, Principal, frames,
    frames::{FrameHeader, Frames},
    mailbox::{chain_next, chain_start, feed_next, feed_start},
    reading::{self, ReadMailboxes, Section},
    wire::{
        AppendResult, DirectoryAnswer, FeedAnswer, FeedChange, FeedRow, File, JoinsAnswer, MailboxPut,
        MailboxState, Newest, Push, RelayInfo, RostersAnswer,
    },
};
use serde_bytes::ByteBuf;

use super::{RelayStore, store::StoredBlob};

/// The relay as one attacker finds it. Reads are answered from the honest relay's own store, with all blobs of all
/// mailboxes, in valid frames and chains; rosters from some number on can be kept from the attacker's device, so that it
/// goes on as if nothing had happened. What the honest relay still takes from it goes through.
pub struct Everything {
    line: Arc<dyn Transport>,
    folder: PathBuf,
    principal: Principal,
    /// The newest roster that is shown of an organisation.
    frozen: BTreeMap<OrganisationId, u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    generation: Option<Generation>,
    rows: Vec<FeedRow>,
    /// Reads that were answered with what an honest relay would not have served.
    served: u64,
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    canonical::from_slice(bytes).unwrap()
}

fn answer<T: serde::Serialize>(body: &T) -> Response {
    Response { status: 200, body: canonical::to_vec(body).unwrap() }
}

fn refused<T>(results: Vec<T>, blob: impl Fn(&T) -> BlobId) -> Response {
    let results = results
        .iter()
        .map(|item| AppendResult::Refused { blob: blob(item), error: ErrorCode::MailboxGone })
        .collect();
    answer(&amana_protocol::wire::Answer { results, ack: None })
}

fn query(path: &str, name: &str) -> u64 {
    let query = path.split('?').nth(1).unwrap_or_default();
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.map_or(0, |value| value.parse().unwrap())
}

fn framed<'b>(generation: Generation, mailbox: MailboxId, blobs: &'b [StoredBlob], after: u64) -> Frames<'b> {
    let head = blobs.len() as u64;
    let from = after.min(head);
    let chain = blobs.iter().fold(chain_start(&mailbox), |chain, blob| chain_next(&chain, &blob.id));
    Frames {
        header: FrameHeader { generation, from, to: head, head, chain },
        blobs: blobs[usize::try_from(from).unwrap()..].iter().map(|blob| blob.envelope.as_slice()).collect(),
    }
}

impl Everything {
    /// Serves everything at the relay with this data folder to one organisation's device.
    pub fn new(line: Arc<dyn Transport>, folder: &Path, organisation: OrganisationId) -> Self {
        Self {
            line,
            folder: folder.to_owned(),
            principal: Principal::Organisation(organisation),
            frozen: BTreeMap::new(),
            state: Mutex::default(),
        }
    }

    /// Shows no newer roster of an organisation than this one.
    pub fn freeze(mut self, organisation: OrganisationId, n: u64) -> Self {
        self.frozen.insert(organisation, n);
        self
    }

    /// How many reads it has answered from everybody's store.
    pub fn served(&self) -> u64 {
        self.state.lock().unwrap().served
    }

    fn generation(&self) -> Generation {
        self.state.lock().unwrap().generation.unwrap()
    }

    fn shows(&self, organisation: &OrganisationId, n: u64) -> bool {
        self.frozen.get(organisation).is_none_or(|last| n <= *last)
    }

    /// A feed of everything: rows are only ever added, so that the chain holds.
    fn feed(&self, after: u64) -> Response {
        let mailboxes = RelayStore::open(&self.folder).mailboxes();
        let mut state = self.state.lock().unwrap();
        state.served += 1;
        for (mailbox, blobs) in mailboxes {
            let known = state.rows.iter().filter(|row| row.mailbox == mailbox).count();
            for (seq, blob) in (1..).zip(&blobs).skip(known) {
                let size = blob.envelope.len() as u64;
                let feed_seq = state.rows.len() as u64 + 1;
                state.rows.push(FeedRow {
                    feed_seq,
                    mailbox,
                    change: FeedChange::Blob { seq, blob: blob.id, size },
                });
            }
        }
        let rows = &state.rows;
        let at = usize::try_from(after).unwrap().min(rows.len());
        let chain = rows[..at].iter().fold(feed_start(&self.principal), |chain, row| feed_next(&chain, row));
        let next = rows[at..].iter().fold(chain, |chain, row| feed_next(&chain, row));
        answer(&FeedAnswer {
            generation: state.generation.unwrap(),
            head: rows.len() as u64,
            chain,
            next,
            rows: rows[at..].to_vec(),
            more: false,
        })
    }

    fn mailbox(&self, mailbox: MailboxId, after: u64) -> Response {
        self.state.lock().unwrap().served += 1;
        let blobs = RelayStore::open(&self.folder).mailboxes().remove(&mailbox).unwrap_or_default();
        let read = framed(self.generation(), mailbox, &blobs, after);
        let body = frames::encode(&read.header, read.blobs.iter().copied()).unwrap();
        Response { status: 200, body }
    }

    fn mailboxes(&self, asked: &ReadMailboxes) -> Response {
        self.state.lock().unwrap().served += 1;
        let store = RelayStore::open(&self.folder).mailboxes();
        let generation = self.generation();
        let none: Vec<StoredBlob> = Vec::new();
        let sections: Vec<Section<'_>> = asked
            .mailboxes
            .iter()
            .map(|reading::ReadFrom(mailbox, after)| Section {
                mailbox: *mailbox,
                found: Ok(framed(generation, *mailbox, store.get(mailbox).unwrap_or(&none), *after)),
            })
            .collect();
        Response { status: 200, body: reading::encode(generation, &sections).unwrap() }
    }

    fn rosters(&self, organisation: OrganisationId, after: u64) -> Response {
        let heads = RelayStore::open(&self.folder)
            .rosters()
            .into_iter()
            .filter(|roster| roster.organisation == organisation && roster.n > after)
            .filter(|roster| self.shows(&organisation, roster.n))
            .map(|roster| ByteBuf::from(roster.head))
            .collect();
        answer(&RostersAnswer { heads })
    }

    fn part(&self, organisation: OrganisationId, n: u64) -> Response {
        let part = RelayStore::open(&self.folder)
            .rosters()
            .into_iter()
            .find(|roster| roster.organisation == organisation && roster.n == n)
            .and_then(|roster| roster.part);
        part.map_or(Response { status: 404, body: vec![] }, |body| Response { status: 200, body })
    }

    /// What an honest relay answers, with the newest rosters left out.
    fn directory(&self, honest: &Response) -> Response {
        let mut known: DirectoryAnswer = read(&honest.body);
        let rosters = RelayStore::open(&self.folder).rosters();
        for shown in &mut known.rosters {
            let Some(last) = self.frozen.get(&shown.organisation) else { continue };
            let kept = rosters.iter().find(|one| one.organisation == shown.organisation && one.n == *last);
            let (message, _signature): (ByteBuf, ByteBuf) = read(&kept.unwrap().head);
            (shown.n, shown.hash) = (*last, Hash::of(&message));
        }
        answer(&known)
    }

    async fn carry(&self, base: &str, request: Request) -> Result<Response, NoAnswer> {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let after = query(&request.path, "after");
        match (request.method, parts.as_slice()) {
            (Method::Get, ["relay"]) => {
                let honest = self.line.send(base, request).await?;
                let info: RelayInfo = read(&honest.body);
                self.state.lock().unwrap().generation = Some(info.generation);
                Ok(honest)
            }
            (Method::Get, ["directory"]) => Ok(self.directory(&self.line.send(base, request).await?)),
            (Method::Get, ["rosters", organisation]) => {
                Ok(self.rosters(organisation.parse().unwrap(), after))
            }
            (Method::Get, ["rosters", organisation, "part", n]) => {
                Ok(self.part(organisation.parse().unwrap(), n.parse().unwrap()))
            }
            (Method::Get, ["feed"]) => Ok(self.feed(after)),
            (Method::Get, ["mailboxes", mailbox]) => Ok(self.mailbox(mailbox.parse().unwrap(), after)),
            (Method::Post, ["mailboxes", "read"]) => Ok(self.mailboxes(&read(&request.body))),
            _ => {
                let honest = self.line.send(base, request.clone()).await?;
                Ok(if honest.status == 200 { honest } else { self.pretend(&request, &parts) })
            }
        }
    }

    /// What the honest relay refuses is answered so that the device goes on.
    fn pretend(&self, request: &Request, parts: &[&str]) -> Response {
        match parts {
            ["push"] => refused(read::<Push>(&request.body).appends, |append| BlobId::of(&append.1)),
            ["file"] => {
                let file: File = read(&request.body);
                let mut blobs: Vec<BlobId> =
                    file.appends.iter().map(|append| BlobId::of(&append.1)).collect();
                blobs.extend(file.letters.iter().map(|letter| BlobId::of(&letter.1)));
                refused(blobs, |blob| *blob)
            }
            ["joins", ..] => answer(&JoinsAnswer::default()),
            ["rosters", ..] => answer(&Newest { version: 1 }),
            ["mailboxes", ..] => {
                let put: MailboxPut = read(&request.body);
                answer(&MailboxState { list_version: put.list_version + 1 })
            }
            _ => Response { status: 404, body: vec![] },
        }
    }
}

impl Transport for Everything {
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a> {
        Box::pin(self.carry(base, request))
    }
}
