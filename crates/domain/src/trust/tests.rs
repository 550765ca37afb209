//! Chains and certificates, with keys that everybody can compute: the rules are what is tested here.

use super::{certificate::verify_device, link::fingerprint_of, *};
use crate::{
    canonical,
    ids::{DeploymentId, DeviceId, Hash, OrganisationId, Signature, VerifyKey, sha256},
    role::Role,
    signed::{Signable, Signed, Verifier},
};

mod recovery;
mod roots;
mod rosters;

/// "Signatures" that anybody can make, but only by naming the key.
struct Fake;

impl Verifier for Fake {
    fn verify(&self, key: &VerifyKey, message: &[u8], signature: &Signature) -> bool {
        *signature == sign(key, message)
    }
}

fn sign(key: &VerifyKey, message: &[u8]) -> Signature {
    let half = sha256(&[b"fake", key.as_bytes(), message]);
    Signature::from_slice(&[half, half].concat()).unwrap()
}

fn key(n: u8) -> VerifyKey {
    VerifyKey::from_bytes([n; 32])
}

fn signed<T: Signable>(body: T, by: &VerifyKey) -> Signed<T> {
    Signed::make(body, |message| sign(by, message)).unwrap()
}

const ROOT: u8 = 1;
const NEXT: u8 = 2;
const ORGANISATION: u8 = 10;
const ADMIN: u8 = 11;
const INVITE: u8 = 12;
const DAY: u32 = 20_000;

fn deployment() -> DeploymentId {
    DeploymentId::from_root(&key(ROOT))
}

fn organisation() -> OrganisationId {
    OrganisationId::from_root(&key(ORGANISATION))
}

/// No directory was seen.
fn unknown() -> OrganisationRoots {
    OrganisationRoots::default()
}

fn directory() -> Directory {
    Directory {
        deployment: deployment(),
        version: 1,
        prev: None,
        root: key(ROOT),
        next_root: Hash::of(key(NEXT).as_bytes()),
        issued_ms: 1,
        expires_ms: 2,
        name: "Deployment".into(),
        relay: RelayAddress { url: "https://relay.example".parse().unwrap(), key: key(9) },
        pow_bits: 16,
        organisations: vec![Organisation {
            id: organisation(),
            root: key(ORGANISATION),
            next_root: None,
            founding: None,
            name: "Helpers".into(),
            kind: OrganisationKind::Ngo,
            country: "KW".into(),
            origin: vec!["PH".into()],
            sms: Some(SmsKey::from_bytes([3; 32])),
            ladder: vec![organisation()],
        }],
    }
}

fn after(last: &Signed<Directory>) -> Directory {
    let body = last.body().clone();
    Directory { version: body.version + 1, prev: Some(last.hash()), ..body }
}

fn started() -> (DirectoryChain, Signed<Directory>) {
    let mut chain = DirectoryChain::pinned(fingerprint_of(&key(ROOT)));
    let first = signed(directory(), &key(ROOT));
    assert_eq!(chain.extend(&first.to_bytes(), &Fake), Ok(Extended::Added));
    (chain, first)
}

#[test]
fn the_first_directory_is_the_pinned_roots() {
    let mut chain = DirectoryChain::pinned(fingerprint_of(&key(ROOT)));
    let mut refuse = |body: Directory, by: u8, error| {
        assert_eq!(chain.extend(&signed(body, &key(by)).to_bytes(), &Fake), Err(error));
    };
    let foreign = Directory { root: key(5), deployment: DeploymentId::from_root(&key(5)), ..directory() };
    refuse(foreign, 5, DirectoryError::Pin);
    refuse(directory(), 5, DirectoryError::Signed(crate::signed::SignedError::Signature));
    let other = DeploymentId::from_root(&key(5));
    refuse(Directory { deployment: other, ..directory() }, ROOT, DirectoryError::Deployment);
    refuse(Directory { version: 2, prev: Some(Hash::ZERO), ..directory() }, ROOT, DirectoryError::Gap);
    assert_eq!(chain.version(), 0);
    assert!(chain.newest().is_none());
}

#[test]
fn contents_outside_the_bounds_are_refused() {
    let mut chain = DirectoryChain::pinned(fingerprint_of(&key(ROOT)));
    let changes: [fn(&mut Directory); 14] = [
        |body| body.version = 0,
        |body| body.prev = Some(Hash::ZERO),
        |body| body.expires_ms = 0,
        |body| body.name = " ".into(),
        |body| body.name = "a\nb".into(),
        |body| body.name = "a".repeat(201),
        |body| body.pow_bits = 33,
        |body| body.organisations[0].root = key(5),
        |body| body.organisations[0].country = "kw".into(),
        |body| body.organisations[0].country = "KWT".into(),
        |body| body.organisations[0].origin = vec!["P1".into()],
        |body| body.organisations[0].ladder = vec![organisation(); 17],
        |body| body.organisations[0].name.clear(),
        |body| body.organisations.push(body.organisations[0].clone()),
    ];
    for change in changes {
        let mut body = directory();
        change(&mut body);
        let bytes = signed(body.clone(), &key(ROOT)).to_bytes();
        assert_eq!(chain.extend(&bytes, &Fake), Err(DirectoryError::Content), "{body:?}");
    }
}

