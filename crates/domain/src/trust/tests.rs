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
fn a_founding_is_proven_from_the_organisations_root() {
    let (chain, first) = founded();
    assert_eq!(chain.root(), Some(&key(ORGANISATION)));
    assert_eq!(chain.hash_of(1), Some(first.hash()));
    let device = DeviceId::from_key(&key(ADMIN));
    assert_eq!((chain.role_of(&device), chain.role_in(1, &device)), (Some(Role::Admin), Some(Role::Admin)));
    assert_eq!(chain.role_in(2, &device), None);

    let refuse = |change: fn(&mut RosterHead), by: u8, expected: fn(&RosterError) -> bool| {
        let mut body = roster();
        change(&mut body);
        let mut chain = RosterChain::new(deployment(), organisation());
        let error = chain.extend(&signed(body, &key(by)).to_bytes(), &Fake).unwrap_err();
        assert!(expected(&error), "{error:?}");
    };
    refuse(|_| {}, 5, |e| matches!(e, RosterError::Signed(_)));
    refuse(|body| body.signer = key(5), 5, |e| *e == RosterError::NotAdmin);
    refuse(|body| body.founding = None, ADMIN, |e| *e == RosterError::Founding);
    refuse(|body| body.prev = Some(Hash::ZERO), ADMIN, |e| *e == RosterError::Prev);
    refuse(|body| body.n = 2, ADMIN, |e| *e == RosterError::Gap);
    refuse(|body| body.n = 0, ADMIN, |e| *e == RosterError::Gap);
    refuse(|body| body.devices[0] = entry(5, Role::Admin), ADMIN, |e| *e == RosterError::NotAdmin);
    refuse(|body| body.devices[0].not_after_day += 1, ADMIN, |e| *e == RosterError::NotAdmin);
    refuse(|body| body.devices[0].role = Role::Supervisor, ADMIN, |e| *e == RosterError::Content);
    refuse(|body| body.devices.clear(), ADMIN, |e| *e == RosterError::Content);
    refuse(|body| body.devices.push(body.devices[0]), ADMIN, |e| *e == RosterError::Content);
    refuse(|body| body.invites.clear(), ADMIN, |e| *e == RosterError::Invites);
    refuse(
        |body| body.organisation = OrganisationId::from_root(&key(5)),
        ADMIN,
        |e| *e == RosterError::Organisation,
    );
    // An invite of a lesser role founds nothing, whatever the roster says of its holder.
    refuse(
        |body| {
            let invite = signed(invite(Role::Supervisor), &key(ORGANISATION));
            body.invites = vec![invite.hash()];
            body.founding = Some(Founding {
                invite: invite.to_bytes(),
                certificate: signed(certificate(Role::Supervisor), &key(INVITE)).to_bytes(),
                proof: None,
            });
        },
        ADMIN,
        |e| *e == RosterError::NotAdmin,
    );
    refuse(
        |body| {
            let founding = body.founding.as_mut().unwrap();
            founding.certificate = signed(certificate(Role::Admin), &key(5)).to_bytes();
        },
        ADMIN,
        |e| matches!(e, RosterError::Certificate(CertificateError::Certificate(_))),
    );
}

#[test]
fn the_next_roster_is_an_admins_of_the_one_before() {
    let (mut chain, first) = founded();
    let mut second = next(&first);
    second.devices.push(entry(20, Role::Supervisor));
    second.devices.sort_unstable_by_key(|entry| entry.device);
    let second = signed(second, &key(ADMIN));
    assert_eq!(chain.extend(&second.to_bytes(), &Fake), Ok(Extended::Added));

    let mut refuse = |change: fn(&mut RosterHead), by: u8, expected: RosterError| {
        let mut body = next(&second);
        body.signer = key(by);
        change(&mut body);
        let result = chain.extend(&signed(body, &key(by)).to_bytes(), &Fake);
        assert_eq!(result, Err(expected));
    };
    refuse(|_| {}, 20, RosterError::NotAdmin);
    refuse(|_| {}, 21, RosterError::NotAdmin);
    // Listing oneself in the new roster does not help: the one before counts.
    refuse(|body| body.devices = vec![entry(21, Role::Admin)], 21, RosterError::NotAdmin);
    refuse(|body| body.prev = Some(Hash::ZERO), ADMIN, RosterError::Prev);
    refuse(|body| body.prev = None, ADMIN, RosterError::Prev);
    refuse(|body| body.n += 1, ADMIN, RosterError::Gap);
    refuse(|body| body.devices.reverse(), ADMIN, RosterError::Content);
    refuse(|body| body.invites = vec![], ADMIN, RosterError::Invites);
    refuse(|body| body.invites = vec![body.invites[0]; 2], ADMIN, RosterError::Content);
    refuse(|body| body.founding = roster().founding, ADMIN, RosterError::Founding);
    refuse(|body| body.clearance.open = clearance(0, 9), ADMIN, RosterError::Clearance);
    refuse(|body| body.clearance.need = clearance(1, 9), ADMIN, RosterError::Clearance);
    refuse(|body| body.clearance.strict = clearance(2, 3), ADMIN, RosterError::Clearance);

    let mut third = next(&second);
    third.clearance.strict = clearance(2, 9);
    third.devices.retain(|entry| entry.role == Role::Admin);
    assert_eq!(chain.extend(&signed(third, &key(ADMIN)).to_bytes(), &Fake), Ok(Extended::Added));
    let removed = DeviceId::from_key(&key(20));
    assert_eq!(chain.role_in(2, &removed), Some(Role::Supervisor));
    assert_eq!(chain.role_of(&removed), None);
    for (at, head) in [(1, &first), (2, &second)] {
        assert_eq!(chain.extend(&head.to_bytes(), &Fake), Ok(Extended::Known));
        assert_eq!(chain.by_number(at), Some(head));
    }
    let fork = signed(RosterHead { issued_ms: 9, ..next(&first) }, &key(ADMIN));
    assert_eq!(chain.extend(&fork.to_bytes(), &Fake), Err(RosterError::Fork));
    assert_eq!((chain.number(), chain.after(1).len(), chain.after(7).len()), (3, 2, 0));
}

