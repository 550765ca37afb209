//! Whether a device can decrypt something: whatever its real store holds, tried on whatever the relay ever stored.
//!
//! This knows nothing of screens, sync, access lists or membership. It takes every key out of the device's vault and
//! follows what those open (letters, wraps in `log.open` and `epoch` events, earlier keys, wraps and back-links of
//! roster parts) until nothing new opens. It is written after `docs/PROTOCOL.md`, not after the client.

use std::collections::{BTreeMap, BTreeSet};

use amana_client::VaultRole;
use amana_crypto::{
    KemSecret, LogKey, Seed, StrictVerifier, backlink::open_backlink, earlier::open_earlier, envelope,
    wrap::unwrap_secret,
};
use amana_domain::{
    canonical,
    event::{AuthenticEvent, Body, Wrap},
    ids::{BlobId, CaseId, DeviceId, EventId, Hash, LogId, MailboxId, OrganisationId},
    role::Clearance,
    trust::RosterPart,
};
use amana_vault::VaultError;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{Device, RelayStore, store::StoredBlob};

/// Whose secret it is, as wraps name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Clearance(OrganisationId, Clearance, u64),
    Device(DeviceId),
    Migrant,
}

/// What a device can decrypt.
pub struct Reader {
    /// Seeds by what they are; found ones are added.
    secrets: Vec<(Owner, KemSecret)>,
    /// Log keys, each with the mailbox that it was met for.
    keys: Vec<(MailboxId, LogKey)>,
    /// Whether wraps and envelopes are only tried with what their labels name: for large stores.
    labelled: bool,
    /// Events that were decrypted.
    pub opened: BTreeMap<EventId, Opened>,
    pub letters: usize,
}

/// An event that was decrypted.
#[derive(Clone, Debug)]
pub struct Opened {
    pub log: LogId,
    pub blob: BlobId,
}

#[derive(Deserialize)]
struct GrantLetter {
    t: String,
    logs: Vec<GrantedLog>,
}

#[derive(Deserialize)]
struct GrantedLog {
    mailbox: MailboxId,
    keys: Vec<GrantedKey>,
}

#[derive(Deserialize)]
struct GrantedKey {
    key: ByteBuf,
}

/// A wrapped key and what it is bound to.
struct Locked {
    wrap: Wrap,
    context: Vec<u8>,
    mailbox: MailboxId,
    done: bool,
}

/// An earlier key, sealed under a newer one.
struct Earlier {
    sealed: Vec<u8>,
    context: Vec<u8>,
    mailbox: MailboxId,
    done: bool,
}

impl Reader {
    /// Takes everything that the device's vault holds, then decrypts whatever that opens.
    pub fn of(device: &mut Device, store: &RelayStore) -> Self {
        Self::with(device, store, false)
    }

    /// The same for large stores: only tries keys where their labels say that they belong.
    pub fn labelled(device: &mut Device, store: &RelayStore) -> Self {
        Self::with(device, store, true)
    }

    fn with(device: &mut Device, store: &RelayStore, labelled: bool) -> Self {
        let desk = (device.role == VaultRole::Desk).then(|| {
            let desk = device.client().desk().unwrap();
            (desk.organisation, desk.device(), desk.kem.seed().expose().to_owned())
        });
        let (mut secrets, keys) = device.with_vault(|vault| {
            vault
                .read(|tx| {
                    let mut secrets = Vec::new();
                    for case in tx.cases()? {
                        secrets.extend(case.keys.map(|keys| (Owner::Migrant, secret(&keys.kem))));
                    }
                    for (clearance, generation, seed) in tx.clearance_secrets()? {
                        let organisation = desk.map(|(organisation, ..)| organisation).unwrap();
                        let owner = Owner::Clearance(organisation, clearance, generation);
                        secrets.push((owner, secret(&seed)));
                    }
                    let mut keys = Vec::new();
                    for log in tx.logs()? {
                        for (_, key) in tx.log_keys(log.log.log)? {
                            keys.push((log.log.mailbox, LogKey::from_bytes(*key)));
                        }
                    }
                    Ok::<_, VaultError>((secrets, keys))
                })
                .unwrap()
        });
        secrets.extend(desk.map(|(_, device, seed)| (Owner::Device(device), secret(&seed))));
        let mut reader = Self { secrets, keys, labelled, opened: BTreeMap::new(), letters: 0 };
        reader.follow(store);
        reader
    }

