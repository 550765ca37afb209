//! A small deployment in memory: keys, signed structures, and signed requests against a relay's router.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; helpers of tests may panic")]

use std::sync::Arc;

use amana_crypto::{KemSecret, LogKey, Random as _, SeededRandom, SigningKey, StrictVerifier, envelope};
use amana_domain::{
    canonical,
    ids::{BlobId, DeploymentId, DeviceId, EventId, Hash, MailboxId, Nonce, OrganisationId, VerifyKey},
    role::Role,
    signed::Signed,
    trust::{
        ClearanceKey, Clearances, DeviceCertificate, Directory, Founding, Invite, KemKey, Organisation,
        OrganisationKind, RelayAddress, RosterDevice, RosterHead, RosterPart, SmsKey,
    },
};
use amana_protocol::{
    ErrorBody, ErrorCode, Principal, frames,
    mailbox::mailbox_id,
    pow,
    request::Request as Signing,
    wire::{
        Admission, Answer, Append, AppendResult, DirectoryPut, FeedAnswer, File, JoinProof, JoinPut, Letter,
        MailboxCreate, MailboxPut, MailboxState, NewMailbox, Newest, Push, RelayInfo, Renewal, RostersPut,
    },
};
use amana_server::{Config, ManualClock, Relay};
use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use http_body_util::BodyExt as _;
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A day on which everything begins.
pub const TODAY: u32 = 20_500;
/// The same in ms, some hours in.
pub const NOW_MS: u64 = TODAY as u64 * 86_400_000 + 40_000_000;

/// A team with its root and one admin.
pub struct Team {
    pub root: SigningKey,
    pub id: OrganisationId,
    pub admin: SigningKey,
    pub invite: SigningKey,
    pub clearance: KemSecret,
    pub rosters: Vec<Signed<RosterHead>>,
    pub part: Vec<u8>,
}

/// A relay with a deployment of two teams.
pub struct World {
    pub folder: TempDir,
    pub clock: Arc<ManualClock>,
    pub relay: Relay,
    pub router: Router,
    pub random: SeededRandom,
    pub root: SigningKey,
    pub next_root: SigningKey,
    pub directories: Vec<Signed<Directory>>,
    pub ngo: Team,
    pub consulate: Team,
}

/// An answer: its status and its body.
pub struct Got {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Got {
    /// The body of a success.
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{:?}", canonical::from_slice::<ErrorBody>(&self.body));
        canonical::from_slice(&self.body).unwrap()
    }
    /// The body of an error, with the status that belongs to its code.
    #[track_caller]
    pub fn error(&self) -> ErrorBody {
        assert_ne!(self.status, 200);
        let error: ErrorBody = canonical::from_slice(&self.body).unwrap();
        assert_eq!(self.status, error.code.status());
        error
    }
    /// The code of an error.
    #[track_caller]
    pub fn code(&self) -> ErrorCode {
        self.error().code
    }
}

/// Who signs a request.
#[derive(Clone, Copy)]
pub struct As<'a>(pub &'a SigningKey, pub Option<OrganisationId>);

impl As<'_> {
    pub fn principal(&self) -> Principal {
        match self.1 {
            Some(organisation) => Principal::Organisation(organisation),
            None => Principal::Phone(self.0.verify_key()),
        }
    }
}

pub fn config() -> Config {
    Config::parse("proof_of_work_bits = 6").unwrap()
}

pub fn signed<T: amana_domain::signed::Signable>(body: T, key: &SigningKey) -> Signed<T> {
    Signed::make(body, |message| key.sign(message)).unwrap()
}

impl Team {
    pub fn new(random: &SeededRandom, deployment: DeploymentId) -> Self {
        let [root, admin, invite] = std::array::from_fn(|_| SigningKey::make(random));
        let id = OrganisationId::from_root(&root.verify_key());
        let clearance = KemSecret::make(random);
        let mut team = Self { root, id, admin, invite, clearance, rosters: Vec::new(), part: Vec::new() };
        let founding = Founding {
            invite: team.invite(deployment, &team.invite, Role::Admin, TODAY + 7).to_bytes(),
            certificate: team
                .certificate(deployment, &team.admin, Role::Admin, TODAY + 80, &team.invite)
                .to_bytes(),
            proof: None,
        };
        team.part = canonical::to_vec(&RosterPart::default()).unwrap();
        let kem = KemKey::from_slice(team.clearance.public().as_bytes()).unwrap();
        let key = ClearanceKey { generation: 0, key: kem };
        let head = RosterHead {
            deployment,
            organisation: id,
            n: 1,
            prev: None,
            devices: vec![RosterDevice {
                device: DeviceId::from_key(&team.admin.verify_key()),
                role: Role::Admin,
                not_after_day: TODAY + 80,
            }],
            clearance: Clearances { open: key.clone(), need: key.clone(), strict: key },
            sms: SmsKey::from_bytes([7; 32]),
            invites: vec![team.invite(deployment, &team.invite, Role::Admin, TODAY + 7).hash()],
            part: Hash::of(&team.part),
            signer: team.admin.verify_key(),
            recovery: vec![],
            founding: Some(founding),
            issued_ms: NOW_MS,
        };
        team.rosters.push(signed(head, &team.admin));
        team
    }

