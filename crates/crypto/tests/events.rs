//! Events with real signatures: one of every kind, frozen; every flipped bit and every malformed header refused.
//!
//! `tests/vectors/events-v1.json` is made with `AMANA_FREEZE=1`, which adds kinds that are not in it yet and changes
//! nothing else.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod common;

use amana_crypto::{Seed, SigningKey, StrictVerifier};
use amana_domain::{
    canonical,
    codes::CaseKind,
    event::*,
    grievance::Grievance,
    ids::{CaseId, DeploymentId, DeviceId, EpochId, EventId, Hash, LogId, MailboxId, OrganisationId, sha256},
    lifecycle::{
        case::{CaseStatus, CloseReason, WaitingOn},
        emergency::EmergencyState,
    },
    person::{Person, PersonRole},
    place::Place,
    priority::{Priority, PriorityFloor, PriorityOverride},
    role::{Clearance, LogKind},
    safe_contact::SafeContact,
    signed::{Signable, Signed},
    task::{About, Task},
};
use ciborium::Value;
use common::{bytes, list, path, read, text};
use proptest::prelude::*;
use serde_bytes::ByteBuf;
use serde_json::json;

const FILE: &str = "vectors/events-v1.json";

fn migrant() -> SigningKey {
    SigningKey::from_seed(&Seed::from_bytes([0x11; 32]))
}
fn desk() -> SigningKey {
    SigningKey::from_seed(&Seed::from_bytes([0x22; 32]))
}
fn organisation(n: u8) -> OrganisationId {
    OrganisationId::from_slice(&[n; 16]).unwrap()
}
fn event_id(n: u8) -> EventId {
    EventId::from_bytes([n; 32])
}
fn other_case() -> CaseId {
    CaseId::from_root_bytes(b"another")
}
fn root() -> CaseRoot {
    CaseRoot {
        deployment: DeploymentId::from_hash(&[0x33; 32]),
        sign: migrant().verify_key(),
        kem: Hash::of(&[7; 1216]),
        owner: organisation(1),
        nonce: [9; 16],
    }
}
fn by_migrant<T: Signable>(body: T) -> Signed<T> {
    Signed::make(body, |message| migrant().sign(message)).unwrap()
}
fn consent() -> Signed<Consent> {
    let root = root();
    by_migrant(Consent {
        deployment: root.deployment,
        case: root.case().unwrap(),
        key: root.sign,
        organisation: organisation(2),
        logs: vec![LogKind::Wages, LogKind::Talk],
        purpose: "legal aid".into(),
        until: Some(1_800_000_000_000),
        nonce: [4; 16],
    })
}
fn log_ref() -> LogRef {
    LogRef {
        kind: LogKind::Wages,
        n: 0,
        log: LogId::from_bytes([5; 32]),
        mailbox: MailboxId::from_bytes([6; 16]),
    }
}
fn wrap() -> Wrap {
    Wrap {
        organisation: Some(organisation(1)),
        device: None,
        clearance: Some(Clearance::Need),
        generation: 3,
        wrap: ByteBuf::from([8; 40]),
    }
}
fn plan() -> SafeContact {
    let json = br#"{"channels":[{"channel":"sms","address":"+97433000000","hours":"21:00-22:00"}],"code_word":"jasmine"}"#;
    SafeContact::parse_json(json).unwrap()
}

