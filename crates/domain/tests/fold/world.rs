//! Organisations with rosters and devices, a migrant, and logs of events: everything deterministic, with a signature
//! scheme that is no secret but still refuses changed bytes.

use std::collections::{BTreeMap, BTreeSet};

use amana_domain::{
    codes::CaseKind,
    event::{
        AuthenticEvent, Body, CaseRoot, Consent, ConsentWithdraw, Draft, Event, Facts, Genesis, MemberAdd,
        MemberRemove, MessageText, Opening, RosterRef, StatusSet, Withdrawal,
    },
    fold::{FoldError, LogFold, Reason, RosterBook, RosterFacts, Verdict, fold},
    ids::{DeploymentId, DeviceId, EventId, Hash, LogId, OrganisationId, Signature, VerifyKey, sha256},
    lifecycle::case::{CaseStatus, CloseReason, WaitingOn},
    role::{LogKind, Role},
    signed::{Signed, Verifier},
};

/// "Signs" with the public key: two hashes over key and message.
pub fn sign(key: &VerifyKey, message: &[u8]) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&sha256(&[b"one", key.as_bytes(), message]));
    bytes[32..].copy_from_slice(&sha256(&[b"two", key.as_bytes(), message]));
    Signature::from_bytes(bytes)
}

pub struct TestVerifier;
impl Verifier for TestVerifier {
    fn verify(&self, key: &VerifyKey, message: &[u8], signature: &Signature) -> bool {
        sign(key, message) == *signature
    }
}

/// Somebody who writes: a migrant or a device of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor {
    pub key: VerifyKey,
    pub organisation: Option<OrganisationId>,
}

impl Actor {
    pub fn device(&self) -> DeviceId {
        DeviceId::from_key(&self.key)
    }
}

pub fn organisation(n: u8) -> OrganisationId {
    OrganisationId::from_root(&VerifyKey::from_bytes([n; 32]))
}

pub fn device(organisation_number: u8, n: u8) -> Actor {
    let mut key = [organisation_number; 32];
    key[0] = n;
    Actor { key: VerifyKey::from_bytes(key), organisation: Some(organisation(organisation_number)) }
}

/// The owner's organisation and two others.
pub const OWNER: u8 = 1;
pub const OTHER: u8 = 2;
pub const THIRD: u8 = 3;

pub fn migrant() -> Actor {
    Actor { key: VerifyKey::from_bytes([200; 32]), organisation: None }
}
pub fn caseworker() -> Actor {
    device(OWNER, 10)
}
pub fn colleague() -> Actor {
    device(OWNER, 11)
}
pub fn supervisor() -> Actor {
    device(OWNER, 12)
}
pub fn admin() -> Actor {
    device(OWNER, 13)
}
/// The other organisation's.
pub fn guest() -> Actor {
    device(OTHER, 20)
}
pub fn guest_supervisor() -> Actor {
    device(OTHER, 21)
}

pub const KEM: [u8; 1216] = [7; 1216];

pub fn root_of(nonce: u8) -> CaseRoot {
    CaseRoot {
        deployment: DeploymentId::from_root(&VerifyKey::from_bytes([99; 32])),
        sign: migrant().key,
        kem: Hash::of(&KEM),
        owner: organisation(OWNER),
        nonce: [nonce; 16],
    }
}

pub fn genesis_body(root: Vec<u8>, kind: LogKind, with: Option<OrganisationId>) -> Genesis {
    Genesis {
        root,
        log: kind,
        n: 0,
        nonce: [5; 16],
        phone: VerifyKey::from_bytes([201; 32]),
        with,
        opening: (kind == LogKind::Core).then(|| Opening {
            kem: KEM.to_vec(),
            kind: CaseKind::Grievance,
            grievances: vec!["WAG.UNPAID".parse().unwrap()],
            situations: vec![],
            facts: Facts { language: Some("ne".parse().unwrap()), ..Facts::default() },
            safe_contact: None,
            logs: vec![],
            entered_by: None,
        }),
        narrative: None,
        message: None,
    }
}

/// One log, everything ever written to it, and the rosters.
#[derive(Clone)]
pub struct Scene {
    pub book: RosterBook,
    pub root: CaseRoot,
    pub log: LogId,
    pub genesis: EventId,
    pub events: Vec<AuthenticEvent>,
    tips: BTreeMap<VerifyKey, (u64, EventId)>,
    now: u64,
}

