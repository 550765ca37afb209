//! Events, statements, chains of trust and texts.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Display},
    str::FromStr,
};

use amana_crypto::StrictVerifier;
use amana_domain::{
    calendar::Calendars,
    canonical::{from_slice, to_vec, value_from_slice},
    case_number::CaseNumber,
    codes::{Country, Flag, GrievanceCode, Language, Sector, SituationCode},
    event::{AuthenticEvent, Body, CaseRoot, Consent, Statement, Transfer, Withdrawal},
    fold,
    ids::{CaseId, DeploymentId, DeviceId, EventId, Hash, OrganisationId, Signature, VerifyKey, sha256},
    money::{Currency, Money},
    pack::DomainPack,
    period::Date,
    place::Place,
    priority::Priority,
    role::Role,
    safe_contact::{Hours, SafeContact},
    signed::{Signable, Unverified, Verifier},
    text::{CaseText, Line},
    trust::{
        DeviceCertificate, Directory, DirectoryChain, Extended, Invite, InviteString, JoinLink,
        OrganisationRoots, RelayUrl, RosterChain, RosterHead, RosterPart,
        certificate::{read_invite, verify_device},
        link::{fingerprint_text, parse_fingerprint},
    },
};
use amana_protocol::{ack::Ack, wire::JoinProof};

use super::pieces;

/// Lets the rules behind the signature meet bytes that nobody signed.
pub struct AnySignature;

impl Verifier for AnySignature {
    fn verify(&self, _: &VerifyKey, _: &[u8], _: &Signature) -> bool {
        true
    }
}

/// One value has one encoding.
pub fn canonical(data: &[u8]) {
    if let Ok(value) = value_from_slice(data) {
        assert_eq!(to_vec(&value).as_deref(), Ok(data));
    }
    if let Ok(root) = CaseRoot::from_bytes(data) {
        // Unknown keys are ignored, so the bytes may differ; the value does not.
        let bytes = root.to_bytes().expect("what was read can be written");
        assert_eq!(CaseRoot::from_bytes(&bytes), Ok(root));
    }
}

fn one_form<T: Signable>(data: &[u8]) {
    if let Ok(read) = Unverified::<T>::parse(data) {
        let key = VerifyKey::from_bytes([0; 32]);
        let signed = read.verify(&key, &AnySignature).expect("any signature is taken");
        assert_eq!(signed.to_bytes(), data);
        assert_eq!(signed.hash(), Hash::of(signed.message()));
        let body = to_vec(signed.body()).expect("what was read can be written");
        assert!(from_slice::<T>(&body).is_ok());
    }
}

/// Signed structures keep their bytes, and one kind never passes for another.
pub fn signed(data: &[u8]) {
    one_form::<Invite>(data);
    one_form::<DeviceCertificate>(data);
    one_form::<Directory>(data);
    one_form::<RosterHead>(data);
    one_form::<JoinProof>(data);
    one_form::<Ack>(data);
    let kinds = [
        Unverified::<Invite>::parse(data).is_ok(),
        Unverified::<DeviceCertificate>::parse(data).is_ok(),
        Unverified::<Directory>::parse(data).is_ok(),
        Unverified::<RosterHead>::parse(data).is_ok(),
        Unverified::<JoinProof>::parse(data).is_ok(),
        Unverified::<Ack>::parse(data).is_ok(),
    ];
    assert!(kinds.into_iter().filter(|kind| *kind).count() <= 1);
}

fn one_statement<T: Statement + PartialEq + Debug>(data: &[u8]) {
    one_form::<T>(data);
    let loose = T::read(data, &AnySignature);
    if let Ok(strict) = T::read(data, &StrictVerifier) {
        assert_eq!(Some(&strict), loose.as_ref().ok());
        let (key, message) = (*strict.body().key(), strict.message());
        assert!(StrictVerifier.verify(&key, message, strict.signature()));
    }
}

/// Consents, withdrawals and transfers.
pub fn statement(data: &[u8]) {
    one_statement::<Consent>(data);
    one_statement::<Withdrawal>(data);
    one_statement::<Transfer>(data);
}

