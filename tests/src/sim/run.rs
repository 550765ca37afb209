//! One seed: a desk and some phones on a bad network, checked after every step and at the end.

use std::collections::{BTreeMap, BTreeSet};

use amana_client::{ClientError, Delivery, Report};
use amana_domain::{
    ids::CaseId,
    lifecycle::case::{CaseStatus, CloseReason, WaitingOn},
    role::{LogKind, Role},
};
use amana_server::Clock as _;
use amana_vault::VaultError;

use super::{DAY_MS, Device, Faults, HOUR_MS, Oracle, Rng, World, differences, entries, text};

/// Fewest faults of a seed.
const FAULTS: u64 = 100;
/// Fewest and most steps of a seed.
const STEPS: std::ops::Range<u32> = 120..600;
/// Most rounds until everything must be quiet after the network has healed.
const QUIET: usize = 12;

/// What a seed did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub seed: u64,
    pub faults: u64,
    pub operations: u64,
    /// Syncs that came to their end before the network healed.
    pub syncs: u64,
    pub cases: usize,
    /// A digest of every request and answer.
    pub trace: [u8; 32],
}

struct Simulation {
    world: World,
    rng: Rng,
    oracle: Oracle,
    desk: Device,
    phones: Vec<Device>,
    operations: u64,
    syncs: u64,
    garbled: bool,
}

/// Runs one seed. Panics where a promise is broken.
pub async fn run_seed(seed: u64) -> Summary {
    let mut world = World::new(seed).await;
    let mut rng = Rng::new(seed);
    let desk = world.desk("first desk", Role::Admin);
    let phones = (0..2 + rng.below(2)).map(|_| world.phone()).collect();
    // Without bit errors no alarm may sound; with them a client may well think that the relay lies.
    let garbled = seed % 4 == 3;
    world.net.set_faults(Faults { garble: if garbled { 4 } else { 0 }, ..Faults::LOSSY });
    let mut run =
        Simulation { world, rng, oracle: Oracle::default(), desk, phones, operations: 0, syncs: 0, garbled };
    let mut steps = 0;
    while steps < STEPS.start || run.world.net.wrong() < FAULTS {
        run.step().await;
        steps += 1;
        assert!(steps < STEPS.end, "too few faults");
    }
    let syncs = run.syncs;
    run.finish().await;
    Summary {
        seed,
        faults: run.world.net.wrong(),
        operations: run.operations,
        syncs,
        cases: run.oracle.cases.len(),
        trace: run.world.net.trace(),
    }
}

impl Simulation {
    async fn step(&mut self) {
        self.world.clock.advance(self.rng.draw() % (20 * 60_000));
        match self.rng.below(100) {
            0..=29 => self.phone_writes(),
            30..=49 => self.desk_writes(),
            50..=69 => {
                let at = self.rng.below(self.phones.len());
                let synced = self.phones[at].sync().await;
                self.judge(synced);
            }
            70..=87 => {
                let synced = self.desk.sync().await;
                self.judge(synced);
            }
            88..=90 => {
                let hours = self.rng.below(97) as i64 - 48;
                let at = self.rng.below(self.phones.len() + 1);
                let device = self.phones.get(at).unwrap_or(&self.desk);
                device.set_skew(hours * HOUR_MS as i64);
                self.world.net.note_fault();
            }
            91..=92 => {
                let at = self.rng.below(self.phones.len() + 1);
                let device = self.phones.get(at).unwrap_or(&self.desk).number;
                self.world.net.cut_off(device, self.world.clock.now_ms() + 7 * DAY_MS);
            }
            93 => self.world.clock.advance(DAY_MS + self.rng.draw() % (2 * DAY_MS)),
            94..=96 => {
                self.world.restart_relay().await;
                self.world.net.note_fault();
            }
            _ => {
                let at = self.rng.below(self.phones.len() + 1);
                match self.phones.get_mut(at) {
                    Some(phone) => phone.reopen(),
                    None => self.desk.reopen(),
                }
            }
        }
        self.check();
    }

    fn check(&mut self) {
        self.oracle.look_at_desk(&mut self.desk);
        for phone in &mut self.phones {
            self.oracle.look_at_phone(phone);
        }
        for phone in &mut self.phones {
            self.oracle.check_phone(phone, &self.world.net);
        }
        self.oracle.check_desk(&mut self.desk, &self.world.net);
    }

    fn judge(&mut self, synced: Result<Report, ClientError>) {
        match synced {
            Ok(report) => {
                self.syncs += 1;
                let alarm = |code: &str| matches!(code, "relay_rollback" | "relay_fork" | "relay_gap");
                let alarms: Vec<_> = report.warnings.iter().filter(|warning| alarm(warning.code)).collect();
                assert!(self.garbled || alarms.is_empty(), "false alarm: {alarms:?}");
            }
            Err(ClientError::RelayUnreachable | ClientError::RelayAnswer | ClientError::Relay(_)) => {}
            // A flipped bit may hit anything that is signed.
            Err(ClientError::RelayKeyChanged | ClientError::DirectoryInvalid | ClientError::RootChanged)
                if self.garbled => {}
            Err(error) => panic!("sync: {error} ({error:?})"),
        }
    }

    fn words(&mut self, what: &str) -> String {
        self.operations += 1;
        let tail = ["", " ‎مرحبا\u{202e}x", "\r\n\tline\u{0301} ", " 🆘🇱🇧", "\u{feff}=1+1"];
        let tail = tail[self.rng.below(tail.len())];
        let long = if self.rng.percent(5) { "long ".repeat(1000) } else { String::new() };
        format!("{what} {}{tail}{long}", self.operations)
    }

