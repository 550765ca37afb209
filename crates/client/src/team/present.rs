//! The team as this desk has verified it.

use amana_crypto::{KemSecret, StrictVerifier, names};
use amana_domain::{
    canonical,
    ids::{DeviceId, Hash},
    role::{Clearance, Role},
    signed::Unverified,
    trust::{
        CertifiedDevice, DeviceCertificate, RecoveryEntry, RosterChain,
        chain::OpenPart,
        roster::{Backlink, RosterHead},
        rotation::CLEARANCES,
    },
};
use serde_bytes::ByteBuf;

use super::Secret;
use crate::{Client, ClientError};

/// One device of a roster, present or to come.
#[derive(Clone)]
pub(super) struct Member {
    pub device: DeviceId,
    /// The role that the roster lists: the certified one or a lower.
    pub role: Role,
    pub certified: DeviceCertificate,
    pub certificate: Vec<u8>,
    pub invite: Vec<u8>,
    pub invite_hash: Hash,
    pub name: String,
}

impl Member {
    /// A device whose invite and certificate have been checked.
    pub fn new(
        device: CertifiedDevice,
        role: Role,
        certificate: Vec<u8>,
        invite: Vec<u8>,
        name: String,
    ) -> Self {
        Self {
            device: device.device,
            role,
            invite_hash: device.invite,
            certified: device.certificate,
            certificate,
            invite,
            name,
        }
    }
}

/// The newest roster, opened, with everything that the next one is made from.
pub(super) struct Present {
    pub chain: RosterChain,
    pub head: RosterHead,
    pub members: Vec<Member>,
    /// The secrets in force, of all three clearances.
    pub secrets: Vec<Secret>,
    pub backlinks: Vec<Backlink>,
    pub recovery: Vec<RecoveryEntry>,
    /// Every generation of the `open` secret, newest first.
    pub opens: Vec<KemSecret>,
}

impl Client {
    /// The newest roster, or `None` if this desk lacks its part or a secret and cannot make a next one.
    pub(super) fn present(&mut self) -> Result<Option<Present>, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let chain = self.trust.chain(organisation);
        let number = chain.number();
        let Some(part) = self.write(|tx| Ok(tx.roster_part(organisation, number)?))? else { return Ok(None) };
        let open = chain
            .open_part(number, &part, &StrictVerifier)
            .map_err(|_| ClientError::Internal("roster part"))?;
        Ok(Present::new(chain, open, self.team_secrets()?))
    }
}

impl Present {
    /// From the newest roster's part and every secret at hand, newest first; `None` without all that are in force.
    pub fn new(chain: RosterChain, open: OpenPart, all: Vec<Secret>) -> Option<Self> {
        let head = chain.newest()?.body().clone();
        let secrets: Vec<Secret> = all
            .iter()
            .filter(|secret| secret.generation == head.clearance.get(secret.clearance).generation)
            .cloned()
            .collect();
        if secrets.len() != CLEARANCES.len() {
            return None;
        }
        let opens: Vec<KemSecret> = all
            .into_iter()
            .filter(|secret| secret.clearance == Clearance::Open)
            .map(|secret| secret.key)
            .collect();
        let members = open
            .devices
            .into_iter()
            .zip(&open.part.devices)
            .filter_map(|(device, kept)| {
                let role = head.role_of(&device.device)?;
                let id = device.device;
                let name = opens.iter().find_map(|open| names::open_name(open, id, &kept.name).ok());
                let (certificate, invite) = (kept.certificate.clone(), kept.invite.clone());
                Some(Member::new(device, role, certificate, invite, name.unwrap_or_default()))
            })
            .collect();
        let recovery = recoveries_in(&head, &open.part.recovery);
        Some(Self { chain, head, members, secrets, backlinks: open.part.backlinks, recovery, opens })
    }
}

/// The recoveries of a part that its head names.
pub(super) fn recoveries_in(head: &RosterHead, recovery: &[ByteBuf]) -> Vec<RecoveryEntry> {
    recovery
        .iter()
        .filter_map(|bytes| canonical::from_slice::<RecoveryEntry>(bytes).ok())
        .filter(|entry| head.recovery.contains(&entry.sign))
        .collect()
}

/// A certificate whose signature was checked when it was taken in.
pub(crate) fn certificate_of(bytes: &[u8]) -> Result<DeviceCertificate, ClientError> {
    Unverified::<DeviceCertificate>::parse(bytes)
        .map(|certificate| certificate.claimed().clone())
        .map_err(|_| ClientError::Internal("certificate"))
}