    pub fn invite(
        &self,
        deployment: DeploymentId,
        key: &SigningKey,
        role: Role,
        expires_day: u32,
    ) -> Signed<Invite> {
        let invite = Invite {
            deployment,
            organisation: self.id,
            root: self.root.verify_key(),
            key: key.verify_key(),
            role,
            expires_day,
        };
        signed(invite, &self.root)
    }

    pub fn certificate(
        &self,
        deployment: DeploymentId,
        device: &SigningKey,
        role: Role,
        not_after_day: u32,
        invite: &SigningKey,
    ) -> Signed<DeviceCertificate> {
        let certificate = DeviceCertificate {
            deployment,
            organisation: self.id,
            sign: device.verify_key(),
            kem: KemKey::from_slice(&[5; 1216]).unwrap(),
            role,
            not_after_day,
        };
        signed(certificate, invite)
    }

    /// The admin's new certificate with this last day.
    pub fn renewal(&self, deployment: DeploymentId, not_after_day: u32) -> Renewal {
        let certificate = self.certificate(deployment, &self.admin, Role::Admin, not_after_day, &self.invite);
        Renewal {
            invite: self.invite(deployment, &self.invite, Role::Admin, TODAY + 7).to_bytes(),
            certificate: certificate.to_bytes(),
        }
    }

    /// The next head, changed by the closure and signed by `signer`.
    pub fn next(&self, signer: &SigningKey, change: impl FnOnce(&mut RosterHead)) -> Signed<RosterHead> {
        let last = self.rosters.last().unwrap();
        let mut head = last.body().clone();
        head.n += 1;
        head.prev = Some(last.hash());
        head.founding = None;
        head.signer = signer.verify_key();
        change(&mut head);
        head.devices.sort_unstable_by_key(|entry| entry.device);
        head.invites.sort_unstable();
        signed(head, signer)
    }

    pub fn desk(&self) -> As<'_> {
        As(&self.admin, Some(self.id))
    }
}

/// Adds a device to a head.
pub fn add_device(head: &mut RosterHead, key: &SigningKey, role: Role, not_after_day: u32) {
    head.devices.push(RosterDevice { device: DeviceId::from_key(&key.verify_key()), role, not_after_day });
}

impl World {
    /// A relay that nobody has claimed, and a deployment that is not published.
    pub async fn unclaimed(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let relay = Relay::open(folder.path(), config, clock.clone()).await.unwrap();
        let random = SeededRandom::new(1);
        let [root, next_root] = std::array::from_fn(|_| SigningKey::make(&random));
        let deployment = DeploymentId::from_root(&root.verify_key());
        let ngo = Team::new(&random, deployment);
        let consulate = Team::new(&random, deployment);
        let list = |team: &Team, name: &str, kind| Organisation {
            id: team.id,
            root: team.root.verify_key(),
            next_root: None,
            founding: None,
            name: name.into(),
            kind,
            country: "KW".into(),
            origin: vec!["PH".into()],
            sms: None,
            ladder: vec![],
        };
        let directory = Directory {
            deployment,
            version: 1,
            prev: None,
            root: root.verify_key(),
            next_root: Hash::of(next_root.verify_key().as_bytes()),
            issued_ms: NOW_MS,
            expires_ms: NOW_MS + 1,
            name: "Test".into(),
            relay: RelayAddress { url: "http://127.0.0.1:7400".parse().unwrap(), key: relay.key() },
            pow_bits: 6,
            organisations: vec![
                list(&ngo, "Helpers", OrganisationKind::Ngo),
                list(&consulate, "Consulate", OrganisationKind::Consulate),
            ],
        };
        let directories = vec![signed(directory, &root)];
        let router = relay.router();
        Self { folder, clock, relay, router, random, root, next_root, directories, ngo, consulate }
    }

