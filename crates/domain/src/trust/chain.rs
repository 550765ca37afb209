//! The chain of a team's rosters: each is checked against the one before.

use std::collections::HashMap;

use super::{
    certificate::{CertificateError, CertifiedDevice, verify_signatures},
    roots::OrganisationRoots,
    roster::{
        ClearanceKey, Founding, MAX_DEVICES, MAX_INVITES, MAX_RECOVERIES, RecoveryProof, RosterHead,
        RosterPart,
    },
    rotation::CLEARANCES,
};
use crate::{
    canonical::{self, CanonicalError},
    ids::{DeploymentId, DeviceId, Hash, OrganisationId, VerifyKey},
    role::Role,
    signed::{Signed, SignedError, Unverified, Verifier},
};

/// What a link did to a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extended {
    /// It is the newest now.
    Added,
    /// The chain held exactly this link already.
    Known,
}

/// Why a roster is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RosterError {
    /// It cannot be read, or the signature is not its signer's.
    #[error("bad roster")]
    Signed(#[from] SignedError),
    /// It belongs to another deployment or organisation.
    #[error("another organisation's roster")]
    Organisation,
    /// Another roster with this number is known already.
    #[error("differs from a known roster")]
    Fork,
    /// Rosters are missing in between.
    #[error("rosters are missing")]
    Gap,
    /// It does not continue the newest roster.
    #[error("does not continue the newest roster")]
    Prev,
    /// Roster 1 carries no founding, or a later one carries one that is no recovery.
    #[error("founding missing or misplaced")]
    Founding,
    /// The founding device is not certified by the organisation's root.
    #[error("bad founding")]
    Certificate(#[from] CertificateError),
    /// Founded under a root that is not in force any more, or not the founding that the directory names.
    #[error("not the founding of this team")]
    OtherFounding,
    /// The signer is no admin of the roster before (or of the founding).
    #[error("not signed by an admin")]
    NotAdmin,
    /// Devices or invites are not ascending and unique, too many, or no admin is left.
    #[error("malformed roster")]
    Content,
    /// A clearance generation falls, or key and generation do not change together.
    #[error("a clearance key went backwards")]
    Clearance,
    /// A recovery that the roster before does not allow, is about another roster, or leaves old keys in force.
    #[error("not a recovery of this team")]
    Recovery,
    /// A used invite was dropped.
    #[error("a used invite was forgotten")]
    Invites,
}

/// How two chains of one organisation relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainOrder {
    /// They are the same.
    Same,
    /// The other one continues this one.
    Behind,
    /// This one continues the other one.
    Ahead,
    /// They differ from roster `at` on: somebody signed two rosters with one number.
    Fork {
        /// The first number that differs.
        at: u64,
    },
}

/// The chain of one organisation's rosters from its founding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterChain {
    deployment: DeploymentId,
    organisation: OrganisationId,
    roots: OrganisationRoots,
    root: Option<VerifyKey>,
    heads: Vec<Signed<RosterHead>>,
}

impl RosterChain {
    /// An empty chain of this organisation, of which no directory was seen.
    pub fn new(deployment: DeploymentId, organisation: OrganisationId) -> Self {
        let roots = OrganisationRoots::default();
        Self { deployment, organisation, roots, root: None, heads: Vec::new() }
    }

    /// The same chain, judged from now on by the roots that the directory puts in force.
    pub fn with_roots(self, roots: OrganisationRoots) -> Self {
        Self { roots, ..self }
    }

    /// Whether the roots that a directory puts in force let this chain stand.
    pub fn fits(&self, roots: &OrganisationRoots) -> bool {
        match (&self.root, self.hash_of(1)) {
            (Some(root), Some(first)) => roots.founds(&self.organisation, root, &first),
            _ => true,
        }
    }

    /// Checks a signed roster head and appends it. An exact repeat of a known one changes nothing.
    pub fn extend(&mut self, bytes: &[u8], verifier: &impl Verifier) -> Result<Extended, RosterError> {
        let link = Unverified::<RosterHead>::parse(bytes)?;
        let signer = link.claimed().signer;
        let link = link.verify(&signer, verifier)?;
        let body = link.body();
        if body.deployment != self.deployment || body.organisation != self.organisation {
            return Err(RosterError::Organisation);
        }
        if let Some(known) = self.by_number(body.n) {
            return if known.hash() == link.hash() { Ok(Extended::Known) } else { Err(RosterError::Fork) };
        }
        if body.n != self.number() + 1 {
            return Err(RosterError::Gap);
        }
        check_content(body)?;
        let root = match self.heads.last() {
            None => self.check_founding(&link, verifier)?,
            Some(newest) => {
                check_successor(newest, body)?;
                self.check_signer(newest, body, verifier)?;
                self.root.ok_or(RosterError::Founding)?
            }
        };
        self.root = Some(root);
        self.heads.push(link);
        Ok(Extended::Added)
    }

