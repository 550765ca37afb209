//! Events that the client would not write: drafted by hand, signed with the device's own keys, put in its outbox.

use amana_client::VaultRole;
use amana_crypto::{KemPublic, LogKey, Random, Seed, SeededRandom, SigningKey, StrictVerifier, wrap};
use amana_domain::{
    canonical,
    event::{AuthenticEvent, Body, CaseRoot, Draft, Genesis, LogOpen, LogRef, RosterRef, Wrap},
    ids::{CaseId, EpochId, EventId, LogId, Nonce, OrganisationId},
    role::LogKind,
};
use amana_protocol::{Principal, mailbox::mailbox_id};
use amana_vault::{
    VaultError,
    store::{ItemKind, StoredLog},
};
use serde_bytes::ByteBuf;

use super::Device;

/// Signs what it is told to, for one device and one case.
pub struct Raw {
    pub case: CaseId,
    pub root: CaseRoot,
    pub key: SigningKey,
    pub organisation: Option<OrganisationId>,
    pub logs: Vec<StoredLog>,
}

impl Raw {
    /// Takes the keys of a device.
    pub fn of(device: &mut Device, case: CaseId) -> Self {
        let desk = (device.role == VaultRole::Desk).then(|| {
            let desk = device.client().desk().unwrap();
            (desk.organisation, *desk.sign.seed().expose())
        });
        device.with_vault(|vault| {
            vault
                .read(|tx| {
                    let stored = tx.case(case)?.unwrap();
                    let seed = desk.map_or_else(|| *stored.keys.as_ref().unwrap().sign, |(_, seed)| seed);
                    Ok::<_, VaultError>(Self {
                        case,
                        root: CaseRoot::from_bytes(&stored.root).unwrap(),
                        key: SigningKey::from_seed(&Seed::from_bytes(seed)),
                        organisation: desk.map(|(organisation, _)| organisation),
                        logs: tx.logs_of(case)?,
                    })
                })
                .unwrap()
        })
    }

    /// The log of a kind.
    pub fn log(&self, kind: LogKind) -> LogRef {
        self.logs.iter().find(|log| log.log.kind == kind).unwrap().log
    }

    /// The roster that the device names.
    pub fn roster(&self, device: &mut Device) -> RosterRef {
        let organisation = self.organisation.unwrap_or(self.root.owner);
        let roster = device.client().trust().roster(organisation).unwrap();
        RosterRef(organisation, roster.body().n, roster.hash())
    }

    /// A draft on top of everything that the device holds of a log.
    pub fn draft(&self, device: &mut Device, log: LogId, body: Body) -> Draft {
        let roster = self.roster(device);
        let events = events(device, log);
        let author = self.key.verify_key();
        let mine = events.iter().map(AuthenticEvent::event).filter(|event| event.author == author);
        let last = mine.max_by_key(|event| event.seq);
        let followed: Vec<EventId> =
            events.iter().flat_map(|event| event.event().parents().copied().collect::<Vec<_>>()).collect();
        let mut heads: Vec<EventId> =
            events.iter().map(AuthenticEvent::id).filter(|id| !followed.contains(id)).collect();
        heads.sort_unstable();
        heads.truncate(16);
        let epoch = events
            .iter()
            .filter(|event| matches!(event.body(), Body::Epoch(_)))
            .max_by_key(|event| event.event().claimed_ms)
            .map(|event| EpochId::from(event.id()));
        Draft {
            deployment: self.root.deployment,
            case: self.case,
            log: Some(log),
            epoch,
            author,
            seq: last.map_or(0, |event| event.seq + 1),
            prev: last.map(amana_domain::event::Event::id),
            heads,
            roster,
            claimed_ms: device.now_ms(),
            body,
        }
    }

    /// Signs a draft and lets the device send it.
    pub fn write(&self, device: &mut Device, draft: Draft) -> EventId {
        let event = draft.sign(|message| self.key.sign(message)).unwrap();
        self.put(device, &event);
        event.id()
    }

    /// Writes something on top of everything, in the log of a kind.
    pub fn append(&self, device: &mut Device, kind: LogKind, body: Body) -> EventId {
        let draft = self.draft(device, self.log(kind).log, body);
        self.write(device, draft)
    }

    /// Puts a signed event in the device's vault and outbox.
    pub fn put(&self, device: &mut Device, event: &AuthenticEvent) {
        device.with_vault(|vault| {
            vault
                .write(|tx| {
                    tx.add_event(event.id(), event.event().log(), &event.to_content(), false)?;
                    tx.enqueue(ItemKind::Event, Some(self.case), event.id().as_bytes())?;
                    tx.mark_dirty(self.case)
                })
                .unwrap();
        });
    }

    /// A genesis of a log of this case, and where its mailbox lies.
    pub fn genesis(&self, device: &mut Device, kind: LogKind, n: u32) -> (AuthenticEvent, LogRef) {
        self.genesis_with(device, kind, n, |_| {})
    }