#[test]
fn the_longest_chain_wins_and_forks_are_seen() {
    let (chain, first) = founded();
    let grow = |chain: &RosterChain, issued_ms| {
        let mut longer = chain.clone();
        let head = RosterHead { issued_ms, ..next(chain.newest().unwrap()) };
        longer.extend(&signed(head, &key(ADMIN)).to_bytes(), &Fake).unwrap();
        longer
    };
    let (two, fork) = (grow(&chain, 2), grow(&chain, 3));
    let three = grow(&fork, 4);
    assert_eq!(chain.compare(&chain), ChainOrder::Same);
    assert_eq!(chain.compare(&two), ChainOrder::Behind);
    assert_eq!(two.compare(&chain), ChainOrder::Ahead);
    assert_eq!(two.compare(&fork), ChainOrder::Fork { at: 2 });
    assert_eq!(two.compare(&three), ChainOrder::Fork { at: 2 });
    assert!(chain.yields_to(&two) && two.yields_to(&three));
    assert!(!two.yields_to(&fork) && !two.yields_to(&chain));
    let other = RosterChain::new(deployment(), OrganisationId::from_root(&key(5)));
    assert!(!other.yields_to(&two));
    assert_eq!(first.body().n, 1);
}

#[test]
fn nobody_who_has_left_goes_on_with_a_chain_of_her_own() {
    let (mut chain, first) = founded();
    let mut second = next(&first);
    second.devices.push(entry(21, Role::Admin));
    second.devices.sort_by_key(|entry| entry.device);
    let second = signed(second, &key(ADMIN));
    chain.extend(&second.to_bytes(), &Fake).unwrap();
    let fork = |by: u8| {
        let mut fork = chain.clone();
        for issued_ms in 5..8 {
            let head = RosterHead { issued_ms, signer: key(by), ..next(fork.newest().unwrap()) };
            fork.extend(&signed(head, &key(by)).to_bytes(), &Fake).unwrap();
        }
        fork
    };
    let (hers, ours) = (fork(21), fork(ADMIN));
    assert!(chain.yields_to(&hers) && chain.yields_to(&ours));
    let mut without = chain.clone();
    let mut third = next(&second);
    third.devices.retain(|entry| entry.device != DeviceId::from_key(&key(21)));
    without.extend(&signed(third, &key(ADMIN)).to_bytes(), &Fake).unwrap();
    assert_eq!(without.compare(&hers), ChainOrder::Fork { at: 3 });
    assert!(!without.yields_to(&hers), "longer, and hers");
    assert!(without.yields_to(&ours));
}