#[test]
fn a_directory_chain_has_no_gap_fork_or_way_back() {
    let (mut chain, first) = started();
    let second = signed(after(&first), &key(ROOT));
    let third = signed(after(&second), &key(ROOT));
    assert_eq!(chain.extend(&third.to_bytes(), &Fake), Err(DirectoryError::Gap));
    let torn = signed(Directory { prev: Some(Hash::ZERO), ..after(&first) }, &key(ROOT));
    assert_eq!(chain.extend(&torn.to_bytes(), &Fake), Err(DirectoryError::Prev));
    let moved = Directory { deployment: DeploymentId::from_root(&key(5)), ..after(&first) };
    assert_eq!(chain.extend(&signed(moved, &key(ROOT)).to_bytes(), &Fake), Err(DirectoryError::Deployment));

    for directory in [&second, &third] {
        assert_eq!(chain.extend(&directory.to_bytes(), &Fake), Ok(Extended::Added));
    }
    for directory in [&first, &second, &third] {
        assert_eq!(chain.extend(&directory.to_bytes(), &Fake), Ok(Extended::Known));
    }
    let other = signed(Directory { name: "Other".into(), ..after(&first) }, &key(ROOT));
    assert_eq!(chain.extend(&other.to_bytes(), &Fake), Err(DirectoryError::Rollback));
    assert_eq!((chain.version(), chain.after(1).len(), chain.after(9).len()), (3, 2, 0));
    assert_eq!(chain.by_version(2), Some(&second));
    assert_eq!(chain.by_version(0), None);
}

#[test]
fn only_an_announced_root_takes_over() {
    let (mut chain, first) = started();
    let by = |root: u8, last: &Signed<Directory>| {
        signed(
            Directory { root: key(root), next_root: Hash::of(key(7).as_bytes()), ..after(last) },
            &key(root),
        )
    };
    assert_eq!(chain.extend(&by(5, &first).to_bytes(), &Fake), Err(DirectoryError::Root));
    let second = by(NEXT, &first);
    assert_eq!(chain.extend(&second.to_bytes(), &Fake), Ok(Extended::Added));
    for unannounced in [ROOT, 5] {
        let third = by(unannounced, &second);
        assert_eq!(chain.extend(&third.to_bytes(), &Fake), Err(DirectoryError::Root));
    }
    assert_eq!(chain.extend(&by(NEXT, &second).to_bytes(), &Fake), Ok(Extended::Added));
}

fn invite(role: Role) -> Invite {
    Invite {
        deployment: deployment(),
        organisation: organisation(),
        root: key(ORGANISATION),
        key: key(INVITE),
        role,
        expires_day: DAY,
    }
}

fn certificate(role: Role) -> DeviceCertificate {
    DeviceCertificate {
        deployment: deployment(),
        organisation: organisation(),
        sign: key(ADMIN),
        kem: KemKey::from_slice(&[4; KEM_KEY_LENGTH]).unwrap(),
        role,
        not_after_day: DAY + 90,
    }
}

/// Attack 10: every field of the proofs of a device is bound.
#[test]
fn every_field_of_invite_and_certificate_counts() {
    let check = |invite: &Signed<Invite>, certificate: &Signed<DeviceCertificate>, day| {
        let (invite, certificate) = (invite.to_bytes(), certificate.to_bytes());
        verify_device(&invite, &certificate, &deployment(), &organisation(), &unknown(), day, &Fake)
    };
    let good_invite = signed(invite(Role::Officer), &key(ORGANISATION));
    let good = signed(certificate(Role::Officer), &key(INVITE));
    let device = check(&good_invite, &good, DAY).unwrap();
    assert_eq!(device.device, DeviceId::from_key(&key(ADMIN)));
    assert_eq!((device.invite, device.root), (good_invite.hash(), key(ORGANISATION)));

    let invites: [fn(&mut Invite); 5] = [
        |body| body.deployment = DeploymentId::from_root(&key(5)),
        |body| body.organisation = OrganisationId::from_root(&key(5)),
        |body| body.root = key(5),
        |body| body.key = key(5),
        |body| body.role = Role::Admin,
    ];
    for change in invites {
        let mut body = invite(Role::Officer);
        change(&mut body);
        for by in [ORGANISATION, 5, INVITE] {
            assert!(check(&signed(body.clone(), &key(by)), &good, DAY).is_err(), "{body:?} by {by}");
        }
    }
    let certificates: [fn(&mut DeviceCertificate); 3] = [
        |body| body.deployment = DeploymentId::from_root(&key(5)),
        |body| body.organisation = OrganisationId::from_root(&key(5)),
        |body| body.role = Role::Admin,
    ];
    for change in certificates {
        let mut body = certificate(Role::Officer);
        change(&mut body);
        assert!(check(&good_invite, &signed(body, &key(INVITE)), DAY).is_err());
    }
    // Signed by anybody but the invite's key: refused, whatever it says.
    for by in [ORGANISATION, ADMIN, 5] {
        let forged = signed(certificate(Role::Officer), &key(by));
        assert!(matches!(check(&good_invite, &forged, DAY), Err(CertificateError::Certificate(_))));
    }
    // Every bit of either.
    for (part, bytes) in [(0, good_invite.to_bytes()), (1, good.to_bytes())] {
        for at in 0..bytes.len() {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= 1;
            let result = if part == 0 {
                verify_device(
                    &spoilt,
                    &good.to_bytes(),
                    &deployment(),
                    &organisation(),
                    &unknown(),
                    DAY,
                    &Fake,
                )
            } else {
                verify_device(
                    &good_invite.to_bytes(),
                    &spoilt,
                    &deployment(),
                    &organisation(),
                    &unknown(),
                    DAY,
                    &Fake,
                )
            };
            assert!(result.is_err(), "part {part} byte {at}");
        }
    }
    // Days.
    assert_eq!(check(&good_invite, &good, DAY + 1), Err(CertificateError::InviteExpired));
    for (not_after_day, fits) in [(DAY - 1, false), (DAY, true), (DAY + 90, true), (DAY + 91, false)] {
        let body = DeviceCertificate { not_after_day, ..certificate(Role::Officer) };
        let result = check(&good_invite, &signed(body, &key(INVITE)), DAY);
        assert_eq!(result.is_ok(), fits, "{not_after_day}");
    }
}