/// One body of every kind.
fn body(kind: &EventKind) -> Body {
    use EventKind as K;
    let root = root();
    let heads = || vec![LogHeads { log: LogId::from_bytes([5; 32]), heads: vec![event_id(1), event_id(2)] }];
    let receipt = || Receipt { heads: heads() };
    let remark = || Remark { note: Some("because".into()) };
    let words = || Text { text: "नमस्ते, 你好".into() };
    match kind {
        K::Genesis => Body::Genesis(Genesis {
            root: root.to_bytes().unwrap(),
            log: LogKind::Core,
            n: 0,
            nonce: [2; 16],
            phone: desk().verify_key(),
            with: None,
            opening: Some(Opening {
                kem: vec![7; 1216],
                kind: CaseKind::Grievance,
                grievances: vec!["WAG.UNPAID".parse().unwrap()],
                situations: vec!["S12".parse().unwrap()],
                facts: Facts { language: Some("ne".parse().unwrap()), ..Facts::default() },
                safe_contact: Some(plan()),
                logs: vec![log_ref()],
                entered_by: None,
            }),
            narrative: None,
            message: None,
        }),
        K::Epoch => Body::Epoch(EpochBody {
            wraps: vec![wrap()],
            earlier: vec![(EpochId::from_bytes([3; 32]), ByteBuf::from([1; 48]))],
            nonce: ByteBuf::from([2; 16]),
        }),
        K::MemberAdd => Body::MemberAdd(MemberAdd {
            organisation: organisation(2),
            statement: Some(consent()),
            generation: None,
        }),
        K::MemberRemove => Body::MemberRemove(MemberRemove { organisation: organisation(2) }),
        K::LogOpen => Body::LogOpen(LogOpen { log: log_ref(), wraps: vec![wrap()] }),
        K::CodesSet => Body::CodesSet(CodesSet {
            kind: None,
            grievances: Some(vec!["DOC.RETAIN".parse().unwrap()]),
            situations: Some(vec![]),
            indicators: None,
        }),
        K::FactsSet => Body::FactsSet(Facts { origin: Some("NP".parse().unwrap()), ..Facts::default() }),
        K::SafeContactSet => Body::SafeContactSet(SafeContactSet { plan: plan() }),
        K::StatusSet => Body::StatusSet(StatusSet {
            to: CaseStatus::Closed,
            waiting_on: None,
            reason: Some(CloseReason::Remedied),
            note: Some("paid".into()),
            seen: heads(),
        }),
        K::Assign => Body::Assign(Assign { device: Some(DeviceId::from_key(&desk().verify_key())) }),
        K::PriorityFloor => {
            Body::PriorityFloor(PriorityFloor { priority: Priority::P1, rule: "danger".into() })
        }
        K::PriorityOverride => {
            Body::PriorityOverride(PriorityOverride::new(Priority::P0, "new facts", Priority::P2).unwrap())
        }
        K::OriginContactSet => Body::OriginContactSet(OriginContactSet { allowed: false }),
        K::SafeguardSet => Body::SafeguardSet(SafeguardSet {
            return_is_safe: Some(true),
            best_interests_decided: None,
            deceased: Some(false),
        }),
        K::Receipt => Body::Receipt(receipt()),
        K::Read => Body::Read(receipt()),
        K::ConsentGrant => Body::ConsentGrant(ConsentGrant { statement: consent() }),
        K::ConsentDecline => Body::ConsentDecline(ConsentDecline { organisation: organisation(2) }),
        K::ConsentWithdraw => Body::ConsentWithdraw(ConsentWithdraw {
            statement: by_migrant(Withdrawal {
                deployment: root.deployment,
                case: root.case().unwrap(),
                key: root.sign,
                organisation: organisation(2),
                consent: Some(consent().hash()),
            }),
        }),
        K::ConsentExpired => Body::ConsentExpired(ConsentExpired { consent: consent().hash() }),
        K::ReferralPropose => Body::ReferralPropose(ReferralPropose {
            organisation: organisation(2),
            logs: vec![LogKind::Narrative],
            purpose: "shelter".into(),
            until: None,
        }),
        K::ReferralAnswer => Body::ReferralAnswer(ReferralAnswer {
            reply: ReferralReply::Rejected,
            reason: Some("full".into()),
        }),
        K::ReferralRevoke => Body::ReferralRevoke(ReferralRevoke { organisation: organisation(2) }),
        K::CaseWithdraw => Body::CaseWithdraw(remark()),
        K::CaseReopen => Body::CaseReopen(Remark { note: None }),
        K::CaseMerge => Body::CaseMerge(OtherCase { case: other_case() }),
        K::CaseLink => Body::CaseLink(OtherCase { case: other_case() }),
        K::TransferPropose => Body::TransferPropose(TransferPropose {
            organisation: organisation(2),
            reason: Some("nearer to her".into()),
        }),
        K::TransferDecline => Body::TransferDecline(TransferDecline { organisation: organisation(2) }),
        K::CaseTransfer => Body::CaseTransfer(CaseTransfer {
            statement: by_migrant(Transfer {
                deployment: root.deployment,
                case: root.case().unwrap(),
                key: root.sign,
                organisation: organisation(3),
                nonce: [5; 16],
            }),
        }),
        K::Recuse => Body::Recuse(Recuse { device: DeviceId::from_key(&desk().verify_key()) }),
        K::EmergencyStatus => Body::EmergencyStatus(EmergencyStatus {
            to: EmergencyState::HandedOver,
            reason: Some("police".into()),
        }),
        K::Message => {
            Body::Message(MessageText { text: "ok \u{202e}".into(), language: Some("ar".parse().unwrap()) })
        }
        K::NarrativeAdd => Body::NarrativeAdd(Narrative { text: "three months".into(), language: None }),
        K::WageEntry => Body::WageEntry(Grievance::new("WAG.UNPAID".parse().unwrap())),
        K::Attachment => Body::Attachment(AttachmentRef {
            hash: Hash::of(b"file"),
            size: 4,
            media_type: "image/jpeg".into(),
            key: ByteBuf::from([1; 32]),
            cleaned: true,
            name: Some("contract.jpg".into()),
        }),
        K::PersonSet => Body::PersonSet(Person::new(PersonRole::ALL[0])),
        K::PlaceAdd => Body::PlaceAdd(Place::new(25_286_106, 51_534_817, 30, 5).unwrap()),
        K::HealthNote => Body::HealthNote(words()),
        K::MigrationNote => Body::MigrationNote(words()),
        K::Note => Body::Note(words()),
        K::TaskAdd => Body::TaskAdd(Task {
            title: "call".parse().unwrap(),
            due_ms: 1,
            about: About::General,
            assigned: None,
            done_ms: None,
        }),
        K::TaskSet => Body::TaskSet(TaskSet { task: event_id(1), done_ms: Some(2) }),
        K::Adopt => Body::Adopt(Adopt { events: vec![event_id(3)] }),
        K::Unknown(_) => Body::Opaque(kind.clone(), Value::Map(vec![])),
    }
}