#[test]
fn a_part_proves_every_device_of_its_head() {
    let founding = roster().founding.unwrap();
    let proof = PartDevice { certificate: founding.certificate, invite: founding.invite, name: vec![1] };
    let open = |part: &RosterPart, named: Option<Hash>| {
        let bytes = canonical::to_vec(part).unwrap();
        let head = RosterHead { part: named.unwrap_or(Hash::of(&bytes)), ..roster() };
        let mut chain = RosterChain::new(deployment(), organisation());
        chain.extend(&signed(head, &key(ADMIN)).to_bytes(), &Fake).unwrap();
        chain.open_part(1, &bytes, &Fake)
    };
    let good = RosterPart { devices: vec![proof.clone()], ..RosterPart::default() };
    let opened = open(&good, None).unwrap();
    assert_eq!(opened.part, good);
    assert_eq!(opened.devices[0].device, DeviceId::from_key(&key(ADMIN)));
    assert_eq!(open(&good, Some(Hash::ZERO)), Err(chain::PartError::Hash));
    assert_eq!(open(&RosterPart::default(), None), Err(chain::PartError::Unproven));
    // A head may give less than the certificate does, never more.
    let extra = |role, certified, days: u32| {
        let invite = signed(Invite { key: key(22), ..invite(certified) }, &key(ORGANISATION));
        let body = DeviceCertificate { sign: key(21), ..certificate(certified) };
        let certificate = signed(body, &key(22)).to_bytes();
        let proofs = PartDevice { certificate, invite: invite.to_bytes(), name: vec![] };
        let part = RosterPart { devices: vec![proof.clone(), proofs], ..RosterPart::default() };
        let bytes = canonical::to_vec(&part).unwrap();
        let mut head = RosterHead { part: Hash::of(&bytes), ..roster() };
        head.devices.push(RosterDevice { not_after_day: DAY + days, ..entry(21, role) });
        head.devices.sort_unstable_by_key(|entry| entry.device);
        let mut chain = RosterChain::new(deployment(), organisation());
        chain.extend(&signed(head, &key(ADMIN)).to_bytes(), &Fake).unwrap();
        chain.open_part(1, &bytes, &Fake).map(|open| open.devices.len())
    };
    assert_eq!(extra(Role::Supervisor, Role::Supervisor, 90), Ok(2));
    assert_eq!(extra(Role::Caseworker, Role::Supervisor, 3), Ok(2));
    assert_eq!(extra(Role::Officer, Role::Caseworker, 90), Ok(2));
    assert_eq!(extra(Role::Supervisor, Role::Caseworker, 90), Err(chain::PartError::Role));
    assert_eq!(extra(Role::Admin, Role::Supervisor, 90), Err(chain::PartError::Role));
    assert_eq!(extra(Role::Supervisor, Role::Supervisor, 91), Err(chain::PartError::Day));
    let forged = PartDevice { certificate: signed(certificate(Role::Admin), &key(5)).to_bytes(), ..proof };
    let forged = RosterPart { devices: vec![forged], ..RosterPart::default() };
    assert!(matches!(open(&forged, None), Err(chain::PartError::Certificate(_))));
    let (chain, _) = founded();
    assert_eq!(chain.open_part(2, b"part", &Fake), Err(chain::PartError::Unknown));
}

#[test]
fn a_clearance_key_is_due_when_somebody_knows_it_who_may_not() {
    use crate::role::Clearance::{Need, Open, Strict};
    use rotation::rotation_due;
    let (mut chain, first) = founded();
    let admin = entry(ADMIN, Role::Admin);
    let due = |chain: &RosterChain, next: &[RosterDevice]| rotation_due(chain, next);
    assert_eq!(due(&chain, &[admin]), []);
    assert_eq!(due(&RosterChain::new(deployment(), organisation()), &[]), []);
    let extend =
        |chain: &mut RosterChain, last: &Signed<RosterHead>, change: &dyn Fn(&mut RosterHead), by| {
            let mut body = next(last);
            body.signer = key(by);
            change(&mut body);
            body.devices.sort_unstable_by_key(|entry| entry.device);
            let head = signed(body, &key(by));
            chain.extend(&head.to_bytes(), &Fake).unwrap();
            head
        };
    let (worker, second) = (entry(20, Role::Caseworker), entry(21, Role::Admin));
    let two = extend(&mut chain, &first, &|head| head.devices = vec![admin, worker, second], ADMIN);
    assert_eq!(due(&chain, &[admin, worker, second]), []);
    assert_eq!(due(&chain, &[admin, second]), [Open, Need]);
    assert_eq!(due(&chain, &[admin, worker]), [Open, Need, Strict]);
    assert_eq!(due(&chain, &[admin, worker, entry(21, Role::Officer)]), [Strict]);
    // A removal that changed no key is still due, until a key that the leaver never had is in force.
    let three = extend(&mut chain, &two, &|head| head.devices = vec![admin, second], ADMIN);
    assert_eq!(due(&chain, &[admin, second]), [Open, Need]);
    let rekey = |head: &mut RosterHead| {
        head.clearance.open = clearance(2, 50);
        head.clearance.need = clearance(2, 51);
    };
    let four = extend(&mut chain, &three, &rekey, 21);
    assert_eq!(due(&chain, &[admin, second]), []);
    // Who made a key knows it, whether the roster lists her or not.
    let mut gone = chain.clone();
    let alone = |head: &mut RosterHead| {
        head.devices = vec![admin];
        head.clearance.strict = clearance(2, 52);
    };
    extend(&mut gone, &four, &alone, 21);
    assert_eq!(due(&gone, &[admin]), [Open, Need, Strict]);
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