    /// A relay with directory and both rosters published.
    pub async fn new() -> Self {
        Self::with(config()).await
    }

    pub async fn with(config: Config) -> Self {
        let world = Self::unclaimed(config).await;
        world.publish().await.ok::<Newest>();
        for team in [&world.ngo, &world.consulate] {
            let put = RostersPut {
                heads: vec![ByteBuf::from(team.rosters[0].to_bytes())],
                part: Some(ByteBuf::from(team.part.clone())),
            };
            world.put(&format!("/v1/rosters/{}", team.id), &put).await.ok::<Newest>();
        }
        world
    }

    pub fn deployment(&self) -> DeploymentId {
        self.directories[0].body().deployment
    }

    pub async fn publish(&self) -> Got {
        let put = DirectoryPut {
            directories: self.directories.iter().map(|d| ByteBuf::from(d.to_bytes())).collect(),
            claim: self.relay.claim_code(),
        };
        self.put("/v1/directory", &put).await
    }

    /// The next directory, changed by the closure and signed by `root`.
    pub fn next_directory(
        &self,
        root: &SigningKey,
        change: impl FnOnce(&mut Directory),
    ) -> Signed<Directory> {
        let last = self.directories.last().unwrap();
        let mut body = last.body().clone();
        body.version += 1;
        body.prev = Some(last.hash());
        body.root = root.verify_key();
        change(&mut body);
        signed(body, root)
    }

    /// Closes the relay and opens it again on the same folder.
    pub async fn restart(&mut self, config: Config) {
        self.relay.shutdown().await;
        let spare = tempfile::tempdir().unwrap();
        let placeholder = Relay::open(spare.path(), Config::default(), self.clock.clone()).await.unwrap();
        drop(std::mem::replace(&mut self.relay, placeholder));
        self.relay = Relay::open(self.folder.path(), config, self.clock.clone()).await.unwrap();
        self.router = self.relay.router();
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    pub fn phone(&self) -> SigningKey {
        SigningKey::make(&self.random)
    }

    /// Sends raw parts.
    pub async fn send(&self, method: &str, path: &str, authorization: Option<String>, body: Vec<u8>) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        Got { status, body: response.into_body().collect().await.unwrap().to_bytes().to_vec() }
    }

    pub async fn get(&self, path: &str) -> Got {
        self.send("GET", path, None, vec![]).await
    }
    pub async fn put<T: Serialize>(&self, path: &str, body: &T) -> Got {
        self.send("PUT", path, None, canonical::to_vec(body).unwrap()).await
    }

    /// What a request's signature covers, to be spoilt by tests.
    pub fn claim(&self, who: As<'_>, method: &str, path: &str, body: &[u8]) -> Signing {
        Signing {
            method: method.into(),
            path: path.into(),
            body: Hash::of(body),
            relay: self.relay.key(),
            time_ms: amana_server::Clock::now_ms(&*self.clock),
            nonce: Nonce::from_bytes(self.bytes()),
            key: who.0.verify_key(),
            organisation: who.1,
        }
    }

    pub fn sign(&self, who: As<'_>, claim: Signing) -> String {
        claim.sign(|message| who.0.sign(message)).unwrap()
    }

    /// Sends a signed request with raw body bytes.
    pub async fn signed(&self, who: As<'_>, method: &str, path: &str, body: Vec<u8>) -> Got {
        let header = self.sign(who, self.claim(who, method, path, &body));
        self.send(method, path, Some(header), body).await
    }
    pub async fn signed_get(&self, who: As<'_>, path: &str) -> Got {
        self.signed(who, "GET", path, vec![]).await
    }
    pub async fn post<T: Serialize>(&self, who: As<'_>, path: &str, body: &T) -> Got {
        self.signed(who, "POST", path, canonical::to_vec(body).unwrap()).await
    }
    pub async fn put_mailbox(&self, who: As<'_>, id: &MailboxId, body: &MailboxPut) -> Got {
        self.signed(who, "PUT", &format!("/v1/mailboxes/{id}"), canonical::to_vec(body).unwrap()).await
    }

    /// A sealed event of `size` content bytes for a mailbox.
    pub fn event(&self, mailbox: MailboxId, size: usize) -> Vec<u8> {
        let key = LogKey::from_bytes(self.bytes());
        let content: Vec<u8> = (0..size).map(|n| n as u8).collect();
        envelope::seal_event(&key, mailbox, EventId::from_bytes(self.bytes()), &content).unwrap()
    }

    /// A letter to a team's intake.
    pub fn letter(&self, team: &Team) -> Vec<u8> {
        envelope::seal_letter(&team.clearance.public(), team.id.intake(), b"letter", &self.random).unwrap()
    }

