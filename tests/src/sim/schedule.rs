//! A random schedule: three organisations with six desks and ten phones do everything that can be done, over a bad
//! network; at the end all replicas agree, nothing is lost, and nobody decrypts what is not theirs.

use std::collections::{BTreeMap, BTreeSet};

use amana_client::{CaseView, ClientError, Report, VaultRole, ops::Record};
use amana_domain::{
    event::AttachmentRef,
    grievance::Grievance,
    ids::{CaseId, DeviceId, EventId, Hash, OrganisationId},
    lifecycle::case::{CaseStatus, CloseReason, WaitingOn},
    place::Place,
    priority::Priority,
    role::{Clearance, LogKind, Role},
};
use amana_server::Clock as _;

use super::{DAY_MS, Device, Faults, Rng, World, settle, text};

/// Phones.
const PHONES: usize = 10;
/// Most desks that join while it goes on.
const JOINERS: usize = 6;
/// What a migrant may consent to.
const SHARED: [LogKind; 6] = [
    LogKind::Talk,
    LogKind::Narrative,
    LogKind::Wages,
    LogKind::Evidence,
    LogKind::Location,
    LogKind::Medical,
];

/// Something that was written, and what its author knew then.
#[derive(Clone, Debug)]
pub struct Written {
    pub case: CaseId,
    pub event: EventId,
    pub kind: LogKind,
    /// The author's organisation; none for the migrant.
    pub by: Option<OrganisationId>,
    /// When, as a number of operations.
    pub at: u64,
    /// The newest roster that the author knew of each organisation.
    pub rosters: BTreeMap<OrganisationId, u64>,
    /// Organisations that the author knew to be out, and how many consents to each had come to the author.
    pub out: BTreeMap<OrganisationId, usize>,
    /// Devices that the author knew to stand aside.
    pub aside: BTreeSet<DeviceId>,
}

/// A change of who is in a team.
#[derive(Clone, Debug)]
pub struct Left {
    pub organisation: OrganisationId,
    pub device: DeviceId,
    /// The first roster without it.
    pub roster: u64,
}

/// Logs of each grant, with the number of operations before it.
pub type Grants = Vec<(u64, BTreeSet<LogKind>)>;

/// What happened.
pub struct Schedule {
    pub world: World,
    rng: Rng,
    pub phones: Vec<Device>,
    pub desks: Vec<Device>,
    /// Desks that were removed; their vaults are still there.
    pub gone: Vec<Device>,
    pub written: Vec<Written>,
    pub left: Vec<Left>,
    /// What was ever consented to, and when.
    pub granted: BTreeMap<(CaseId, OrganisationId), Grants>,
    /// Who owns a case, and whose phone it is on.
    pub cases: BTreeMap<CaseId, (OrganisationId, usize)>,
    pub operations: u64,
    pub done: BTreeMap<&'static str, u64>,
    joined: usize,
}

/// What a client may answer to an operation that is not possible now.
fn is_answer(error: &ClientError) -> bool {
    !matches!(error, ClientError::Internal(_) | ClientError::Vault(_) | ClientError::RelayKeyChanged)
}

impl Schedule {
    /// Teams are founded, phones have joined; from then on the network is bad.
    pub async fn new(seed: u64) -> Self {
        let mut world = World::with_three(seed).await;
        let [helpline, consulate, shelter] = world.organisations[..] else { panic!("three") };
        let team = [("h-admin", Role::Admin), ("h-second", Role::Supervisor), ("h-third", Role::Caseworker)];
        let mut desks = world.team(helpline, &team).await;
        desks.extend(world.team(consulate, &[("c-admin", Role::Admin), ("c-second", Role::Officer)]).await);
        desks.extend(world.team(shelter, &[("s-admin", Role::Admin)]).await);
        let phones = (0..PHONES).map(|_| world.phone()).collect();
        world.net.set_faults(Faults::LOSSY);
        Self {
            rng: Rng::new(seed),
            world,
            phones,
            desks,
            gone: Vec::new(),
            written: Vec::new(),
            left: Vec::new(),
            granted: BTreeMap::new(),
            cases: BTreeMap::new(),
            operations: 0,
            done: BTreeMap::new(),
            joined: 0,
        }
    }

