//! Recovery rosters: who may make one, and what it must do.

use super::*;
use crate::trust::roster::RecoveryProof;

const CODE: u8 = 30;
const OTHER_CODE: u8 = 31;
const FRESH: u8 = 32;
const FRESH_INVITE: u8 = 33;

/// A team whose second roster names a recovery.
fn recoverable() -> (RosterChain, Signed<RosterHead>) {
    let (mut chain, first) = founded();
    let second = RosterHead { recovery: vec![key(CODE)], ..next(&first) };
    let second = signed(second, &key(ADMIN));
    assert_eq!(chain.extend(&second.to_bytes(), &Fake), Ok(Extended::Added));
    (chain, second)
}

/// What the next roster of a recovery is made from; each field can be forged.
struct Recovery {
    role: Role,
    root: u8,
    invite_key: u8,
    certified_by: u8,
    proof: RecoveryProof,
    proof_by: u8,
}

impl Recovery {
    fn honest(last: &Signed<RosterHead>) -> Self {
        Self {
            role: Role::Admin,
            root: ORGANISATION,
            invite_key: FRESH_INVITE,
            certified_by: FRESH_INVITE,
            proof: RecoveryProof {
                deployment: deployment(),
                organisation: organisation(),
                n: last.body().n + 1,
                prev: last.hash(),
                device: DeviceId::from_key(&key(FRESH)),
                key: key(CODE),
            },
            proof_by: CODE,
        }
    }

    fn head(&self, last: &Signed<RosterHead>) -> RosterHead {
        let body = Invite { root: key(self.root), key: key(self.invite_key), ..invite(self.role) };
        let invite = signed(body, &key(self.root));
        let body = DeviceCertificate { sign: key(FRESH), ..certificate(self.role) };
        let certificate = signed(body, &key(self.certified_by));
        let not_after_day = certificate.body().not_after_day;
        let mut head = next(last);
        head.devices = vec![RosterDevice { not_after_day, ..entry(FRESH, Role::Admin) }];
        head.signer = key(FRESH);
        head.clearance =
            Clearances { open: clearance(2, 71), need: clearance(2, 72), strict: clearance(2, 73) };
        head.invites.push(invite.hash());
        head.invites.sort_unstable();
        head.recovery = vec![];
        head.founding = Some(Founding {
            invite: invite.to_bytes(),
            certificate: certificate.to_bytes(),
            proof: Some(signed(self.proof.clone(), &key(self.proof_by)).to_bytes()),
        });
        head
    }
}

#[test]
fn a_recovery_is_bound_to_team_roster_and_device() {
    let (chain, last) = recoverable();
    let extend = |head: RosterHead| {
        let mut chain = chain.clone();
        let result = chain.extend(&signed(head, &key(FRESH)).to_bytes(), &Fake);
        result.map(|_| chain)
    };
    let recovered = extend(Recovery::honest(&last).head(&last)).unwrap();
    let uses: Vec<_> = recovered.recoveries().map(|head| (head.n, head.signer)).collect();
    assert_eq!(uses, [(3, key(FRESH))]);
    assert_eq!(recovered.role_of(&DeviceId::from_key(&key(ADMIN))), None);

    type Forge = fn(&mut Recovery);
    type Check = fn(&RosterError) -> bool;
    let forgeries: [(Forge, Check); 11] = [
        // Without the code: another key, or the right one's name without its signature.
        (|r| (r.proof.key, r.proof_by) = (key(OTHER_CODE), OTHER_CODE), |e| *e == RosterError::Recovery),
        (|r| r.proof_by = OTHER_CODE, |e| matches!(e, RosterError::Signed(_))),
        // A proof for another roster, team or device.
        (|r| r.proof.n += 1, |e| *e == RosterError::Recovery),
        (|r| r.proof.prev = Hash::ZERO, |e| *e == RosterError::Recovery),
        (|r| r.proof.organisation = OrganisationId::from_root(&key(5)), |e| *e == RosterError::Recovery),
        (|r| r.proof.deployment = DeploymentId::from_root(&key(5)), |e| *e == RosterError::Recovery),
        (|r| r.proof.device = DeviceId::from_key(&key(5)), |e| *e == RosterError::Recovery),
        // Without the root.
        (|r| r.root = 5, |e| matches!(e, RosterError::Certificate(CertificateError::Root))),
        (|r| r.certified_by = 5, |e| matches!(e, RosterError::Certificate(_))),
        (|r| r.role = Role::Supervisor, |e| *e == RosterError::NotAdmin),
        // The founder's invite, used before.
        (|r| (r.invite_key, r.certified_by) = (INVITE, INVITE), |e| *e == RosterError::Invites),
    ];
    for (at, (forge, expected)) in forgeries.into_iter().enumerate() {
        let mut recovery = Recovery::honest(&last);
        forge(&mut recovery);
        let mut head = recovery.head(&last);
        head.invites.dedup();
        let error = extend(head).unwrap_err();
        assert!(expected(&error), "{at}: {error:?}");
    }

    type Change = fn(&mut RosterHead);
    let heads: [(Change, RosterError); 8] = [
        // Old keys that stay in force, a recovery that could be used again.
        (|head| head.clearance.need = clearance(1, 2), RosterError::Recovery),
        (|head| head.recovery = vec![key(CODE)], RosterError::Recovery),
        (|head| head.founding.as_mut().unwrap().proof = None, RosterError::Founding),
        (|head| head.prev = None, RosterError::Prev),
        (|head| head.invites.retain(|invite| *invite == roster().invites[0]), RosterError::Invites),
        (|head| head.invites.retain(|invite| *invite != roster().invites[0]), RosterError::Invites),
        (|head| head.devices[0].not_after_day += 1, RosterError::NotAdmin),
        (|head| head.recovery = vec![key(3), key(2)], RosterError::Content),
    ];
    for (change, expected) in heads {
        let mut head = Recovery::honest(&last).head(&last);
        change(&mut head);
        assert_eq!(extend(head).unwrap_err(), expected);
    }
    // Somebody else's signature under an honest proof.
    let mut stolen = Recovery::honest(&last).head(&last);
    stolen.signer = key(5);
    let mut chain = chain.clone();
    let result = chain.extend(&signed(stolen, &key(5)).to_bytes(), &Fake);
    assert_eq!(result, Err(RosterError::NotAdmin));
}

#[test]
fn without_a_recovery_set_up_there_is_none_and_a_used_one_is_gone() {
    let (mut chain, first) = founded();
    let head = Recovery::honest(&first).head(&first);
    let result = chain.extend(&signed(head, &key(FRESH)).to_bytes(), &Fake);
    assert_eq!(result, Err(RosterError::Recovery));
    let (mut chain, last) = recoverable();
    let third = signed(Recovery::honest(&last).head(&last), &key(FRESH));
    chain.extend(&third.to_bytes(), &Fake).unwrap();
    let mut again = Recovery::honest(&third);
    (again.invite_key, again.certified_by) = (34, 34);
    let mut head = again.head(&third);
    head.clearance = Clearances { open: clearance(3, 81), need: clearance(3, 82), strict: clearance(3, 83) };
    let result = chain.extend(&signed(head, &key(FRESH)).to_bytes(), &Fake);
    assert_eq!(result, Err(RosterError::Recovery));
    // A founding with a proof founds nothing.
    let mut founding = roster();
    founding.founding.as_mut().unwrap().proof = third.body().founding.clone().unwrap().proof;
    let mut chain = RosterChain::new(deployment(), organisation());
    let result = chain.extend(&signed(founding, &key(ADMIN)).to_bytes(), &Fake);
    assert_eq!(result, Err(RosterError::Founding));
}
