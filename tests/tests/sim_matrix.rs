//! Who can decrypt what: every pair of role and log kind, for what was written before and after each grant, removal,
//! withdrawal, downgrade and recusal. Decided with the real stores on everything that the relay ever stored, not by what
//! a screen shows. The expectation is written down by hand from the design (§4 logs and clearances, §5 keys).
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::collections::BTreeMap;

use amana_client::{
    ClientError,
    ops::{FileRequest, Record},
};
use amana_domain::{
    codes::CaseKind,
    event::{AttachmentRef, Facts},
    grievance::Grievance,
    ids::{CaseId, EventId, Hash},
    person::{Person, PersonRole},
    place::Place,
    role::{LogKind, Role},
};
use amana_tests::sim::{Device, HOUR_MS, Reader, RelayStore, World, settle, simulate, text};

/// The letter of each device in the table.
const WHO: [(char, &str); 9] = [
    ('M', "the migrant"),
    ('A', "admin"),
    ('S', "supervisor"),
    ('C', "caseworker"),
    ('O', "officer"),
    ('G', "guest admin"),
    ('H', "guest caseworker"),
    ('Z', "shelter admin"),
    ('P', "another migrant"),
];

/// What happens, in this order.
const MOMENTS: [&str; 7] = [
    "filed",
    "granted",
    "withdrawn",
    "granted again",
    "supervisor moved down",
    "caseworker aside",
    "officer removed",
];

/// What the consulate is granted first, and again.
const GRANTED: [LogKind; 4] = [LogKind::Talk, LogKind::Wages, LogKind::Identity, LogKind::Medical];
const AGAIN: [LogKind; 1] = [LogKind::Talk];

/// Who decrypts what was written in a log after each moment and before the next. `1GH`: these, too, from moment 1 on:
/// whoever is let into a log reads all of it. What somebody has read once is never taken back.
#[rustfmt::skip]
const TABLE: [(LogKind, [&str; 7]); 11] = [
    // log                filed         granted    withdrawn     again      down       aside     removed
    (LogKind::Core,      ["MASCO",      "MASCO",   "MASCO",      "MASCO",   "MASCO",   "MASO",   "MAS"]),
    (LogKind::Talk,      ["MASCO 1GH",  "MASCOGH", "MASCO 3GH",  "MASCOGH", "MASCOGH", "MASOGH", "MASGH"]),
    (LogKind::Narrative, ["MASCO",      "MASCO",   "MASCO",      "MASCO",   "MASCO",   "MASO",   "MAS"]),
    (LogKind::Wages,     ["MASCO 1GH",  "MASCOGH", "MASCO",      "MASCO",   "MASCO",   "MASO",   "MAS"]),
    (LogKind::Evidence,  ["MASCO",      "MASCO",   "MASCO",      "MASCO",   "MASCO",   "MASO",   "MAS"]),
    (LogKind::Identity,  ["MASCO 1GH",  "MASCOGH", "MASCO",      "MASCO",   "MASCO",   "MASO",   "MAS"]),
    (LogKind::Location,  ["MASCO",      "MASCO",   "MASCO",      "MASCO",   "MASCO",   "MASO",   "MAS"]),
    (LogKind::Medical,   ["MAS 1G",     "MASG",    "MAS",        "MAS",     "MA",      "MA",     "MA"]),
    (LogKind::Status,    ["MAS",        "MAS",     "MAS",        "MAS",     "MA",      "MA",     "MA"]),
    (LogKind::Work,      ["ASCO",       "ASCO",    "ASCO",       "ASCO",    "ASCO",    "ASO",    "AS"]),
    (LogKind::Referral,  ["",           "MASCOGH", "",           "MASCOGH", "",        "",       ""]),
];

/// Who decrypts the consulate's own notes.
const GUEST_NOTES: &str = "GH";

struct Story {
    world: World,
    devices: BTreeMap<char, Device>,
    case: CaseId,
    /// Moment, log kind, event, who wrote it.
    written: Vec<(usize, LogKind, EventId, char)>,
    removed: Option<char>,
}

impl Story {
    async fn begin() -> Self {
        let mut world = World::with_three(3000).await;
        let [helpline, consulate, shelter] = world.organisations[..] else { panic!("three organisations") };
        let roles = [
            ("admin", Role::Admin),
            ("supervisor", Role::Supervisor),
            ("caseworker", Role::Caseworker),
            ("officer", Role::Officer),
        ];
        let mut devices: Vec<Device> = world.team(helpline, &roles).await;
        let guests = [("guest admin", Role::Admin), ("guest caseworker", Role::Caseworker)];
        devices.extend(world.team(consulate, &guests).await);
        devices.extend(world.team(shelter, &[("shelter admin", Role::Admin)]).await);
        let mut phone = world.phone();
        let case = phone
            .client()
            .file(FileRequest {
                to: helpline,
                kind: CaseKind::Grievance,
                text: text("what happened"),
                grievances: vec![],
                situations: vec![],
                facts: Facts::default(),
                safe_contact: None,
                name: None,
            })
            .unwrap()
            .case;
        let mut other = world.phone();
        world.file(other.client(), "something else");
        devices.insert(0, phone);
        devices.push(other);
        let devices = WHO.iter().map(|(letter, _)| *letter).zip(devices).collect();
        let mut story = Self { world, devices, case, written: Vec::new(), removed: None };
        story.settle().await;
        story
    }

    fn device(&mut self, who: char) -> &mut Device {
        self.devices.get_mut(&who).unwrap()
    }

    async fn settle(&mut self) {
        let removed = self.removed;
        let there = self.devices.iter_mut().filter(|(who, _)| Some(**who) != removed);
        settle(&mut there.map(|(_, device)| device).collect::<Vec<_>>()).await;
    }

