//! Roots of the deployment and of organisations, and what a stolen one can do.

use super::*;
use crate::trust::certificate::{read_invite, verify_invite, verify_signatures};

const SECOND: u8 = 40;
const THIRD: u8 = 41;
const THIEF: u8 = 66;

fn announced(n: u8) -> Option<Hash> {
    Some(Hash::of(key(n).as_bytes()))
}

/// A chain whose first version announces the organisation's second root.
fn chain() -> (DirectoryChain, Signed<Directory>) {
    let mut chain = DirectoryChain::pinned(fingerprint_of(&key(ROOT)));
    let mut first = directory();
    first.organisations[0].next_root = announced(SECOND);
    let first = signed(first, &key(ROOT));
    assert_eq!(chain.extend(&first.to_bytes(), &Fake), Ok(Extended::Added));
    (chain, first)
}

fn extend(
    chain: &mut DirectoryChain,
    change: impl FnOnce(&mut Organisation),
) -> Result<Extended, DirectoryError> {
    let mut body = after(chain.newest().unwrap());
    change(&mut body.organisations[0]);
    let by = body.root;
    chain.extend(&signed(body, &by).to_bytes(), &Fake)
}

fn to_second(entry: &mut Organisation) {
    entry.root = key(SECOND);
    entry.next_root = announced(THIRD);
}

/// A chain in which the second root is in force and `founding` is named.
fn turned(founding: Option<Hash>) -> DirectoryChain {
    let (mut chain, _) = chain();
    let result = extend(&mut chain, |entry| {
        to_second(entry);
        entry.founding = founding;
    });
    assert_eq!(result, Ok(Extended::Added));
    chain
}

#[test]
fn only_an_announced_organisation_root_takes_over() {
    let (mut chain, _) = chain();
    for root in [THIRD, THIEF, ROOT] {
        let stolen = |entry: &mut Organisation| {
            entry.root = key(root);
            entry.next_root = announced(THIEF);
        };
        assert_eq!(extend(&mut chain, stolen), Err(DirectoryError::OrganisationRoot), "{root}");
    }
    assert_eq!(chain.roots(&organisation()).present(), Some(&key(ORGANISATION)));
    assert_eq!(extend(&mut chain, to_second), Ok(Extended::Added));
    assert_eq!(chain.roots(&organisation()).present(), Some(&key(SECOND)));
    // Neither the one before nor anybody's comes back; the next one does, and then nobody is announced.
    for root in [ORGANISATION, THIEF] {
        let back = extend(&mut chain, |entry| entry.root = key(root));
        assert_eq!(back, Err(DirectoryError::OrganisationRoot));
    }
    let last = |entry: &mut Organisation| {
        entry.root = key(THIRD);
        entry.next_root = None;
    };
    assert_eq!(extend(&mut chain, last), Ok(Extended::Added));
    assert_eq!(extend(&mut chain, to_second), Err(DirectoryError::OrganisationRoot));
    assert_eq!(chain.version(), 3);
}

#[test]
fn an_announced_old_root_does_not_come_back() {
    let (mut chain, _) = chain();
    let announce_old = |entry: &mut Organisation| {
        entry.root = key(SECOND);
        entry.next_root = announced(ORGANISATION);
    };
    assert_eq!(extend(&mut chain, announce_old), Ok(Extended::Added));
    let back = extend(&mut chain, |entry| entry.root = key(ORGANISATION));
    assert_eq!(back, Err(DirectoryError::OrganisationRoot));
}

#[test]
fn what_was_announced_stays_announced() {
    let (mut chain, _) = chain();
    for next in [None, announced(THIEF)] {
        let result = extend(&mut chain, |entry| entry.next_root = next);
        assert_eq!(result, Err(DirectoryError::Announcement), "{next:?}");
    }
    // The same for the deployment's own.
    let mut body = after(chain.newest().unwrap());
    body.next_root = Hash::of(key(THIEF).as_bytes());
    let forged = signed(body, &key(ROOT)).to_bytes();
    assert_eq!(chain.extend(&forged, &Fake), Err(DirectoryError::Announcement));
    // A founding, once named, stays. An organisation that announced nothing may begin to.
    let (mut older, _) = started();
    let named = |entry: &mut Organisation| {
        entry.next_root = announced(SECOND);
        entry.founding = Some(Hash::of(b"one"));
    };
    assert_eq!(extend(&mut older, named), Ok(Extended::Added));
    for founding in [None, Some(Hash::of(b"two"))] {
        let result = extend(&mut older, |entry| entry.founding = founding);
        assert_eq!(result, Err(DirectoryError::Announcement), "{founding:?}");
    }
}