/// The rosters that every scene starts with: all devices above, in roster 1 of their organisation.
pub fn first_rosters() -> RosterBook {
    let mut book = RosterBook::default();
    add_roster(
        &mut book,
        OWNER,
        &[
            (caseworker(), Role::Caseworker),
            (colleague(), Role::Officer),
            (supervisor(), Role::Supervisor),
            (admin(), Role::Admin),
        ],
    );
    add_roster(&mut book, OTHER, &[(guest(), Role::Caseworker), (guest_supervisor(), Role::Supervisor)]);
    add_roster(&mut book, THIRD, &[(device(THIRD, 30), Role::Admin)]);
    book
}

/// Adds the next roster of an organisation; returns its number.
pub fn add_roster(book: &mut RosterBook, number: u8, devices: &[(Actor, Role)]) -> u64 {
    let organisation = organisation(number);
    let n = book.newest(organisation).map_or(1, |(n, _)| n + 1);
    let facts = RosterFacts {
        hash: Hash::of(format!("roster {number} {n}").as_bytes()),
        devices: devices.iter().map(|(actor, role)| (actor.device(), *role)).collect(),
    };
    book.insert(organisation, n, facts);
    n
}

impl Scene {
    pub fn core() -> Self {
        Self::open(LogKind::Core, migrant(), None)
    }

    pub fn open(kind: LogKind, by: Actor, with: Option<u8>) -> Self {
        Self::open_with(kind, by, with, |_| {}).0
    }

    /// Opens a log with a genesis that `change` may spoil. The fold is not looked at.
    pub fn open_with(
        kind: LogKind,
        by: Actor,
        with: Option<u8>,
        change: impl FnOnce(&mut Draft),
    ) -> (Self, EventId) {
        let book = first_rosters();
        let root = root_of(1);
        let mut draft = Draft {
            deployment: root.deployment,
            case: root.case().unwrap(),
            log: None,
            epoch: None,
            author: by.key,
            seq: 0,
            prev: None,
            heads: vec![],
            roster: newest(&book, by.organisation.unwrap_or(root.owner)),
            claimed_ms: 1_000,
            body: Body::Genesis(genesis_body(root.to_bytes().unwrap(), kind, with.map(organisation))),
        };
        change(&mut draft);
        let event = signed(draft);
        let id = event.id();
        let mut scene = Self {
            book,
            root,
            log: event.event().log(),
            genesis: id,
            events: vec![],
            tips: BTreeMap::new(),
            now: 1_000,
        };
        scene.push(event);
        (scene, id)
    }

    pub fn push(&mut self, event: AuthenticEvent) {
        self.tips.insert(event.event().author, (event.event().seq, event.id()));
        self.events.push(event);
    }

    /// A draft by somebody who had seen these events besides her own.
    pub fn draft(&self, by: Actor, heads: &[EventId], body: Body) -> Draft {
        let tip = self.tips.get(&by.key).copied();
        Draft {
            deployment: self.root.deployment,
            case: self.root.case().unwrap(),
            log: Some(self.log),
            epoch: None,
            author: by.key,
            seq: tip.map_or(0, |(seq, _)| seq + 1),
            prev: tip.map(|(_, id)| id),
            heads: heads.to_vec(),
            roster: newest(&self.book, by.organisation.unwrap_or(self.root.owner)),
            claimed_ms: self.now + 10,
            body,
        }
    }

    pub fn write(&mut self, by: Actor, heads: &[EventId], body: Body) -> EventId {
        self.write_with(by, heads, body, |_| {})
    }

    pub fn write_with(
        &mut self,
        by: Actor,
        heads: &[EventId],
        body: Body,
        change: impl FnOnce(&mut Draft),
    ) -> EventId {
        let mut draft = self.draft(by, heads, body);
        self.now += 10;
        change(&mut draft);
        let event = signed(draft);
        let id = event.id();
        self.push(event);
        id
    }

    /// Writes on top of everything that counts.
    pub fn next(&mut self, by: Actor, body: Body) -> EventId {
        let heads = self.fold().heads_to_name();
        self.write(by, &heads, body)
    }