    /// The migrant and a desk write something in every log that they may write in.
    async fn write_all(&mut self, moment: usize) {
        let case = self.case;
        self.world.clock.advance(HOUR_MS);
        for who in ['M', 'A'] {
            let mut wrote = Vec::new();
            let words = |what: &str| text(&format!("{what} of {who} after {}", MOMENTS[moment]));
            let client = self.device(who).client();
            wrote.push((LogKind::Talk, client.say(case, &words("message")).unwrap()));
            wrote.push((LogKind::Narrative, client.add(case, &words("addition")).unwrap()));
            for (kind, record) in records(moment, who) {
                wrote.push((kind, client.record(case, record).unwrap()));
            }
            if who == 'A' {
                wrote.push((LogKind::Work, client.note(case, &words("note")).unwrap()));
                wrote.push((LogKind::Core, client.assign(case, "admin").unwrap()));
            }
            self.written.extend(wrote.into_iter().map(|(kind, event)| (moment, kind, event, who)));
            // The other one writes on top of it.
            self.settle().await;
        }
        if allowed(TABLE[1].1[moment], 'G', moment) {
            let guest = self.device('G').client();
            let message = guest.say(case, &text("message of the consulate")).unwrap();
            let note = guest.note(case, &text("note of the consulate")).unwrap();
            self.written.push((moment, LogKind::Talk, message, 'G'));
            self.written.push((moment, LogKind::Work, note, 'G'));
            self.settle().await;
        }
    }

    /// The migrant lets the consulate in.
    async fn grant(&mut self, moment: usize, logs: &[LogKind]) {
        let (case, consulate) = (self.case, self.world.organisations[1]);
        self.device('M').client().set_origin_contact(case, true).unwrap();
        self.device('M').client().consent(case, consulate, logs, "passport", None).unwrap();
        self.settle().await;
        let answer = self.device('G').client().accept(case).unwrap();
        self.written.push((moment, LogKind::Referral, answer, 'G'));
    }

    /// Every cell of the table so far.
    fn check(&mut self, now: usize) -> usize {
        let store = RelayStore::open(self.world.folder());
        let mut wrong = Vec::new();
        let mut cells = 0;
        for (letter, name) in WHO {
            let reader = Reader::of(self.devices.get_mut(&letter).unwrap(), &store);
            for (moment, kind, event, by) in &self.written {
                let (_, row) = TABLE.iter().find(|(row, _)| row == kind).unwrap();
                let own = *kind == LogKind::Work && *by == 'G';
                let expected = allowed(if own { GUEST_NOTES } else { row[*moment] }, letter, now);
                if reader.opens(*event) != expected {
                    wrong.push(format!(
                        "{name} {} what {by} wrote in {kind} after “{}”, looked at after “{}”",
                        if expected { "does not decrypt" } else { "decrypts" },
                        MOMENTS[*moment],
                        MOMENTS[now],
                    ));
                }
                cells += 1;
            }
        }
        assert!(wrong.is_empty(), "{} of {cells} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
        cells
    }
}

/// Whether a cell names somebody, at some moment.
fn allowed(cell: &str, who: char, now: usize) -> bool {
    cell.split(' ').any(|part| {
        let since = part.chars().next().and_then(|first| first.to_digit(10)).unwrap_or(0);
        part.contains(who) && now >= since as usize
    })
}

fn records(moment: usize, who: char) -> Vec<(LogKind, Record)> {
    let words = || text(&format!("record of {who} after {}", MOMENTS[moment]));
    let file = AttachmentRef {
        hash: Hash::of(words().as_str().as_bytes()),
        size: 1,
        media_type: "image/png".into(),
        key: vec![7; 32].into(),
        cleaned: true,
        name: None,
    };
    let person =
        Person { name: Some(format!("{who} {moment}").parse().unwrap()), ..Person::new(PersonRole::Both) };
    let wage = Grievance { statement: Some(words()), ..Grievance::new("WAG.UNPAID".parse().unwrap()) };
    vec![
        (LogKind::Wages, Record::Wages(Box::new(wage))),
        (LogKind::Evidence, Record::Evidence(file)),
        (LogKind::Identity, Record::Person(Box::new(person))),
        (LogKind::Location, Record::Place(Place::new(33_890_000, 35_500_000, 30, 5).unwrap())),
        (LogKind::Medical, Record::Health(words())),
        (LogKind::Status, Record::Migration(words())),
    ]
}

#[test]
fn every_role_log_and_moment() {
    simulate(async {
        let mut story = Story::begin().await;
        let case = story.case;
        let mut cells = 0;
        for (moment, what) in MOMENTS.into_iter().enumerate() {
            match what {
                "filed" => {}
                "granted" => story.grant(moment, &GRANTED).await,
                "withdrawn" => {
                    let consulate = story.world.organisations[1];
                    story.device('M').client().withdraw_consent(case, consulate).unwrap();
                }
                "granted again" => story.grant(moment, &AGAIN).await,
                "supervisor moved down" => {
                    story.device('A').client().set_desk_role("supervisor", Role::Caseworker).unwrap();
                }
                "caseworker aside" => {
                    story.device('A').client().recuse(case, Some("caseworker")).unwrap();
                }
                "officer removed" => {
                    story.device('A').client().remove_desk("officer").unwrap();
                    story.device('A').sync().await.unwrap();
                    assert!(matches!(story.device('O').sync().await, Err(ClientError::DeviceRemoved)));
                    story.removed = Some('O');
                }
                other => panic!("{other}"),
            }
            story.settle().await;
            story.write_all(moment).await;
            cells += story.check(moment);
        }
        // Seven moments, nine devices: what was written is looked at again after each later one.
        assert!(cells > 4000, "{cells}");
    });
}
