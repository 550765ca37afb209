//! A deployment: relay, operator, organisations, devices, one clock.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use amana_client::{
    Client, ClientError, Env, VaultRole,
    deploy::{Deployment, NewOrganisation},
    ops::{FileRequest, Filed, join_desk, join_phone},
};
use amana_crypto::{SeededRandom, slots::Cost};
use amana_domain::{
    codes::CaseKind, event::Facts, ids::OrganisationId, role::Role, text::CaseText, trust::OrganisationKind,
};
use amana_server::{Config, ManualClock, Relay};
use tempfile::TempDir;

use super::{
    Device, Net,
    device::{SkewedClock, passphrase},
};

/// When every simulation starts, ms since 1970 UTC.
pub const START_MS: u64 = 1_790_000_000_000;

/// The world.
pub struct World {
    pub seed: u64,
    pub clock: Arc<ManualClock>,
    pub net: Arc<Net>,
    pub deployment: Deployment,
    /// The first organisation.
    pub organisation: OrganisationId,
    /// All of them.
    pub organisations: Vec<OrganisationId>,
    pub link: String,
    relay: Option<Relay>,
    relay_random: SeededRandom,
    folder: PathBuf,
    devices: u32,
    operator: Env,
    home: TempDir,
}

/// A text of a person.
pub fn text(text: &str) -> CaseText {
    CaseText::new(text.to_owned()).unwrap()
}

/// Most rounds until everything must be quiet.
const QUIET: usize = 16;

/// Lets all devices sync, again and again, until nothing moves any more.
pub async fn settle(devices: &mut [&mut Device]) {
    let mut still = 0;
    let mut last = Vec::new();
    for _ in 0..QUIET {
        let mut moved = 0;
        last.clear();
        for device in devices.iter_mut() {
            let report = device.sync().await;
            let report = report.unwrap_or_else(|error| panic!("{}: {error:?}", device.name));
            moved += report.pushed + report.pulled;
            if report.pushed + report.pulled > 0 {
                last.push(format!("{}: {report:?}", device.name));
            }
        }
        // Twice: a desk that founds or changes its team moves nothing, and lets the others go on.
        still = if moved == 0 { still + 1 } else { 0 };
        if still == 2 {
            return;
        }
    }
    panic!("never quiet: {}", last.join("\n"));
}

/// In memory where the machine can: simulations test orders and losses, not disks.
fn home() -> TempDir {
    let shared = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    if shared.is_dir() { builder.tempdir_in(shared).unwrap() } else { builder.tempdir().unwrap() }
}

impl World {
    /// A relay with a published deployment of one organisation.
    pub async fn new(seed: u64) -> Self {
        Self::with(seed, &[("Helpline", OrganisationKind::Ngo)]).await
    }

    /// A helpline, a consulate and a shelter.
    pub async fn with_three(seed: u64) -> Self {
        let kinds = [
            ("Helpline", OrganisationKind::Ngo),
            ("Consulate", OrganisationKind::Consulate),
            ("Shelter", OrganisationKind::Shelter),
        ];
        Self::with(seed, &kinds).await
    }

    /// A relay with a published deployment of these organisations.
    pub async fn with(seed: u64, organisations: &[(&str, OrganisationKind)]) -> Self {
        let home = home();
        let clock = Arc::new(ManualClock::at(START_MS));
        let net = Net::new(seed ^ 0xa11c_e5ed, Arc::clone(&clock));
        let random = Arc::new(SeededRandom::new(seed.wrapping_mul(1000) + 999));
        let operator = Env { clock: Arc::new(SkewedClock::new(Arc::clone(&clock))), random };
        let mut deployment = Deployment::init(
            &home.path().join("deploy"),
            &passphrase(),
            Cost::for_tests(),
            "Simulation",
            "http://relay.sim",
            operator.clone(),
        )
        .unwrap();
        let organisations: Vec<OrganisationId> = organisations
            .iter()
            .map(|(name, kind)| {
                let new = NewOrganisation {
                    name: (*name).into(),
                    kind: *kind,
                    country: "LB".parse().unwrap(),
                    origin: vec![],
                };
                deployment.add_organisation(new).unwrap()
            })
            .collect();
        let mut world = Self {
            seed,
            clock,
            net,
            deployment,
            organisation: organisations[0],
            organisations,
            link: String::new(),
            relay: None,
            relay_random: SeededRandom::new(seed.wrapping_mul(1000) + 998),
            folder: home.path().join("relay"),
            devices: 0,
            operator,
            home,
        };
        world.start_relay().await;
        world.publish().await.unwrap();
        world
    }