#[test]
fn an_organisation_that_was_left_out_comes_back_as_it_was() {
    let (mut chain, _) = chain();
    let gone = Directory { organisations: vec![], ..after(chain.newest().unwrap()) };
    assert_eq!(chain.extend(&signed(gone, &key(ROOT)).to_bytes(), &Fake), Ok(Extended::Added));
    let entry = chain.by_version(1).unwrap().body().organisations[0].clone();
    let again = |entry: Organisation| {
        let mut chain = chain.clone();
        let body = Directory { organisations: vec![entry], ..after(chain.newest().unwrap()) };
        chain.extend(&signed(body, &key(ROOT)).to_bytes(), &Fake)
    };
    let stolen = Organisation { root: key(THIEF), ..entry.clone() };
    assert_eq!(again(stolen), Err(DirectoryError::OrganisationRoot));
    assert_eq!(
        again(Organisation { next_root: announced(THIEF), ..entry.clone() }),
        Err(DirectoryError::Announcement)
    );
    assert_eq!(again(entry), Ok(Extended::Added));
}

/// A relay that mixes true and forged versions, or goes back to a root that was replaced.
#[test]
fn a_replaced_or_unknown_deployment_root_is_told_from_a_rollback() {
    let (mut chain, first) = chain();
    let renewed = Directory {
        root: key(NEXT),
        next_root: Hash::of(key(7).as_bytes()),
        ..after(chain.newest().unwrap())
    };
    let unsigned = signed(renewed.clone(), &key(ROOT)).to_bytes();
    assert!(
        matches!(chain.extend(&unsigned, &Fake), Err(DirectoryError::Signed(_))),
        "announced, not signed by it"
    );
    assert_eq!(chain.extend(&signed(renewed, &key(NEXT)).to_bytes(), &Fake), Ok(Extended::Added));
    // The old root goes on as if nothing had happened.
    let replayed = signed(Directory { name: "Other".into(), ..after(&first) }, &key(ROOT));
    assert_eq!(chain.extend(&replayed.to_bytes(), &Fake), Err(DirectoryError::Root));
    let later = Directory { root: key(ROOT), ..after(chain.newest().unwrap()) };
    assert_eq!(chain.extend(&signed(later.clone(), &key(ROOT)).to_bytes(), &Fake), Err(DirectoryError::Root));
    let skipped = Directory { root: key(NEXT), version: 4, ..later };
    assert_eq!(chain.extend(&signed(skipped, &key(NEXT)).to_bytes(), &Fake), Err(DirectoryError::Gap));
    let thief = signed(Directory { root: key(THIEF), ..directory() }, &key(THIEF));
    assert_eq!(chain.extend(&thief.to_bytes(), &Fake), Err(DirectoryError::Root));
    assert_eq!(chain.extend(&first.to_bytes(), &Fake), Ok(Extended::Known));
    assert_eq!(chain.version(), 2);
}

fn invited(root: u8) -> Vec<u8> {
    signed(Invite { root: key(root), ..invite(Role::Admin) }, &key(root)).to_bytes()
}