fn event(body: Body) -> AuthenticEvent {
    let root = root();
    let genesis = matches!(body, Body::Genesis(_));
    let key = if genesis { migrant() } else { desk() };
    let draft = Draft {
        deployment: root.deployment,
        case: root.case().unwrap(),
        log: (!genesis).then(|| LogId::from_bytes([5; 32])),
        epoch: (!genesis).then(|| EpochId::from_bytes([3; 32])),
        author: key.verify_key(),
        seq: if genesis { 0 } else { 7 },
        prev: (!genesis).then(|| event_id(1)),
        heads: if genesis { vec![] } else { vec![event_id(2), event_id(1)] },
        roster: RosterRef(organisation(1), 2, Hash::of(b"roster")),
        claimed_ms: 1_790_000_000_000,
        body,
    };
    draft.sign(|message| key.sign(message)).unwrap()
}

fn kinds() -> impl Iterator<Item = EventKind> {
    EventKind::ALL.iter().cloned().chain([EventKind::Unknown("newer.kind".into())])
}

#[test]
fn every_kind_reads_back_as_it_was_written() {
    for kind in kinds() {
        let made = event(body(&kind));
        assert_eq!(made.body().kind(), kind);
        let read = AuthenticEvent::read(&made.to_content(), &StrictVerifier).unwrap();
        assert_eq!(read, made, "{}", kind.as_str());
        assert!(!matches!(read.body(), Body::BadStatement(_)));
        assert_eq!(matches!(read.body(), Body::Opaque(..)), matches!(kind, EventKind::Unknown(_)));
        assert_eq!(read.id().as_bytes(), &sha256(&[read.message()]));
        assert_eq!(AuthenticEvent::read_stored(&made.to_content(), &StrictVerifier).unwrap(), made);
    }
}