    /// A mailbox of a phone and the team.
    pub fn mailbox(&self, owners: &[Principal]) -> NewMailbox {
        let mut owners = owners.to_vec();
        owners.sort_unstable();
        let nonce = Nonce::from_bytes(self.bytes());
        let id = mailbox_id(&owners, &nonce).unwrap();
        NewMailbox { id, owners, nonce, readers: vec![], writers: vec![] }
    }

    pub fn pow(&self, letter: &[u8]) -> Admission {
        let nonce = pow::find(&BlobId::of(letter), TODAY, 6, 0, 1 << 24, || false).unwrap();
        Admission::Pow { day: TODAY, nonce }
    }

    /// A phone's filing to the NGO with one event.
    pub fn filing(&self, phone: As<'_>) -> File {
        let mailbox = self.mailbox(&[phone.principal(), Principal::Organisation(self.ngo.id)]);
        let letter = self.letter(&self.ngo);
        File {
            appends: vec![Append(mailbox.id, self.event(mailbox.id, 300))],
            mailboxes: vec![mailbox],
            admission: Some(self.pow(&letter)),
            letters: vec![Letter(self.ngo.id, letter)],
        }
    }

    /// A filed phone: its mailbox.
    pub async fn filed(&self, phone: As<'_>) -> MailboxId {
        let filing = self.filing(phone);
        self.post(phone, "/v1/file", &filing).await.ok::<Answer>();
        filing.mailboxes[0].id
    }

    pub async fn push(&self, who: As<'_>, mailbox: MailboxId, envelope: Vec<u8>) -> AppendResult {
        let push = Push { appends: vec![Append(mailbox, envelope)] };
        self.post(who, "/v1/push", &push).await.ok::<Answer>().results[0]
    }

    pub async fn feed(&self, who: As<'_>, after: u64) -> FeedAnswer {
        self.signed_get(who, &format!("/v1/feed?after={after}")).await.ok()
    }

    /// Reads a mailbox.
    pub async fn read(&self, who: As<'_>, id: &MailboxId, after: u64) -> Result<Vec<Vec<u8>>, ErrorCode> {
        let got = self.signed_get(who, &format!("/v1/mailboxes/{id}?after={after}")).await;
        if got.status != 200 {
            return Err(got.code());
        }
        Ok(frames::decode(&got.body).unwrap().blobs.iter().map(|blob| blob.to_vec()).collect())
    }
}

/// The error of a refused append.
#[track_caller]
pub fn refused(result: AppendResult) -> ErrorCode {
    match result {
        AppendResult::Refused { error, .. } => error,
        AppendResult::Stored { .. } => panic!("was stored"),
    }
}

/// The sequence of a stored append.
#[track_caller]
pub fn seq(result: AppendResult) -> u64 {
    match result {
        AppendResult::Stored { seq, .. } => seq,
        AppendResult::Refused { error, .. } => panic!("{error}"),
    }
}

/// Checks an answer's acknowledgement against its results.
#[track_caller]
pub fn check_ack(answer: &Answer, relay: &VerifyKey, info: &RelayInfo) {
    let ack = answer.ack.as_ref().expect("an acknowledgement").verify(relay, &StrictVerifier).unwrap();
    assert_eq!(ack.generation, info.generation);
    let stored: Vec<BlobId> = answer
        .results
        .iter()
        .filter(|result| matches!(result, AppendResult::Stored { .. }))
        .map(|result| *result.blob())
        .collect();
    assert_eq!(ack.entries.iter().map(|entry| entry.1).collect::<Vec<_>>(), stored);
}

/// Making of a mailbox by a put.
pub fn creation(new: &NewMailbox) -> MailboxPut {
    MailboxPut {
        create: Some(MailboxCreate { owners: new.owners.clone(), nonce: new.nonce }),
        list_version: 0,
        readers: new.readers.clone(),
        writers: new.writers.clone(),
    }
}

/// The version after a put.
#[track_caller]
pub fn version(got: &Got) -> u64 {
    got.ok::<MailboxState>().list_version
}

/// A join request with its proof.
pub fn join(world: &World, team: &Team, invite: &Signed<Invite>, key: &SigningKey) -> JoinPut {
    let request = world.letter(team);
    let proof =
        JoinProof { deployment: world.deployment(), organisation: team.id, request: Hash::of(&request) };
    JoinPut { invite: invite.to_bytes(), proof: signed(proof, key).to_bytes(), request }
}
