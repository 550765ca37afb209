//! A phone or desk with its vault folder, its clock and its line.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use amana_client::{Client, ClientError, Clock, Env, Report, VaultRole, transport::Transport};
use amana_crypto::{LogKey, SeededRandom, StrictVerifier, envelope, passphrase::Passphrase};
use amana_domain::{
    event::{AuthenticEvent, Body},
    ids::{BlobId, CaseId, EventId},
};
use amana_server::{Clock as _, ManualClock};
use amana_vault::{Vault, VaultError};

/// A clock that is wrong by some time.
pub struct SkewedClock {
    world: Arc<ManualClock>,
    skew_ms: AtomicI64,
}

impl SkewedClock {
    pub fn new(world: Arc<ManualClock>) -> Self {
        Self { world, skew_ms: AtomicI64::new(0) }
    }
}

impl Clock for SkewedClock {
    fn now_ms(&self) -> u64 {
        self.world.now_ms().saturating_add_signed(self.skew_ms.load(Ordering::SeqCst))
    }
}

/// A device.
pub struct Device {
    pub name: String,
    pub number: u32,
    pub dir: PathBuf,
    pub role: VaultRole,
    clock: Arc<SkewedClock>,
    env: Env,
    line: Arc<dyn Transport>,
    client: Option<Client>,
}

pub fn passphrase() -> Passphrase {
    Passphrase::parse("one two three four five six seven").unwrap()
}

impl Device {
    /// A device whose vault `make` creates.
    #[allow(clippy::too_many_arguments, reason = "called from two places of the same world")]
    pub fn new(
        name: &str,
        number: u32,
        dir: PathBuf,
        role: VaultRole,
        world: Arc<ManualClock>,
        seed: u64,
        line: Arc<dyn Transport>,
        make: impl FnOnce(&PathBuf, Env, Arc<dyn Transport>) -> Result<Client, ClientError>,
    ) -> Result<Self, ClientError> {
        let clock = Arc::new(SkewedClock::new(world));
        let random = Arc::new(SeededRandom::new(seed.wrapping_mul(1000) + u64::from(number)));
        let env = Env { clock: Arc::clone(&clock) as Arc<dyn Clock>, random };
        let client = make(&dir, env.clone(), Arc::clone(&line))?;
        Ok(Self { name: name.to_owned(), number, dir, role, clock, env, line, client: Some(client) })
    }

    pub fn client(&mut self) -> &mut Client {
        self.client.as_mut().unwrap()
    }

    pub async fn sync(&mut self) -> Result<Report, ClientError> {
        self.client().sync().await
    }

    /// The device's own time, ms since 1970 UTC.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// How far the device's clock is ahead, ms.
    pub fn set_skew(&self, skew_ms: i64) {
        self.clock.skew_ms.store(skew_ms, Ordering::SeqCst);
    }

    /// From now on the device reaches the relay by another way.
    pub fn set_line(&mut self, line: Arc<dyn Transport>) {
        self.line = line;
        self.reopen();
    }

    /// Its way to the relay.
    pub fn line(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.line)
    }

    /// Closes the vault and opens it again, as after a kill: nothing in memory survives.
    pub fn reopen(&mut self) {
        self.client = None;
        let client =
            Client::open(&self.dir, &passphrase(), self.role, self.env.clone(), Arc::clone(&self.line));
        self.client = Some(client.unwrap());
    }

    /// Closes the vault, lets the caller look at the file itself, opens it again.
    pub fn with_vault<R>(&mut self, look: impl FnOnce(&mut Vault) -> R) -> R {
        self.client = None;
        let mut vault = Vault::open(&self.dir, &passphrase(), self.role).unwrap();
        let result = look(&mut vault);
        drop(vault);
        self.reopen();
        result
    }

    /// What the vault holds of each log of a case, for messages: events, envelopes that no key opens, epochs with keys,
    /// and how far its mailbox was read.
    pub fn describe(&mut self, case: CaseId) -> String {
        let name = self.name.clone();
        let lines = self.with_vault(|vault| {
            vault
                .read(|tx| {
                    let mut lines = vec![name];
                    for log in tx.logs_of(case)? {
                        let (kind, id, mailbox) = (log.log.kind, log.log.log, log.log.mailbox);
                        let events = tx.events(id)?;
                        let read: Vec<AuthenticEvent> = events
                            .iter()
                            .map(|row| AuthenticEvent::read_stored(&row.content, &StrictVerifier).unwrap())
                            .collect();
                        let epochs = read.iter().filter(|event| matches!(event.body(), Body::Epoch(_)));
                        let gaps = read.iter().flat_map(|event| event.event().parents()).filter(|parent| {
                            !events.iter().any(|row| row.id == **parent)
                        });
                        let known = tx.mailbox(mailbox)?.map(|known| (known.cursor, known.head, known.gone));
                        lines.push(format!(
                            "{kind} {id:?}: {} events, {} gaps, {} epochs, {} keys, {} unopened, read {known:?}",
                            events.len(),
                            gaps.count(),
                            epochs.count(),
                            tx.log_keys(id)?.len(),
                            tx.unopened(mailbox)?.len(),
                        ));
                    }
                    Ok::<_, VaultError>(lines)
                })
                .unwrap()
        });
        lines.join("\n    ")
    }

    /// Every event in the vault and the blob that it is on the wire.
    pub fn blobs(&mut self) -> BTreeMap<EventId, BlobId> {
        self.with_vault(|vault| {
            vault
                .read(|tx| {
                    let mut blobs = BTreeMap::new();
                    for log in tx.logs()? {
                        let keys = tx.log_keys(log.log.log)?;
                        for row in tx.events(log.log.log)? {
                            let (event, ..) = AuthenticEvent::split(&row.content).unwrap();
                            let (_, key) = keys.iter().find(|(epoch, _)| *epoch == event.epoch()).unwrap();
                            let key = LogKey::from_bytes(**key);
                            let sealed =
                                envelope::seal_event(&key, log.log.mailbox, row.id, &row.content).unwrap();
                            blobs.insert(row.id, BlobId::of(&sealed));
                        }
                    }
                    Ok::<_, VaultError>(blobs)
                })
                .unwrap()
        })
    }
}