#[test]
fn events_of_version_1_are_frozen() {
    if std::env::var_os("AMANA_FREEZE").is_some() {
        // What is frozen stays; only kinds that are not there yet are added.
        let frozen = if path(FILE).exists() { list(&read(FILE), "events").to_vec() } else { vec![] };
        let events: Vec<_> = kinds()
            .map(|kind| {
                if let Some(known) = frozen.iter().find(|known| text(known, "kind") == kind.as_str()) {
                    return known.clone();
                }
                let event = event(body(&kind));
                json!({
                    "kind": kind.as_str(),
                    "id": event.id().to_string(),
                    "content": hex::encode(event.to_content()),
                })
            })
            .collect();
        let file = serde_json::to_string_pretty(&json!({ "events": events })).unwrap() + "\n";
        std::fs::write(path(FILE), file).unwrap();
    }
    let file = read(FILE);
    let events = list(&file, "events");
    assert_eq!(events.len(), EventKind::ALL.len() + 1);
    for (frozen, kind) in events.iter().zip(kinds()) {
        assert_eq!(text(frozen, "kind"), kind.as_str());
        let content = bytes(frozen, "content");
        let event_read = AuthenticEvent::read(&content, &StrictVerifier).unwrap();
        assert_eq!(event_read.id().to_string(), text(frozen, "id"));
        assert_eq!(event_read.body(), &body(&kind), "{}", kind.as_str());
        // Ed25519 is deterministic: written again, the same bytes.
        assert!(event(body(&kind)).to_content() == content, "{} is written differently", kind.as_str());
    }
}

#[test]
fn every_single_flipped_bit_is_refused() {
    for kind in [EventKind::Message, EventKind::MemberAdd, EventKind::StatusSet] {
        let content = event(body(&kind)).to_content();
        for bit in 0..content.len() * 8 {
            let mut flipped = content.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(AuthenticEvent::read(&flipped, &StrictVerifier).is_err(), "{} bit {bit}", kind.as_str());
        }
        for length in 0..content.len() {
            assert!(AuthenticEvent::read(&content[..length], &StrictVerifier).is_err());
        }
        assert!(AuthenticEvent::read(&[&content[..], &[0]].concat(), &StrictVerifier).is_err());
    }
}

#[test]
fn a_statement_signed_by_somebody_else_is_not_taken_for_the_migrants() {
    // The event is the desk's own and rightly signed; the consent inside is made up.
    let forged = Signed::make(consent().body().clone(), |message| desk().sign(message)).unwrap();
    let made = event(Body::ConsentGrant(ConsentGrant { statement: forged }));
    let read = AuthenticEvent::read(&made.to_content(), &StrictVerifier).unwrap();
    assert_eq!(read.body(), &Body::BadStatement(EventKind::ConsentGrant));
    // One statement in the place of another: the label tells them apart.
    let Value::Map(mut fields) =
        Body::ConsentGrant(ConsentGrant { statement: consent() }).to_value().unwrap()
    else {
        panic!("a map")
    };
    fields[0].1 = Value::Bytes(
        by_migrant(Transfer {
            deployment: root().deployment,
            case: root().case().unwrap(),
            key: root().sign,
            organisation: organisation(2),
            nonce: [4; 16],
        })
        .to_bytes(),
    );
    let swapped = Body::read(&EventKind::ConsentGrant, &Value::Map(fields), &StrictVerifier);
    assert_eq!(swapped, Body::BadStatement(EventKind::ConsentGrant));
}

/// The array of a message event, changed and rightly signed again.
fn changed(change: impl FnOnce(&mut Vec<Value>)) -> Result<AuthenticEvent, EventError> {
    changed_of(&EventKind::Message, "amana/1/event", change)
}