    fn phone_writes(&mut self) {
        let at = self.rng.below(self.phones.len());
        let rows = self.phones[at].client().queue(true).unwrap();
        if rows.len() < 3 && (rows.is_empty() || self.rng.percent(20)) {
            let words = self.words("case");
            let phone = &mut self.phones[at];
            let filed = self.world.file(phone.client(), &words);
            self.oracle.filed(phone, filed.case, &words);
            return;
        }
        let case = rows[self.rng.below(rows.len())].case;
        let choice = self.rng.below(40);
        let words = self.words("phone");
        let phone = &mut self.phones[at];
        let (done, said) = match choice {
            0..=19 => (phone.client().say(case, &text(&words)), Some(words)),
            20..=38 => (phone.client().add(case, &text(&words)), Some(words)),
            _ => (phone.client().withdraw(case), None),
        };
        match done {
            Ok(event) => self.oracle.wrote(phone, case, event, said.as_deref(), false),
            Err(ClientError::NotAllowed) => {}
            Err(error) => panic!("{}: {error:?}", phone.name),
        }
    }

    fn desk_writes(&mut self) {
        let rows = self.desk.client().queue(true).unwrap();
        if rows.is_empty() {
            return;
        }
        let row = &rows[self.rng.below(rows.len())];
        let case = row.case;
        // Its conversation may still be on its way when its `core` is here: then there is nowhere to write.
        let half = !row.readable_logs.contains(&LogKind::Talk);
        let choice = self.rng.below(40);
        let reason = self.rng.percent(50).then_some(CloseReason::Remedied);
        let words = self.words("desk");
        let desk = &mut self.desk;
        let (done, said) = match choice {
            0..=9 => {
                let view = desk.client().show(case).unwrap();
                self.oracle.opened(&view);
                return;
            }
            10..=19 => (desk.client().say(case, &text(&words)), Some(words)),
            20..=24 => (desk.client().note(case, &text(&words)), Some(words)),
            25..=28 => (desk.client().assign(case, "first desk"), None),
            _ => {
                let states = [
                    CaseStatus::Triaged,
                    CaseStatus::Assigned,
                    CaseStatus::ActionPlan,
                    CaseStatus::Waiting,
                    CaseStatus::Resolved,
                    CaseStatus::Closed,
                    CaseStatus::Reopened,
                ];
                let to = states[self.rng.below(states.len())];
                let waiting = (to == CaseStatus::Waiting).then_some(WaitingOn::Employer);
                let reason = if to == CaseStatus::Closed { reason } else { None };
                (desk.client().set_status(case, to, waiting, reason, None), None)
            }
        };
        match done {
            Ok(event) => {
                let internal = (20..=24).contains(&choice);
                self.oracle.wrote(desk, case, event, said.as_deref(), internal);
            }
            Err(ClientError::NotAllowed | ClientError::ReasonRequired) => {}
            Err(ClientError::LogNotHereYet | ClientError::NotFound) if half => {}
            Err(error) => panic!("desk: {error:?}"),
        }
    }

    async fn quiet(&mut self) {
        let mut still = 0;
        for _ in 0..QUIET {
            let mut moved = 0;
            for device in self.phones.iter_mut().chain([&mut self.desk]) {
                let report = device.sync().await;
                let report =
                    report.unwrap_or_else(|error| panic!("{} after healing: {error:?}", device.name));
                moved += report.pushed + report.pulled;
                assert!(
                    report.warnings.iter().all(|warning| warning.code != "event_refused"),
                    "{}: {:?}",
                    device.name,
                    report.warnings
                );
            }
            // Twice: a desk that founds its team moves nothing, and lets the phones go on.
            still = if moved == 0 { still + 1 } else { 0 };
            if still == 2 {
                return;
            }
        }
        panic!("never quiet");
    }

    async fn finish(&mut self) {
        self.world.net.heal();
        self.quiet().await;
        self.check();
        let at_desk: BTreeMap<CaseId, _> =
            self.desk.client().queue(true).unwrap().into_iter().map(|view| (view.case, view)).collect();
        let filed: BTreeSet<CaseId> = self.oracle.cases.keys().copied().collect();
        assert_eq!(at_desk.keys().copied().collect::<BTreeSet<_>>(), filed, "cases at the desk");
        for phone in &mut self.phones {
            for row in phone.client().queue(true).unwrap() {
                let view = phone.client().show(row.case).unwrap();
                let desk = &at_desk[&view.case];
                self.oracle.check_complete(&view, false);
                self.oracle.check_complete(desk, true);
                assert_eq!(differences(&view, desk), Vec::<String>::new(), "{}", view.number);
                assert!(view.delivery >= Delivery::Received, "{} {:?}", view.number, view.delivery);
                for entry in entries(&view).chain(&desk.messages) {
                    assert!(entry.delivery >= Delivery::Received, "{entry:?}");
                }
            }
        }
        let desk = self.desk.number;
        for device in self.phones.iter_mut().chain([&mut self.desk]) {
            let report = device.client().verify().unwrap();
            assert_eq!(report.problems, [], "{}", device.name);
            let held: BTreeSet<_> = device.blobs().into_keys().collect();
            let (cases, pending) = device.with_vault(|vault| {
                vault.read(|tx| Ok::<_, VaultError>((tx.case_ids()?, tx.pending()?))).unwrap()
            });
            assert_eq!(pending, [], "{}", device.name);
            for done in self.oracle.acknowledged.iter().filter(|done| cases.contains(&done.case)) {
                let expected = !done.internal || device.number == desk;
                assert_eq!(held.contains(&done.event), expected, "{done:?} on {}", device.name);
            }
        }
    }
}