#[test]
fn a_replaced_root_lets_nobody_in_and_vouches_for_who_is_in() {
    let roots = turned(None).roots(&organisation());
    let device = signed(certificate(Role::Admin), &key(INVITE)).to_bytes();
    let new = |root: u8, roots: &OrganisationRoots| {
        let invite = invited(root);
        let admitted = verify_device(&invite, &device, &deployment(), &organisation(), roots, DAY, &Fake);
        let joined = verify_invite(&invite, &deployment(), &organisation(), roots, &Fake);
        assert_eq!(admitted.is_ok(), joined.is_ok());
        admitted.map(|device| device.root)
    };
    let listed = |root: u8, roots: &OrganisationRoots| {
        verify_signatures(&invited(root), &device, &deployment(), &organisation(), roots, &Fake).is_ok()
    };
    assert_eq!(new(SECOND, &roots), Ok(key(SECOND)));
    for root in [ORGANISATION, THIRD, THIEF] {
        assert_eq!(new(root, &roots), Err(CertificateError::Root), "{root}");
    }
    assert_eq!(
        [ORGANISATION, SECOND, THIRD, THIEF].map(|root| listed(root, &roots)),
        [true, true, false, false]
    );
    // Before the change, and without a directory: the first root, and no other.
    for roots in [chain().0.roots(&organisation()), unknown()] {
        assert_eq!(new(ORGANISATION, &roots), Ok(key(ORGANISATION)));
        assert_eq!([ORGANISATION, SECOND, THIEF].map(|root| listed(root, &roots)), [true, false, false]);
        assert_eq!(new(SECOND, &roots), Err(CertificateError::Root));
    }
    // Offline, an invite of any root can be read, if that root signed it for this deployment.
    assert!(read_invite(&invited(SECOND), &deployment(), &Fake).is_ok());
    let forged = signed(Invite { root: key(SECOND), ..invite(Role::Admin) }, &key(THIEF)).to_bytes();
    assert!(read_invite(&forged, &deployment(), &Fake).is_err());
    assert!(read_invite(&invited(SECOND), &DeploymentId::from_root(&key(5)), &Fake).is_err());
}

fn founding(root: u8) -> Signed<RosterHead> {
    let mut body = roster();
    let invite = invited(root);
    body.invites = vec![read_invite(&invite, &deployment(), &Fake).unwrap().hash()];
    body.founding = Some(Founding {
        invite,
        certificate: signed(certificate(Role::Admin), &key(INVITE)).to_bytes(),
        proof: None,
    });
    signed(body, &key(ADMIN))
}

#[test]
fn a_replaced_root_founds_no_team() {
    let extend = |founding: &Signed<RosterHead>, roots: OrganisationRoots| {
        RosterChain::new(deployment(), organisation()).with_roots(roots).extend(&founding.to_bytes(), &Fake)
    };
    let (old, new) = (founding(ORGANISATION), founding(SECOND));
    let roots = |named: Option<&Signed<RosterHead>>| turned(named.map(Signed::hash)).roots(&organisation());
    // Nobody had founded a team: only the present root does.
    assert_eq!(extend(&new, roots(None)), Ok(Extended::Added));
    assert_eq!(extend(&old, roots(None)), Err(RosterError::OtherFounding));
    // The directory names the founding under the old root: that one stands, and no other.
    assert_eq!(extend(&old, roots(Some(&old))), Ok(Extended::Added));
    assert_eq!(extend(&new, roots(Some(&old))), Err(RosterError::OtherFounding));
    let other = signed(RosterHead { issued_ms: 9, ..old.body().clone() }, &key(ADMIN));
    assert_eq!(extend(&other, roots(Some(&old))), Err(RosterError::OtherFounding));
    // Naming does not make anybody's invite a founding.
    let thief = founding(THIEF);
    let refused = extend(&thief, roots(Some(&thief)));
    assert_eq!(refused, Err(RosterError::Certificate(CertificateError::Root)));
    // A chain that was taken in before is judged again.
    let (held, first) = founded();
    assert!(held.fits(&unknown()) && held.fits(&roots(Some(&first))));
    assert!(!held.fits(&roots(None)) && !held.fits(&roots(Some(&other))));
    assert!(RosterChain::new(deployment(), organisation()).fits(&roots(None)));
}

#[test]
fn devices_of_the_old_root_stay_in_the_part() {
    let founding = founding(ORGANISATION).body().founding.clone().unwrap();
    let proof = PartDevice { certificate: founding.certificate, invite: founding.invite, name: vec![1] };
    let part = canonical::to_vec(&RosterPart { devices: vec![proof], ..RosterPart::default() }).unwrap();
    let head = signed(RosterHead { part: Hash::of(&part), ..roster() }, &key(ADMIN));
    let roots = turned(Some(head.hash())).roots(&organisation());
    let mut chain = RosterChain::new(deployment(), organisation()).with_roots(roots);
    chain.extend(&head.to_bytes(), &Fake).unwrap();
    assert_eq!(chain.open_part(1, &part, &Fake).unwrap().devices[0].root, key(ORGANISATION));
}