    pub fn roster(&mut self, number: u8, devices: &[(Actor, Role)]) -> u64 {
        add_roster(&mut self.book, number, devices)
    }

    pub fn try_fold(&self) -> Result<LogFold, FoldError> {
        fold(self.log, &self.events, &self.book)
    }

    pub fn fold(&self) -> LogFold {
        self.try_fold().unwrap()
    }

    pub fn verdict(&self, id: EventId) -> Verdict {
        self.fold().verdicts[&id]
    }

    #[track_caller]
    pub fn assert_applied(&self, id: EventId) {
        assert_eq!(self.verdict(id), Verdict::Applied);
    }

    #[track_caller]
    pub fn assert_refused(&self, id: EventId, reason: Reason) {
        assert_eq!(self.verdict(id), Verdict::Refused(reason));
    }
}

pub fn newest(book: &RosterBook, organisation: OrganisationId) -> RosterRef {
    book.newest(organisation)
        .map_or(RosterRef::none(organisation), |(n, facts)| roster_ref(organisation, n, facts))
}

fn roster_ref(organisation: OrganisationId, n: u64, facts: &RosterFacts) -> RosterRef {
    RosterRef(organisation, n, facts.hash)
}

pub fn roster_at(book: &RosterBook, number: u8, n: u64) -> RosterRef {
    let organisation = organisation(number);
    roster_ref(organisation, n, book.get(organisation, n).unwrap())
}

/// Signs, and reads back what went over the wire.
pub fn signed(draft: Draft) -> AuthenticEvent {
    let key = draft.author;
    let made = draft.sign(|message| sign(&key, message)).unwrap();
    let read = AuthenticEvent::read(&made.to_content(), &TestVerifier).unwrap();
    assert_eq!(read, made);
    read
}

pub fn say(text: &str) -> Body {
    Body::Message(MessageText { text: text.to_owned(), language: None })
}

pub fn status(to: CaseStatus) -> Body {
    let waiting_on = (to == CaseStatus::Waiting).then_some(WaitingOn::Employer);
    let reason = (to == CaseStatus::Closed).then_some(CloseReason::Remedied);
    Body::StatusSet(StatusSet { to, waiting_on, reason, note: None, seen: vec![] })
}

pub fn consent(scene: &Scene, to: u8, logs: &[LogKind], nonce: u8) -> Signed<Consent> {
    let root = &scene.root;
    let body = Consent {
        deployment: root.deployment,
        case: root.case().unwrap(),
        key: root.sign,
        organisation: organisation(to),
        logs: logs.to_vec(),
        purpose: "advice".into(),
        until: None,
        nonce: [nonce; 16],
    };
    let key = body.key;
    Signed::make(body, |message| sign(&key, message)).unwrap()
}

pub fn withdraw(scene: &Scene, to: u8, named: Option<Hash>) -> Body {
    let root = &scene.root;
    let body = Withdrawal {
        deployment: root.deployment,
        case: root.case().unwrap(),
        key: root.sign,
        organisation: organisation(to),
        consent: named,
    };
    let key = body.key;
    Body::ConsentWithdraw(ConsentWithdraw {
        statement: Signed::make(body, |message| sign(&key, message)).unwrap(),
    })
}

pub fn add(number: u8, statement: Option<Signed<Consent>>) -> Body {
    Body::MemberAdd(MemberAdd { organisation: organisation(number), statement, generation: None })
}

pub fn remove(number: u8) -> Body {
    Body::MemberRemove(MemberRemove { organisation: organisation(number) })
}

/// Strictly before, by walking the parents: what the fold's graph must agree with.
pub fn pasts(events: &[AuthenticEvent]) -> BTreeMap<EventId, BTreeSet<EventId>> {
    let by_id: BTreeMap<EventId, &Event> = events.iter().map(|event| (event.id(), event.event())).collect();
    by_id
        .keys()
        .map(|id| {
            let mut past = BTreeSet::new();
            let mut open: Vec<EventId> = by_id[id].parents().copied().collect();
            while let Some(parent) = open.pop() {
                if past.insert(parent)
                    && let Some(event) = by_id.get(&parent)
                {
                    open.extend(event.parents().copied());
                }
            }
            (*id, past)
        })
        .collect()
}