    /// The relay's data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path in the simulation's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn relay(&self) -> &Relay {
        self.relay.as_ref().unwrap()
    }

    async fn start_relay(&mut self) {
        let config = Config::parse("proof_of_work_bits = 2\n").unwrap();
        let clock = Arc::clone(&self.clock);
        let relay = Relay::open_with(&self.folder, config, clock, &self.relay_random).await.unwrap();
        self.net.connect(Some(relay.router()));
        self.relay = Some(relay);
    }

    pub async fn stop_relay(&mut self) {
        self.net.connect(None);
        if let Some(relay) = self.relay.take() {
            relay.shutdown().await;
        }
    }

    pub async fn restart_relay(&mut self) {
        self.stop_relay().await;
        self.start_relay().await;
    }

    /// Copies the data folder, as a backup does.
    pub async fn back_up(&mut self, name: &str) -> PathBuf {
        self.stop_relay().await;
        let copy = self.path(name);
        copy_folder(&self.folder, &copy);
        self.start_relay().await;
        copy
    }

    /// The relay runs on another data folder from now on; a fresh one if there is none.
    pub async fn move_relay(&mut self, folder: PathBuf) {
        self.stop_relay().await;
        self.folder = folder;
        self.net.forget_stored();
        self.start_relay().await;
    }

    /// `deploy publish`.
    pub async fn publish(&mut self) -> Result<u64, ClientError> {
        let claim = self.relay().claim_code();
        let published = self.deployment.publish(claim, self.net.line(0)).await?;
        self.link = published.join;
        Ok(published.version)
    }

    fn number(&mut self) -> u32 {
        self.devices += 1;
        self.devices
    }

    /// A phone that has joined; nothing is synced yet.
    pub fn phone(&mut self) -> Device {
        let number = self.number();
        let name = format!("phone {number}");
        let (dir, line, link) = (self.path(&name), self.net.line(number), self.link.clone());
        Device::new(
            &name,
            number,
            dir,
            VaultRole::Phone,
            Arc::clone(&self.clock),
            self.seed,
            line,
            |dir, env, line| join_phone(dir, &passphrase(), Cost::for_tests(), &link, env, line),
        )
        .unwrap()
    }

    /// One more organisation; `publish` tells of it.
    pub fn add_organisation(
        &mut self,
        name: &str,
        kind: OrganisationKind,
        country: &str,
        origin: &[&str],
    ) -> OrganisationId {
        let country = country.parse().unwrap();
        let origin = origin.iter().map(|code| code.parse().unwrap()).collect();
        let new = NewOrganisation { name: name.into(), kind, country, origin };
        self.deployment.add_organisation(new).unwrap()
    }

    /// A desk with an invite of the organisation; nothing is synced yet.
    pub fn desk(&mut self, name: &str, role: Role) -> Device {
        self.desk_of(self.organisation, name, role)
    }

    /// The same of any organisation.
    pub fn desk_of(&mut self, organisation: OrganisationId, name: &str, role: Role) -> Device {
        let invite = self.deployment.invite(&organisation.to_string(), role).unwrap();
        self.desk_with(name, &invite).unwrap()
    }

    /// A team whose desks have all been admitted. The first one founds it and must be an admin.
    pub async fn team(&mut self, organisation: OrganisationId, desks: &[(&str, Role)]) -> Vec<Device> {
        let mut team: Vec<Device> =
            desks.iter().map(|(name, role)| self.desk_of(organisation, name, *role)).collect();
        settle(&mut team.iter_mut().collect::<Vec<_>>()).await;
        for desk in &mut team {
            assert!(desk.client().role().is_some(), "{} is not admitted", desk.name);
        }
        team
    }

    pub fn desk_with(&mut self, name: &str, invite: &str) -> Result<Device, ClientError> {
        let number = self.number();
        let (dir, line) = (self.path(&format!("desk {number}")), self.net.line(number));
        Device::new(
            name,
            number,
            dir,
            VaultRole::Desk,
            Arc::clone(&self.clock),
            self.seed,
            line,
            |dir, env, line| join_desk(dir, &passphrase(), Cost::for_tests(), invite, name, env, line),
        )
    }

    /// A case on a phone.
    pub fn file(&self, phone: &mut Client, words: &str) -> Filed {
        self.file_to(phone, self.organisation, words)
    }

    pub fn file_to(&self, phone: &mut Client, to: OrganisationId, words: &str) -> Filed {
        phone
            .file(FileRequest {
                to,
                kind: CaseKind::Grievance,
                text: text(words),
                grievances: vec![],
                situations: vec![],
                facts: Facts::default(),
                safe_contact: None,
                name: None,
            })
            .unwrap()
    }

    /// The operator's surroundings.
    pub fn operator(&self) -> Env {
        self.operator.clone()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