fn changed_of(
    kind: &EventKind,
    label: &str,
    change: impl FnOnce(&mut Vec<Value>),
) -> Result<AuthenticEvent, EventError> {
    let made = event(body(kind));
    let Value::Array(outer) = canonical::value_from_slice(made.message()).unwrap() else {
        panic!("an array")
    };
    let Value::Array(mut fields) = outer[1].clone() else { panic!("an array") };
    change(&mut fields);
    let message =
        canonical::to_vec(&Value::Array(vec![Value::Text(label.into()), Value::Array(fields)])).unwrap();
    let key = if *kind == EventKind::Genesis { migrant() } else { desk() };
    AuthenticEvent::read(&[key.sign(&message).as_bytes().as_slice(), &message].concat(), &StrictVerifier)
}

#[test]
fn malformed_headers_are_refused_though_rightly_signed() {
    assert!(changed(|_| {}).is_ok());
    let id = |n: u8| Value::Bytes(vec![n; 32]);
    type Spoil = Box<dyn FnOnce(&mut Vec<Value>)>;
    let set = |at: usize, value: Value| -> Spoil { Box::new(move |fields| fields[at] = value) };
    let spoils: Vec<(&str, Spoil)> = vec![
        ("heads out of order", set(7, Value::Array(vec![id(2), id(1)]))),
        ("a head twice", set(7, Value::Array(vec![id(1), id(1)]))),
        ("seventeen heads", set(7, Value::Array((1..=17).map(id).collect()))),
        ("a short head", set(7, Value::Array(vec![Value::Bytes(vec![1; 31])]))),
        ("no prev", set(6, Value::Null)),
        ("prev at the beginning", set(5, Value::from(0))),
        ("a negative number", set(5, Value::from(-1))),
        ("no log", set(2, Value::Null)),
        ("a deployment too long", set(0, Value::Bytes(vec![1; 17]))),
        ("ids as text", set(2, Value::Text("a".repeat(32)))),
        ("ids as numbers", set(2, Value::Array(vec![Value::from(5); 32]))),
        ("no author", set(4, Value::Null)),
        (
            "a roster of number 0 with a hash",
            set(8, Value::Array(vec![Value::Bytes(vec![1; 16]), Value::from(0), id(1)])),
        ),
        ("a roster without a hash", set(8, Value::Array(vec![Value::Bytes(vec![1; 16]), Value::from(1)]))),
        ("no kind", set(10, Value::Text(String::new()))),
        ("a long kind", set(10, Value::Text("k".repeat(41)))),
        ("a genesis in the middle", set(10, Value::Text("genesis".into()))),
        ("criticality as a number", set(11, Value::from(1))),
        ("a body that is no map", set(12, Value::Array(vec![]))),
        ("a field too few", Box::new(|fields| fields.truncate(12))),
    ];
    for (what, spoil) in spoils {
        let read = changed(spoil);
        assert!(matches!(read, Err(EventError::Field | EventError::Encoding(_))), "{what}: {read:?}");
    }
    assert!(changed_of(&EventKind::Message, "amana/1/consent", |_| {}).is_err());
    // A genesis has no past.
    assert!(changed_of(&EventKind::Genesis, "amana/1/event", |_| {}).is_ok());
    for (at, value) in [(7, Value::Array(vec![id(1)])), (2, id(1)), (6, id(1))] {
        assert!(changed_of(&EventKind::Genesis, "amana/1/event", |fields| fields[at] = value).is_err());
    }
    assert!(
        changed_of(&EventKind::Genesis, "amana/1/event", |fields| {
            fields[5] = Value::from(1);
            fields[6] = id(1);
        })
        .is_err()
    );
    // Another author's name on it.
    let other = changed(|fields| fields[4] = Value::Bytes(migrant().verify_key().as_bytes().to_vec()));
    assert_eq!(other.unwrap_err(), EventError::Signature);
}

