//! Chains of rosters: founding, succession, forks, parts, and when a clearance key is due.

use super::*;

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
    let fork = |signers: [u8; 3]| {
        let mut fork = chain.clone();
        for (by, issued_ms) in signers.into_iter().zip(5..) {
            let head = RosterHead { issued_ms, signer: key(by), ..next(fork.newest().unwrap()) };
            fork.extend(&signed(head, &key(by)).to_bytes(), &Fake).unwrap();
        }
        fork
    };
    let (hers, ours) = (fork([21; 3]), fork([ADMIN; 3]));
    // After a roster that an admin signed and the relay did not take, so that another one came in its place.
    let hers_after_a_lost_one = fork([ADMIN, 21, 21]);
    assert!(chain.yields_to(&hers) && chain.yields_to(&ours));
    let mut without = chain.clone();
    let mut third = next(&second);
    third.devices.retain(|entry| entry.device != DeviceId::from_key(&key(21)));
    without.extend(&signed(third, &key(ADMIN)).to_bytes(), &Fake).unwrap();
    assert_eq!(without.compare(&hers), ChainOrder::Fork { at: 3 });
    assert!(!without.yields_to(&hers), "longer, and hers");
    assert!(!without.yields_to(&hers_after_a_lost_one), "longer, and hers in the end");
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