    fn check_founding(
        &self,
        head: &Signed<RosterHead>,
        verifier: &impl Verifier,
    ) -> Result<VerifyKey, RosterError> {
        let body = head.body();
        if body.prev.is_some() {
            return Err(RosterError::Prev);
        }
        let founding = body.founding.as_ref().ok_or(RosterError::Founding)?;
        if founding.proof.is_some() {
            return Err(RosterError::Founding);
        }
        let founder = self.check_founder(body, founding, verifier)?;
        if !self.roots.founds(&self.organisation, &founder.root, &head.hash()) {
            return Err(RosterError::OtherFounding);
        }
        Ok(founder.root)
    }

    /// The signer of a next roster is an admin of the one before, or recovers the team.
    fn check_signer(
        &self,
        newest: &Signed<RosterHead>,
        body: &RosterHead,
        verifier: &impl Verifier,
    ) -> Result<(), RosterError> {
        let before = newest.body();
        let Some(founding) = &body.founding else {
            let admin = before.role_of(&DeviceId::from_key(&body.signer)) == Some(Role::Admin);
            return if admin { Ok(()) } else { Err(RosterError::NotAdmin) };
        };
        let proof = founding.proof.as_ref().ok_or(RosterError::Founding)?;
        let proof = Unverified::<RecoveryProof>::parse(proof)?;
        let key = proof.claimed().key;
        if !before.recovery.contains(&key) {
            return Err(RosterError::Recovery);
        }
        let proof = proof.verify(&key, verifier)?;
        let founder = self.check_founder(body, founding, verifier)?;
        let expected = RecoveryProof {
            deployment: self.deployment,
            organisation: self.organisation,
            n: body.n,
            prev: newest.hash(),
            device: founder.device,
            key,
        };
        // It is used up, and whoever held the keys before it must not hold those after it.
        let renewed = CLEARANCES.into_iter().all(|clearance| {
            body.clearance.get(clearance).generation > before.clearance.get(clearance).generation
        });
        if *proof.body() != expected || body.recovery.contains(&key) || !renewed {
            return Err(RosterError::Recovery);
        }
        if before.used_invite(&founder.invite) {
            return Err(RosterError::Invites);
        }
        Ok(())
    }

    /// A device that enters by a founding: certified as an admin, listed so, its invite used.
    fn check_founder(
        &self,
        body: &RosterHead,
        founding: &Founding,
        verifier: &impl Verifier,
    ) -> Result<CertifiedDevice, RosterError> {
        let founder = verify_signatures(
            &founding.invite,
            &founding.certificate,
            &self.deployment,
            &self.organisation,
            &self.roots,
            verifier,
        )?;
        let listed = body.device(&founder.device).ok_or(RosterError::NotAdmin)?;
        if founder.certificate.role != Role::Admin
            || founder.certificate.sign != body.signer
            || listed.role != Role::Admin
            || listed.not_after_day != founder.certificate.not_after_day
        {
            return Err(RosterError::NotAdmin);
        }
        if !body.used_invite(&founder.invite) {
            return Err(RosterError::Invites);
        }
        Ok(founder)
    }

    /// The rosters by which the team was recovered, ascending.
    pub fn recoveries(&self) -> impl Iterator<Item = &RosterHead> {
        self.after(1).iter().map(Signed::body).filter(|head| head.founding.is_some())
    }