    /// One operation of somebody.
    pub async fn step(&mut self) {
        self.operations += 1;
        let wait = self.rng.draw() % (10 * 60_000);
        self.world.clock.advance(wait);
        match self.rng.below(1000) {
            0..=329 => self.phone_writes(),
            330..=599 => self.desk_writes(),
            600..=769 => {
                let at = self.rng.below(self.phones.len());
                let synced = self.phones[at].sync().await;
                self.judge(synced);
            }
            770..=939 => {
                let at = self.rng.below(self.desks.len());
                let synced = self.desks[at].sync().await;
                self.judge(synced);
                self.notice_removal(at);
            }
            940..=949 => {
                let at = self.rng.below(self.phones.len() + self.desks.len());
                let hours = 1 + self.rng.draw() % 72;
                let until = self.world.clock.now_ms() + hours * 3_600_000;
                let number = self.device(at).number;
                self.world.net.cut_off(number, until);
            }
            950..=969 => {
                let at = self.rng.below(self.phones.len() + self.desks.len());
                self.device(at).reopen();
            }
            970..=984 => {
                self.world.restart_relay().await;
                self.count("restart");
            }
            985..=991 => self.remove_somebody(),
            _ => self.let_somebody_join(),
        }
    }

    fn device(&mut self, at: usize) -> &mut Device {
        let phones = self.phones.len();
        if at < phones { &mut self.phones[at] } else { &mut self.desks[at - phones] }
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn judge(&mut self, synced: Result<Report, ClientError>) {
        match synced {
            Ok(report) => {
                self.count("sync");
                let alarm = |code: &str| matches!(code, "relay_rollback" | "relay_fork");
                let alarms: Vec<_> = report.warnings.iter().filter(|warning| alarm(warning.code)).collect();
                assert!(alarms.is_empty(), "false alarm after {}: {alarms:?}", self.operations);
            }
            Err(
                ClientError::RelayUnreachable
                | ClientError::RelayAnswer
                | ClientError::Relay(_)
                | ClientError::DeviceRemoved,
            ) => {}
            Err(error) => panic!("sync after {}: {error:?}", self.operations),
        }
    }

    /// A desk that no roster lists any more is put aside, with everything it holds.
    fn notice_removal(&mut self, at: usize) {
        let removed = {
            let client = self.desks[at].client();
            let (organisation, device) = {
                let desk = client.desk().unwrap();
                (desk.organisation, desk.device())
            };
            let chain = client.trust().chain(organisation);
            client.role().is_none()
                && chain.after(0).iter().any(|roster| roster.body().role_of(&device).is_some())
        };
        if removed {
            let desk = self.desks.remove(at);
            self.gone.push(desk);
        }
    }

    fn remove_somebody(&mut self) {
        let at = self.rng.below(self.desks.len());
        if self.desks[at].client().role() != Some(Role::Admin) {
            return;
        }
        let own = self.desks[at].client().desk().unwrap().device();
        let (_, team) = self.desks[at].client().team().unwrap();
        let others: Vec<_> = team.into_iter().filter(|entry| entry.device != own).collect();
        // A team keeps two: who is alone in it cannot show that others agree.
        if others.len() < 2 {
            return;
        }
        let who = &others[self.rng.below(others.len())];
        if self.desks[at].client().remove_desk(&who.device.to_string()).is_ok() {
            self.count("remove");
        }
    }

    fn let_somebody_join(&mut self) {
        if self.joined >= JOINERS {
            return;
        }
        self.joined += 1;
        let organisations = [0, 0, 0, 1, 2].map(|at| self.world.organisations[at]);
        let organisation = organisations[self.rng.below(organisations.len())];
        let roles = [Role::Caseworker, Role::Officer, Role::Supervisor, Role::Admin];
        let role = roles[self.rng.below(roles.len())];
        let desk = self.world.desk_of(organisation, &format!("joiner {}", self.joined), role);
        self.desks.push(desk);
        self.count("join");
    }

    fn words(&mut self, who: &str) -> amana_domain::text::CaseText {
        text(&format!("{who} {}", self.operations))
    }

    fn phone_writes(&mut self) {
        let at = self.rng.below(self.phones.len());
        let rows = self.phones[at].client().queue(true).unwrap();
        if rows.is_empty() || (rows.len() < 2 && self.rng.percent(2)) {
            let owners = [0, 0, 0, 0, 0, 0, 1, 2].map(|at| self.world.organisations[at]);
            let owner = owners[self.rng.below(owners.len())];
            let words = format!("case {}", self.operations);
            let filed = self.world.file_to(self.phones[at].client(), owner, &words);
            self.cases.insert(filed.case, (owner, at));
            self.count("file");
            return;
        }
        let case = rows[self.rng.below(rows.len())].case;
        let owner = self.cases[&case].0;
        let words = self.words("phone");
        let choice = self.rng.below(100);
        let others: Vec<OrganisationId> =
            self.world.organisations.iter().copied().filter(|other| *other != owner).collect();
        let to = others[self.rng.below(others.len())];
        let knows = self.knowledge(true, at, case);
        let client = self.phones[at].client();
        match choice {
            0..=49 => {
                let said = client.say(case, &words);
                self.wrote("say", knows, case, LogKind::Talk, None, said);
            }
            50..=69 => {
                let added = client.add(case, &words);
                self.wrote("add", knows, case, LogKind::Narrative, None, added);
            }
            70..=81 => {
                let (kind, record) = self.record();
                let recorded = self.phones[at].client().record(case, record);
                self.wrote("record", knows, case, kind, None, recorded);
            }
            82..=90 => {
                let logs: Vec<LogKind> = SHARED.into_iter().filter(|_| self.rng.percent(50)).collect();
                let client = self.phones[at].client();
                let _allowed = client.set_origin_contact(case, true);
                if client.consent(case, to, &logs, "help", None).is_ok() {
                    let granted = self.granted.entry((case, to)).or_default();
                    granted.push((self.operations, logs.into_iter().collect()));
                    self.count("consent");
                }
            }
            91..=95 => match client.withdraw_consent(case, to) {
                Ok(_) => self.count("withdraw consent"),
                Err(error) => assert!(is_answer(&error), "{error:?}"),
            },
            96..=97 => match client.decline(case, to) {
                Ok(_) => self.count("decline"),
                Err(error) => assert!(is_answer(&error), "{error:?}"),
            },
            98 => match client.withdraw(case) {
                Ok(_) => self.count("withdraw"),
                Err(error) => assert!(is_answer(&error), "{error:?}"),
            },
            _ => {
                let _seen = client.show(case).unwrap();
            }
        }
    }

    fn record(&mut self) -> (LogKind, Record) {
        let words = self.words("record");
        match self.rng.below(4) {
            0 => {
                let wage =
                    Grievance { statement: Some(words), ..Grievance::new("WAG.UNPAID".parse().unwrap()) };
                (LogKind::Wages, Record::Wages(Box::new(wage)))
            }
            1 => {
                let file = AttachmentRef {
                    hash: Hash::of(words.as_str().as_bytes()),
                    size: 1,
                    media_type: "image/png".into(),
                    key: vec![1; 32].into(),
                    cleaned: true,
                    name: None,
                };
                (LogKind::Evidence, Record::Evidence(file))
            }
            2 => (LogKind::Location, Record::Place(Place::new(1_000_000, 2_000_000, 10, 1).unwrap())),
            _ => (LogKind::Medical, Record::Health(words)),
        }
    }

    fn desk_writes(&mut self) {
        let at = self.rng.below(self.desks.len());
        if self.desks[at].client().role().is_none() {
            return;
        }
        let rows = self.desks[at].client().queue(true).unwrap();
        if rows.is_empty() {
            return;
        }
        let case = rows[self.rng.below(rows.len())].case;
        let other = rows[self.rng.below(rows.len())].case;
        let organisation = self.desks[at].client().desk().unwrap().organisation;
        let words = self.words("desk");
        let choice = self.rng.below(100);
        let team = self.desks[at].client().team().unwrap().1;
        let names: Vec<String> = team.into_iter().filter_map(|entry| entry.name).collect();
        let name = self.rng.pick(&names).cloned().unwrap_or_default();
        let to = self.world.organisations[self.rng.below(3)];
        let knows = self.knowledge(false, at, case);
        let by = Some(organisation);
        let (kind, record) = self.record();
        let logs: Vec<LogKind> = SHARED.into_iter().filter(|_| self.rng.percent(50)).collect();
        let states = [
            CaseStatus::Triaged,
            CaseStatus::ActionPlan,
            CaseStatus::Waiting,
            CaseStatus::Resolved,
            CaseStatus::Closed,
            CaseStatus::Reopened,
        ];
        let state = states[self.rng.below(states.len())];
        let urgent = self.rng.percent(30);
        let client = self.desks[at].client();
        let (what, kind, done) = match choice {
            0..=29 => ("say", LogKind::Talk, client.say(case, &words)),
            30..=44 => ("note", LogKind::Work, client.note(case, &words)),
            45..=52 => ("add", LogKind::Narrative, client.add(case, &words)),
            53..=60 => ("record", kind, client.record(case, record)),
            61..=66 => ("assign", LogKind::Core, client.assign(case, &name)),
            67..=76 => {
                let waiting = (state == CaseStatus::Waiting).then_some(WaitingOn::Employer);
                let reason = (state == CaseStatus::Closed).then_some(CloseReason::Remedied);
                ("status", LogKind::Core, client.set_status(case, state, waiting, reason, None))
            }
            77..=80 => {
                let to = if urgent { Priority::P1 } else { Priority::P3 };
                ("priority", LogKind::Core, client.set_priority(case, to, "as it looks"))
            }
            81..=85 => ("refer", LogKind::Core, client.refer(case, to, &logs, "help", None)),
            86..=90 => ("accept", LogKind::Referral, client.accept(case)),
            91 => ("reject", LogKind::Referral, client.reject(case, "no room")),
            92 => ("done", LogKind::Referral, client.done(case)),
            93 => ("revoke", LogKind::Core, client.revoke_referral(case, to)),
            94 => ("merge", LogKind::Core, client.merge(case, other)),
            95 if urgent => ("recuse", LogKind::Core, client.recuse(case, Some(&name))),
            _ => {
                let _seen = client.show(case);
                return;
            }
        };
        self.wrote(what, knows, case, kind, by, done);
    }

    /// What a device knows before it writes.
    fn knowledge(&mut self, phone: bool, at: usize, case: CaseId) -> Option<Written> {
        let organisations = self.world.organisations.clone();
        let client = if phone { self.phones[at].client() } else { self.desks[at].client() };
        let rosters = organisations
            .iter()
            .map(|organisation| {
                let known = client.trust().roster(*organisation);
                (*organisation, known.map_or(0, |roster| roster.body().n))
            })
            .collect();
        let view: CaseView = client.queue(true).unwrap().into_iter().find(|view| view.case == case)?;
        let out = organisations
            .into_iter()
            .filter_map(|organisation| {
                let consents: Vec<_> =
                    view.consents.iter().filter(|consent| consent.organisation == organisation).collect();
                let ended = consents.iter().all(|consent| consent.state == "withdrawn");
                (ended && !consents.is_empty()).then_some((organisation, consents.len()))
            })
            .collect();
        Some(Written {
            case,
            event: EventId::from_bytes([0; 32]),
            kind: LogKind::Core,
            by: None,
            at: 0,
            rosters,
            out,
            aside: view.recused.iter().copied().collect(),
        })
    }

    fn wrote(
        &mut self,
        what: &'static str,
        knows: Option<Written>,
        case: CaseId,
        kind: LogKind,
        by: Option<OrganisationId>,
        done: Result<EventId, ClientError>,
    ) {
        match done {
            Ok(event) => {
                self.count(what);
                if let Some(knows) = knows {
                    self.written.push(Written { case, event, kind, by, at: self.operations, ..knows });
                }
            }
            Err(error) => assert!(is_answer(&error), "{what} after {}: {error:?}", self.operations),
        }
    }

    /// The network heals; everybody syncs until nothing moves.
    pub async fn heal(&mut self) {
        self.world.net.heal();
        self.world.clock.advance(DAY_MS);
        // Removed desks learn of it.
        for _ in 0..3 {
            for at in (0..self.desks.len()).rev() {
                let synced = self.desks[at].sync().await;
                self.judge(synced);
                self.notice_removal(at);
            }
        }
        settle(&mut self.phones.iter_mut().chain(&mut self.desks).collect::<Vec<_>>()).await;
        for organisation in self.world.organisations.clone() {
            let chain = self.phones[0].client().trust().chain(organisation);
            for pair in chain.after(0).windows(2) {
                let (before, after) = (pair[0].body(), pair[1].body());
                let gone = before.devices.iter().filter(|entry| after.role_of(&entry.device).is_none());
                let roster = after.n;
                self.left.extend(gone.map(|entry| Left { organisation, device: entry.device, roster }));
            }
        }
    }

    /// Every device with what it may hold: whether it is a phone, its organisation, its id, its clearances.
    pub fn devices(&mut self) -> impl Iterator<Item = &mut Device> {
        self.phones.iter_mut().chain(&mut self.desks).chain(&mut self.gone)
    }
}

/// Who a desk is: organisation, device, the clearances of its invite.
pub fn identity(device: &mut Device) -> Option<(OrganisationId, DeviceId, &'static [Clearance])> {
    (device.role == VaultRole::Desk).then(|| {
        let clearances = device.client().invited_role().unwrap().clearances();
        let desk = device.client().desk().unwrap();
        (desk.organisation, desk.device(), clearances)
    })
}