    /// Whether an event was decrypted.
    pub fn opens(&self, event: EventId) -> bool {
        self.opened.contains_key(&event)
    }

    fn follow(&mut self, store: &RelayStore) {
        self.open_parts(store);
        let (mut events, mut letters) = (Vec::new(), Vec::new());
        for blob in store.blobs() {
            match envelope::Header::parse(&blob.envelope).unwrap().kind {
                envelope::EnvelopeKind::Event => events.push((blob, 0)),
                envelope::EnvelopeKind::Letter => letters.push(blob),
            }
        }
        for letter in letters {
            self.open_letter(&letter);
        }
        let (mut locked, mut earlier) = (Vec::new(), Vec::new());
        loop {
            let before = self.keys.len();
            events.retain_mut(|(blob, tried)| {
                let found = self.open_event(blob, tried);
                if let Some(event) = &found {
                    let opened = Opened { log: event.event().log(), blob: blob.id };
                    self.opened.insert(event.id(), opened);
                    note_keys(event, blob.mailbox, &mut locked, &mut earlier);
                }
                found.is_none()
            });
            let fresh = self.open_locked(&mut locked) + self.open_earlier(&mut earlier);
            if fresh == 0 && self.keys.len() == before {
                return;
            }
        }
    }

    /// Wraps of roster parts, and back-links to earlier generations.
    fn open_parts(&mut self, store: &RelayStore) {
        let mut links: Vec<(Owner, Vec<u8>, Vec<u8>)> = Vec::new();
        for roster in store.rosters() {
            let Some(part) = &roster.part else { continue };
            let part: RosterPart = canonical::from_slice(part).unwrap();
            let context = |clearance: Clearance, generation: u64| {
                canonical::to_vec(&(roster.organisation, clearance, generation)).unwrap()
            };
            for wrap in &part.wraps {
                let bound = context(wrap.clearance, wrap.generation);
                let seed = self.tried(&Owner::Device(wrap.device), &bound, &wrap.wrap);
                if let Some(seed) = seed {
                    self.learn(Owner::Clearance(roster.organisation, wrap.clearance, wrap.generation), &seed);
                }
            }
            links.extend(part.backlinks.into_iter().map(|link| {
                let bound = context(link.clearance, link.generation);
                (Owner::Clearance(roster.organisation, link.clearance, link.generation), bound, link.sealed)
            }));
        }
        loop {
            let before = self.secrets.len();
            for (owner, bound, sealed) in &links {
                let opened =
                    self.secrets.iter().find_map(|(_, secret)| open_backlink(secret, bound, sealed).ok());
                if let Some(opened) = opened {
                    self.learn(*owner, opened.seed().expose());
                }
            }
            if self.secrets.len() == before {
                return;
            }
        }
    }

    fn add_key(&mut self, mailbox: MailboxId, bytes: [u8; 32]) -> usize {
        let known = self.keys.iter().any(|(_, key)| *key.expose() == bytes);
        if !known {
            self.keys.push((mailbox, LogKey::from_bytes(bytes)));
        }
        usize::from(!known)
    }

    fn learn(&mut self, owner: Owner, seed: &[u8; 32]) {
        if !self.secrets.iter().any(|(_, known)| known.seed().expose() == seed) {
            self.secrets.push((owner, secret(seed)));
        }
    }

    /// Tries a wrap: with every secret there is, or only with those that its label names.
    fn tried(&self, owner: &Owner, context: &[u8], wrap: &[u8]) -> Option<[u8; 32]> {
        self.secrets
            .iter()
            .filter(|(whose, _)| !self.labelled || whose == owner)
            .find_map(|(_, secret)| unwrap_secret(secret, context, wrap).ok())
            .map(|seed| *seed.expose())
    }