fn clearance(generation: u64, byte: u8) -> ClearanceKey {
    ClearanceKey { generation, key: KemKey::from_slice(&[byte; KEM_KEY_LENGTH]).unwrap() }
}

fn entry(device: u8, role: Role) -> RosterDevice {
    RosterDevice { device: DeviceId::from_key(&key(device)), role, not_after_day: DAY + 90 }
}

fn roster() -> RosterHead {
    let invite = signed(invite(Role::Admin), &key(ORGANISATION));
    RosterHead {
        deployment: deployment(),
        organisation: organisation(),
        n: 1,
        prev: None,
        devices: vec![entry(ADMIN, Role::Admin)],
        clearance: Clearances { open: clearance(1, 1), need: clearance(1, 2), strict: clearance(1, 3) },
        sms: SmsKey::from_bytes([6; 32]),
        invites: vec![invite.hash()],
        part: Hash::of(b"part"),
        signer: key(ADMIN),
        recovery: vec![],
        founding: Some(Founding {
            invite: invite.to_bytes(),
            certificate: signed(certificate(Role::Admin), &key(INVITE)).to_bytes(),
            proof: None,
        }),
        issued_ms: 1,
    }
}

fn next(last: &Signed<RosterHead>) -> RosterHead {
    let body = last.body().clone();
    RosterHead { n: body.n + 1, prev: Some(last.hash()), founding: None, ..body }
}

fn founded() -> (RosterChain, Signed<RosterHead>) {
    let mut chain = RosterChain::new(deployment(), organisation());
    let first = signed(roster(), &key(ADMIN));
    assert_eq!(chain.extend(&first.to_bytes(), &Fake), Ok(Extended::Added));
    (chain, first)
}

#[test]
fn an_invite_string_hides_its_secret_and_reads_back() {
    let invite = signed(invite(Role::Caseworker), &key(ORGANISATION));
    let url: RelayUrl = "http://127.0.0.1:7400".parse().unwrap();
    let made = InviteString::new(url, Hash::of(b"root"), &invite, InviteSecret::from_bytes([0xab; 32]));
    let text = made.to_text();
    assert!(text.starts_with("amana-invite-1."));
    assert_eq!(text.parse::<InviteString>(), Ok(made.clone()));
    assert_eq!(format!("\n{} ", *text).parse::<InviteString>(), Ok(made.clone()));
    assert_eq!(made.claimed().unwrap(), *invite.body());

    let debug = format!("{made:?}");
    assert!(debug.contains("InviteSecret(…)"));
    assert!(!debug.contains("171, 171") && !debug.to_lowercase().contains("abab"), "{debug}");
    assert_ne!(InviteSecret::from_bytes([1; 32]), InviteSecret::from_bytes([2; 32]));

    for at in "amana-invite-1.".len()..text.len() {
        assert!(text[..at].parse::<InviteString>().is_err(), "{at}");
    }
    for other in ["", "amana-invite-1.", "amana-invite-2.AA", &text[1..], &format!("{}=", *text)] {
        assert_eq!(other.parse::<InviteString>(), Err(LinkError::Form));
    }
    assert_eq!("x".repeat(5000).parse::<InviteString>(), Err(LinkError::TooLong));
}

#[test]
fn keys_have_their_length() {
    assert!(KemKey::from_slice(&[0; 1215]).is_err() && KemKey::from_slice(&[0; 1217]).is_err());
    let short = canonical::to_vec(serde_bytes::Bytes::new(&[0; 1215])).unwrap();
    assert!(canonical::from_slice::<KemKey>(&short).is_err());
    let key = KemKey::from_slice(&[7; 1216]).unwrap();
    assert_eq!(canonical::from_slice::<KemKey>(&canonical::to_vec(&key).unwrap()), Ok(key));
}