    /// The same, with something else in it.
    pub fn genesis_with(
        &self,
        device: &mut Device,
        kind: LogKind,
        n: u32,
        change: impl FnOnce(&mut Genesis),
    ) -> (AuthenticEvent, LogRef) {
        let first = events(device, self.log(LogKind::Core).log);
        let phone = first
            .iter()
            .find_map(|event| match event.body() {
                Body::Genesis(genesis) => Some(genesis.phone),
                _ => None,
            })
            .unwrap();
        let mut nonce = [0; 16];
        SeededRandom::new(device.now_ms() ^ u64::from(n)).fill(&mut nonce);
        let mut body = Genesis {
            root: self.root.to_bytes().unwrap(),
            log: kind,
            n,
            nonce,
            phone,
            with: None,
            opening: None,
            narrative: None,
            message: None,
        };
        let mut owners = vec![Principal::Phone(phone), Principal::Organisation(self.root.owner)];
        owners.sort_unstable();
        let mailbox = mailbox_id(&owners, &Nonce::from_bytes(nonce)).unwrap();
        change(&mut body);
        let draft = Draft {
            deployment: self.root.deployment,
            case: self.case,
            log: None,
            epoch: None,
            author: self.key.verify_key(),
            seq: 0,
            prev: None,
            heads: vec![],
            roster: self.roster(device),
            claimed_ms: device.now_ms(),
            body: Body::Genesis(body),
        };
        let event = draft.sign(|message| self.key.sign(message)).unwrap();
        let log = LogRef { kind, n, log: event.event().log(), mailbox };
        (event, log)
    }

    /// Opens a log as the client does, for kinds that it has no verb for: its key wrapped to the migrant and to the
    /// owner's fitting clearance.
    pub fn open(&self, device: &mut Device, kind: LogKind) -> LogRef {
        let (genesis, log) = self.genesis(device, kind, 0);
        self.announce(device, &genesis, log);
        log
    }

    /// Puts the first event of a log at the relay and announces it in `core`.
    pub fn announce(&self, device: &mut Device, genesis: &AuthenticEvent, log: LogRef) {
        let kind = log.kind;
        let migrant = &migrant_key(device, self.case);
        let random = SeededRandom::new(device.now_ms());
        let key = LogKey::make(&random);
        let context = canonical::to_vec(&(self.case, log.log, log.log)).unwrap();
        let owner = self.root.owner;
        let roster = device.client().trust().roster(owner).unwrap().clone();
        let clearance = roster.body().clearance.get(kind.clearance());
        let public = KemPublic::from_slice(clearance.key.as_bytes()).unwrap();
        let wrap = |to: &KemPublic| ByteBuf::from(wrap::wrap_secret(to, &context, key.expose(), &random));
        let wraps = vec![
            Wrap { organisation: None, device: None, clearance: None, generation: 0, wrap: wrap(migrant) },
            Wrap {
                organisation: Some(owner),
                device: None,
                clearance: Some(kind.clearance()),
                generation: u32::try_from(clearance.generation).unwrap(),
                wrap: wrap(&public),
            },
        ];
        device.with_vault(|vault| {
            vault
                .write(|tx| {
                    tx.add_log(self.case, &log)?;
                    tx.prove_log_key(log.log, EpochId::from(log.log), key.expose())?;
                    tx.enqueue(ItemKind::Mailbox, Some(self.case), log.mailbox.as_bytes())
                })
                .unwrap();
        });
        self.put(device, genesis);
        self.append(device, LogKind::Core, Body::LogOpen(LogOpen { log, wraps }));
    }
}

/// Everything that a device holds of a log.
pub fn events(device: &mut Device, log: LogId) -> Vec<AuthenticEvent> {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let rows = tx.events(log)?;
                Ok::<_, VaultError>(
                    rows.iter()
                        .map(|row| AuthenticEvent::read_stored(&row.content, &StrictVerifier).unwrap())
                        .collect(),
                )
            })
            .unwrap()
    })
}

/// Every event of one case that a device holds, with its log's kind.
pub fn all_events(device: &mut Device, case: CaseId) -> Vec<(LogKind, AuthenticEvent)> {
    Raw::of(device, case)
        .logs
        .iter()
        .flat_map(|log| {
            let kind = log.log.kind;
            events(device, log.log.log).into_iter().map(move |event| (kind, event)).collect::<Vec<_>>()
        })
        .collect()
}

/// The migrant's public key of a case.
pub fn migrant_key(device: &mut Device, case: CaseId) -> KemPublic {
    let core = Raw::of(device, case).log(LogKind::Core).log;
    let opening = events(device, core).into_iter().find_map(|event| match event.body() {
        Body::Genesis(genesis) => genesis.opening.clone(),
        _ => None,
    });
    KemPublic::from_slice(&opening.unwrap().kem).unwrap()
}