/// `sig(64) ‖ message`: the id is the message's, the bytes are kept, and what a body says survives a copy.
pub fn event(data: &[u8]) {
    let Ok(event) = AuthenticEvent::read_stored(data, &AnySignature) else {
        assert!(AuthenticEvent::read(data, &StrictVerifier).is_err());
        return;
    };
    assert_eq!(event.to_content(), data);
    assert_eq!(event.id(), EventId::from_bytes(sha256(&[&data[64..]])));
    assert!(event.event().heads.windows(2).all(|pair| pair[0] < pair[1]));
    if let Ok(value) = event.body().to_value() {
        let again = Body::read(&event.event().kind, &value, &AnySignature);
        assert_eq!(&again, event.body());
    }
    if let Ok(strict) = AuthenticEvent::read(data, &StrictVerifier) {
        assert_eq!(strict.id(), event.id());
    }
}

/// Any set of events folds, and to one state whatever their order.
pub fn fold(data: &[u8]) {
    let events: Vec<AuthenticEvent> = pieces(data)
        .into_iter()
        .take(64)
        .filter_map(|content| AuthenticEvent::read_stored(content, &AnySignature).ok())
        .collect();
    let Some(log) = events.iter().find(|event| event.event().is_genesis()) else { return };
    let log = log.event().log();
    // Every author stands in every roster that an event names, so that rules behind membership are reached.
    let devices: BTreeMap<DeviceId, Role> =
        events.iter().map(|event| (event.event().device(), Role::Admin)).collect();
    let mut rosters = fold::RosterBook::default();
    for named in events.iter().map(|event| event.event().roster) {
        for n in 1..=named.number().min(8) {
            let hash = named.hash();
            rosters.insert(named.organisation(), n, fold::RosterFacts { hash, devices: devices.clone() });
        }
    }
    let forwards = fold::fold(log, &events, &rosters).ok();
    let backwards = fold::fold(log, events.iter().rev(), &rosters).ok();
    assert_eq!(forwards, backwards);
    let twice = fold::fold(log, events.iter().chain(&events), &rosters).ok();
    assert_eq!(forwards, twice);
    if let Some(fold) = forwards {
        let of_log = events.iter().filter(|event| event.event().log() == log);
        assert!(of_log.into_iter().all(|event| fold.verdicts.contains_key(&event.id())));
        assert!(fold.heads_to_name().len() <= amana_domain::event::MAX_HEADS);
    }
}

/// Links after each other, the first of which is pinned.
pub fn directory_chain(data: &[u8]) {
    let links = pieces(data);
    let Some(first) = links.first().and_then(|first| Unverified::<Directory>::parse(first).ok()) else {
        return;
    };
    let mut chain = DirectoryChain::pinned(Hash::of(first.claimed().root.as_bytes()));
    let mut strict = chain.clone();
    for link in links {
        let before = chain.version();
        match chain.extend(link, &AnySignature) {
            Ok(Extended::Added) => {
                assert_eq!(chain.version(), before + 1);
                assert_eq!(chain.newest().map(|newest| newest.to_bytes()).as_deref(), Some(link));
                assert_eq!(chain.extend(link, &AnySignature), Ok(Extended::Known));
            }
            Ok(Extended::Known) | Err(_) => assert_eq!(chain.version(), before),
        }
        let _ = strict.extend(link, &StrictVerifier);
    }
    assert!(strict.version() <= chain.version());
}

/// Heads after each other; whatever is no head is tried as a part.
pub fn roster_chain(data: &[u8]) {
    let links = pieces(data);
    let first = links.iter().find_map(|link| Unverified::<RosterHead>::parse(link).ok());
    let Some(first) = first else { return };
    let mut chain = RosterChain::new(first.claimed().deployment, first.claimed().organisation);
    let mut strict = chain.clone();
    for link in links {
        let before = chain.number();
        match chain.extend(link, &AnySignature) {
            Ok(Extended::Added) => {
                assert_eq!(chain.number(), before + 1);
                assert_eq!(chain.extend(link, &AnySignature), Ok(Extended::Known));
            }
            Ok(Extended::Known) | Err(_) => assert_eq!(chain.number(), before),
        }
        let _ = strict.extend(link, &StrictVerifier);
        for n in 1..=chain.number() {
            if chain.open_part(n, link, &AnySignature).is_ok() {
                assert_eq!(chain.by_number(n).map(|head| head.body().part), Some(Hash::of(link)));
            }
        }
        let _ = from_slice::<RosterPart>(link);
    }
    assert!(strict.number() <= chain.number());
    assert!(!chain.yields_to(&chain));
}