    /// The organisation.
    pub fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }
    /// The deployment.
    pub fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }
    /// The organisation's root key that founded the team, known from roster 1 on.
    pub fn root(&self) -> Option<&VerifyKey> {
        self.root.as_ref()
    }
    /// The newest roster.
    pub fn newest(&self) -> Option<&Signed<RosterHead>> {
        self.heads.last()
    }
    /// The newest number; 0 = none yet.
    pub fn number(&self) -> u64 {
        self.heads.len() as u64
    }
    /// Roster `n`.
    pub fn by_number(&self, n: u64) -> Option<&Signed<RosterHead>> {
        self.heads.get(usize::try_from(n.checked_sub(1)?).ok()?)
    }
    /// Hash of roster `n`.
    pub fn hash_of(&self, n: u64) -> Option<Hash> {
        self.by_number(n).map(Signed::hash)
    }
    /// The rosters after `n`, ascending.
    pub fn after(&self, n: u64) -> &[Signed<RosterHead>] {
        let from = usize::try_from(n).unwrap_or(usize::MAX).min(self.heads.len());
        &self.heads[from..]
    }
    /// The role that roster `n` gives a device.
    pub fn role_in(&self, n: u64, device: &DeviceId) -> Option<Role> {
        self.by_number(n)?.body().role_of(device)
    }
    /// The role that the newest roster gives a device.
    pub fn role_of(&self, device: &DeviceId) -> Option<Role> {
        self.newest()?.body().role_of(device)
    }

    /// How this chain relates to another one of the same organisation.
    pub fn compare(&self, other: &Self) -> ChainOrder {
        let differs = self.heads.iter().zip(&other.heads).position(|(a, b)| a.message() != b.message());
        match (differs, self.heads.len().cmp(&other.heads.len())) {
            (Some(at), _) => ChainOrder::Fork { at: at as u64 + 1 },
            (None, std::cmp::Ordering::Less) => ChainOrder::Behind,
            (None, std::cmp::Ordering::Equal) => ChainOrder::Same,
            (None, std::cmp::Ordering::Greater) => ChainOrder::Ahead,
        }
    }

    /// Whether the other chain should replace this one: the longest valid chain wins, and of two that
    /// are equally long the one held already. But never one that differs by a roster of somebody who was in the team and
    /// is no admin of it any more: whoever was removed could always sign a longer one, also after a roster that an
    /// admin signed and that lost to another.
    pub fn yields_to(&self, other: &Self) -> bool {
        self.organisation == other.organisation
            && self.deployment == other.deployment
            && other.heads.len() > self.heads.len()
            && match self.compare(other) {
                ChainOrder::Fork { at } => !other.after(at - 1).iter().any(|head| self.has_left(head.body())),
                _ => true,
            }
    }

    /// Whether the signer of a roster was listed here once and is no admin now.
    fn has_left(&self, roster: &RosterHead) -> bool {
        let signer = DeviceId::from_key(&roster.signer);
        self.role_of(&signer) != Some(Role::Admin)
            && self.heads.iter().any(|head| head.body().role_of(&signer).is_some())
    }

    /// Reads the part of roster `n` and checks it: it is the one that the head names, and the
    /// organisation's root vouches for every device in the head.
    pub fn open_part(&self, n: u64, part: &[u8], verifier: &impl Verifier) -> Result<OpenPart, PartError> {
        let head = self.by_number(n).ok_or(PartError::Unknown)?.body();
        if Hash::of(part) != head.part {
            return Err(PartError::Hash);
        }
        let part: RosterPart = canonical::from_slice(part)?;
        let devices = part
            .devices
            .iter()
            .map(|device| {
                let (invite, certificate) = (&device.invite, &device.certificate);
                verify_signatures(
                    invite,
                    certificate,
                    &self.deployment,
                    &self.organisation,
                    &self.roots,
                    verifier,
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        let proven: HashMap<_, _> =
            devices.iter().map(|device| (device.device, &device.certificate)).collect();
        for entry in &head.devices {
            let certificate = proven.get(&entry.device).ok_or(PartError::Unproven)?;
            if !certificate.role.at_least(entry.role) {
                return Err(PartError::Role);
            }
            if entry.not_after_day > certificate.not_after_day {
                return Err(PartError::Day);
            }
        }
        Ok(OpenPart { part, devices })
    }
}

/// A roster part whose hash and certificates have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPart {
    /// The part.
    pub part: RosterPart,
    /// Its devices, in the part's order.
    pub devices: Vec<CertifiedDevice>,
}

/// Why a roster part is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartError {
    /// The chain has no such roster.
    #[error("no such roster")]
    Unknown,
    /// It is not the part that the head names.
    #[error("not this roster's part")]
    Hash,
    /// It cannot be read.
    #[error("malformed part")]
    Encoding(#[from] CanonicalError),
    /// A device in it is not certified.
    #[error("a device is not certified")]
    Certificate(#[from] CertificateError),
    /// The head lists a device without a certificate in the part.
    #[error("a device has no certificate")]
    Unproven,
    /// The head gives a device more than its certificate does. Less is a demotion.
    #[error("a role above the certified one")]
    Role,
    /// The head lists a device for longer than its certificate is valid.
    #[error("listed for longer than certified")]
    Day,
}

fn check_content(body: &RosterHead) -> Result<(), RosterError> {
    let ascending = body.devices.windows(2).all(|pair| pair[0].device < pair[1].device)
        && body.invites.windows(2).all(|pair| pair[0] < pair[1])
        && body.recovery.windows(2).all(|pair| pair[0] < pair[1]);
    let bounded = body.devices.len() <= MAX_DEVICES
        && body.invites.len() <= MAX_INVITES
        && body.recovery.len() <= MAX_RECOVERIES;
    let led = body.devices.iter().any(|entry| entry.role == Role::Admin);
    if ascending && bounded && led { Ok(()) } else { Err(RosterError::Content) }
}

fn check_successor(newest: &Signed<RosterHead>, body: &RosterHead) -> Result<(), RosterError> {
    let before = newest.body();
    if body.prev != Some(newest.hash()) {
        return Err(RosterError::Prev);
    }
    let (old, new) = (&before.clearance, &body.clearance);
    if ![(&old.open, &new.open), (&old.need, &new.need), (&old.strict, &new.strict)]
        .into_iter()
        .all(|(old, new)| follows(old, new))
    {
        return Err(RosterError::Clearance);
    }
    if !before.invites.iter().all(|invite| body.used_invite(invite)) {
        return Err(RosterError::Invites);
    }
    Ok(())
}

fn follows(old: &ClearanceKey, new: &ClearanceKey) -> bool {
    if new.generation == old.generation {
        new.key == old.key
    } else {
        new.generation > old.generation && new.key != old.key
    }
}