#[test]
fn what_a_newer_version_adds_to_a_known_body_is_kept() {
    let read = changed(|fields| {
        let Value::Map(entries) = &mut fields[12] else { panic!("a map") };
        entries.push((Value::Text("reactions".into()), Value::Array(vec![])));
    })
    .unwrap();
    assert_eq!(read.body(), &body(&EventKind::Message));
    assert_ne!(read.id(), event(body(&EventKind::Message)).id());
    let again = AuthenticEvent::read(&read.to_content(), &StrictVerifier).unwrap();
    assert_eq!(again, read);
    // Elements behind the last one known: ignored, kept, part of what is signed.
    let longer = changed(|fields| fields.push(Value::from(1))).unwrap();
    assert_eq!(longer.body(), read.body());
    assert!(
        longer.id() != read.id() && longer.message().len() > event(body(&EventKind::Message)).message().len()
    );
}

#[test]
fn more_than_sixteen_heads_are_not_signed() {
    let made = event(body(&EventKind::Message));
    let header = made.event();
    let draft = |heads: Vec<EventId>, seq, prev| Draft {
        deployment: header.deployment,
        case: header.case,
        log: Some(header.log()),
        epoch: None,
        author: header.author,
        seq,
        prev,
        heads,
        roster: header.roster,
        claimed_ms: 0,
        body: body(&EventKind::Message),
    };
    let sign = |draft: Draft| draft.sign(|message| desk().sign(message));
    assert!(sign(draft((1..=16).map(event_id).collect(), 1, Some(event_id(1)))).is_ok());
    // Given twice and in disorder they are put right.
    assert!(sign(draft(vec![event_id(2), event_id(1), event_id(2)], 1, Some(event_id(1)))).is_ok());
    assert_eq!(
        sign(draft((1..=17).map(event_id).collect(), 1, Some(event_id(1)))).unwrap_err(),
        EventError::Field
    );
    assert_eq!(sign(draft(vec![], 1, None)).unwrap_err(), EventError::Field);
    assert_eq!(sign(draft(vec![], 0, Some(event_id(1)))).unwrap_err(), EventError::Field);
}

fn status_set() -> impl Strategy<Value = StatusSet> {
    (
        prop::sample::select(CaseStatus::ALL),
        prop::option::of(prop::sample::select(WaitingOn::ALL)),
        prop::option::of(prop::sample::select(CloseReason::ALL)),
        prop::option::of(".*"),
        prop::collection::vec((any::<[u8; 32]>(), prop::collection::vec(any::<[u8; 32]>(), 0..4)), 0..4),
    )
        .prop_map(|(to, waiting_on, reason, note, seen)| StatusSet {
            to,
            waiting_on,
            reason,
            note,
            seen: seen
                .into_iter()
                .map(|(log, heads)| LogHeads {
                    log: LogId::from_bytes(log),
                    heads: heads.into_iter().map(EventId::from_bytes).collect(),
                })
                .collect(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_any_script_and_length_read_back(text in "\\PC{0,2000}", language in prop::option::of(Just("ml"))) {
        let language = language.map(|language| language.parse().unwrap());
        let made = event(Body::Message(MessageText { text, language }));
        prop_assert_eq!(AuthenticEvent::read(&made.to_content(), &StrictVerifier).unwrap(), made);
    }

    #[test]
    fn status_bodies_read_back(set in status_set()) {
        let made = event(Body::StatusSet(set));
        prop_assert_eq!(AuthenticEvent::read(&made.to_content(), &StrictVerifier).unwrap(), made);
    }

    #[test]
    fn bytes_that_are_no_event_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(AuthenticEvent::read(&bytes, &StrictVerifier).is_err());
    }

    #[test]
    fn a_spoiled_event_is_refused_without_a_panic(
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 1..20),
        remove in 0..20usize,
    ) {
        let content = event(body(&EventKind::Genesis)).to_content();
        let at = at.index(content.len());
        let mut spoiled = content.clone();
        spoiled.splice(at..(at + remove).min(content.len()), with);
        prop_assume!(spoiled != content);
        prop_assert!(AuthenticEvent::read(&spoiled, &StrictVerifier).is_err());
    }
}