/// An invite and a certificate: what the strict check lets in, the claims allow.
pub fn certificate(data: &[u8]) {
    let [invite, certificate, ..] = pieces(data)[..] else { return };
    let Ok(claimed) = Unverified::<Invite>::parse(invite) else { return };
    let Invite { deployment, organisation, expires_day, .. } = *claimed.claimed();
    assert!(read_invite(invite, &deployment, &AnySignature).is_ok());
    let other = DeploymentId::from_hash(&[1; 32]);
    assert!(deployment == other || read_invite(invite, &other, &AnySignature).is_err());
    let roots = OrganisationRoots::default();
    for day in [0, expires_day, u32::MAX] {
        let loose =
            verify_device(invite, certificate, &deployment, &organisation, &roots, day, &AnySignature);
        let strict =
            verify_device(invite, certificate, &deployment, &organisation, &roots, day, &StrictVerifier);
        if let Ok(device) = &loose {
            assert!(day <= expires_day && day <= device.certificate.not_after_day);
            assert_eq!(device.device, DeviceId::from_key(&device.certificate.sign));
            assert_eq!(OrganisationId::from_root(&device.root), organisation);
        }
        assert!(strict.is_err() || strict == loose);
    }
}

/// Links and invites that people hand over.
pub fn join_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    again::<RelayUrl>(text);
    again::<JoinLink>(text);
    if let Ok(fingerprint) = parse_fingerprint(text) {
        assert_eq!(parse_fingerprint(&fingerprint_text(&fingerprint)), Ok(fingerprint));
    }
    if let Ok(invite) = text.parse::<InviteString>() {
        assert_eq!(invite.to_text().parse(), Ok(invite.clone()));
        assert!(invite.claimed().is_ok());
    }
}

/// What a value shows reads back as the same value.
fn again<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        assert_eq!(shown.parse::<T>().ok().as_ref(), Some(&value), "{shown:?} of {text:?}");
    }
}

/// Everything that people type.
pub fn text(data: &[u8]) {
    if let Ok(kept) = CaseText::from_bytes(data.to_vec()) {
        assert_eq!(kept.as_str().as_bytes(), data);
        let bytes = to_vec(&kept).expect("texts are canonical values");
        assert_eq!(from_slice(&bytes), Ok(kept));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(line) = text.parse::<Line>() {
        assert!(!line.as_str().contains('\n'));
        assert_eq!(line.as_str().parse::<Line>(), Ok(line.clone()));
    }
    again::<CaseNumber>(text);
    again::<Country>(text);
    again::<Language>(text);
    again::<Currency>(text);
    again::<Money>(text);
    again::<Priority>(text);
    again::<Hours>(text);
    again::<Date>(text);
    again::<GrievanceCode>(text);
    again::<SituationCode>(text);
    again::<Sector>(text);
    again::<Flag>(text);
    again::<Hash>(text);
    again::<CaseId>(text);
    if let Ok(place) = text.parse::<Place>() {
        let bytes = to_vec(&place).expect("places are canonical values");
        assert_eq!(from_slice(&bytes), Ok(place));
    }
}

/// A pack or calendars from a file.
pub fn pack_json(data: &[u8]) {
    if let Ok(pack) = DomainPack::parse(data) {
        for entry in pack.grievances() {
            assert!(pack.grievance(&entry.code).is_some());
        }
    }
    if let Ok(calendars) = Calendars::parse(data) {
        let _ = calendars.between(None, None);
    }
}

/// A safe-contact plan from a file: it can be sealed, and merging it with itself allows no more.
pub fn safe_contact_json(data: &[u8]) {
    let Ok(plan) = SafeContact::parse_json(data) else { return };
    let bytes = to_vec(&plan).expect("a plan can be written");
    assert_eq!(from_slice(&bytes), Ok(plan.clone()));
    let merged = plan.merge(&plan);
    assert_eq!(merged.merge(&plan), merged);
    for channel in &plan.channels {
        for minute in [None, Some(0), Some(719), Some(1439)] {
            let address = channel.address.as_ref().map(Line::as_str);
            let allowed = |plan: &SafeContact| plan.allows(channel.channel, address, minute);
            assert_eq!(allowed(&merged), allowed(&plan));
        }
    }
}