    fn open_letter(&mut self, letter: &StoredBlob) {
        let secrets: Vec<&KemSecret> = self
            .secrets
            .iter()
            .filter(|(whose, _)| match whose {
                Owner::Clearance(organisation, ..) => {
                    !self.labelled || organisation.intake() == letter.mailbox
                }
                _ => !self.labelled,
            })
            .map(|(_, secret)| secret)
            .collect();
        let Ok((_, content)) = envelope::open_letter(&letter.envelope, letter.mailbox, &secrets) else {
            return;
        };
        self.letters += 1;
        let Ok(grant) = canonical::from_slice::<GrantLetter>(&content) else { return };
        for log in grant.logs.iter().filter(|_| grant.t == "grant") {
            for key in &log.keys {
                if let Ok(bytes) = <[u8; 32]>::try_from(key.key.as_slice()) {
                    self.add_key(log.mailbox, bytes);
                }
            }
        }
    }

    fn open_event(&self, blob: &StoredBlob, tried: &mut usize) -> Option<AuthenticEvent> {
        let keys = self.keys[*tried..]
            .iter()
            .filter(|(mailbox, _)| !self.labelled || *mailbox == blob.mailbox)
            .map(|(_, key)| key);
        *tried = self.keys.len();
        let opened = envelope::open_event(&blob.envelope, blob.mailbox, keys).ok()?;
        AuthenticEvent::read_stored(&opened.content, &StrictVerifier).ok()
    }

    fn open_locked(&mut self, locked: &mut [Locked]) -> usize {
        let mut fresh = 0;
        for item in locked.iter_mut().filter(|item| !item.done) {
            let owner = match (item.wrap.organisation, item.wrap.device, item.wrap.clearance) {
                (_, Some(device), _) => Owner::Device(device),
                (Some(organisation), None, Some(clearance)) => {
                    Owner::Clearance(organisation, clearance, u64::from(item.wrap.generation))
                }
                _ => Owner::Migrant,
            };
            // Secrets do not change any more: what does not open now never will.
            item.done = true;
            if let Some(key) = self.tried(&owner, &item.context, &item.wrap.wrap) {
                fresh += self.add_key(item.mailbox, key);
            }
        }
        fresh
    }

    fn open_earlier(&mut self, earlier: &mut [Earlier]) -> usize {
        let mut fresh = 0;
        for item in earlier.iter_mut().filter(|item| !item.done) {
            let opened = self
                .keys
                .iter()
                .filter(|(mailbox, _)| !self.labelled || *mailbox == item.mailbox)
                .find_map(|(_, key)| open_earlier(key, &item.context, &item.sealed).ok());
            if let Some(key) = opened {
                item.done = true;
                fresh += self.add_key(item.mailbox, *key.expose());
            }
        }
        fresh
    }
}

/// Keys that an event carries.
fn note_keys(
    event: &AuthenticEvent,
    mailbox: MailboxId,
    locked: &mut Vec<Locked>,
    earlier: &mut Vec<Earlier>,
) {
    let (case, log): (CaseId, LogId) = (event.event().case, event.event().log());
    match event.body() {
        Body::LogOpen(open) => {
            let context = canonical::to_vec(&(case, open.log.log, open.log.log)).unwrap();
            locked.extend(open.wraps.iter().map(|wrap| Locked {
                wrap: wrap.clone(),
                context: context.clone(),
                mailbox: open.log.mailbox,
                done: false,
            }));
        }
        Body::Epoch(epoch) => {
            let Ok(nonce) = Hash::from_slice(&epoch.nonce) else { return };
            let context = canonical::to_vec(&(case, log, nonce)).unwrap();
            locked.extend(epoch.wraps.iter().map(|wrap| Locked {
                wrap: wrap.clone(),
                context: context.clone(),
                mailbox,
                done: false,
            }));
            earlier.extend(epoch.earlier.iter().map(|(epoch, sealed)| Earlier {
                sealed: sealed.to_vec(),
                context: canonical::to_vec(&(case, log, nonce, epoch)).unwrap(),
                mailbox,
                done: false,
            }));
        }
        _ => {}
    }
}

fn secret(seed: &[u8; 32]) -> KemSecret {
    KemSecret::from_seed(Seed::from_bytes(*seed))
}

/// Everything in a device's vault, by event.
pub fn held(device: &mut Device) -> BTreeSet<EventId> {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let mut held = BTreeSet::new();
                for log in tx.logs()? {
                    held.extend(tx.events(log.log.log)?.into_iter().map(|row| row.id));
                }
                Ok::<_, VaultError>(held)
            })
            .unwrap()
    })
}
