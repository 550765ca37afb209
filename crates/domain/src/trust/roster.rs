//! The roster of a team: the small signed head that everybody reads, and the part that desks read.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::keys::{KemKey, SmsKey};
use crate::{
    ids::{DeploymentId, DeviceId, Hash, OrganisationId, VerifyKey},
    role::{Clearance, Role},
    signed::Signable,
};

/// Most devices in one roster.
pub const MAX_DEVICES: usize = 1000;
/// Most recoveries of one roster: by a printed code, and by officers.
pub const MAX_RECOVERIES: usize = 2;
/// Most used invites that one roster remembers.
pub const MAX_INVITES: usize = 10_000;

/// The signed head of roster `n`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterHead {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The organisation whose team it is.
    pub organisation: OrganisationId,
    /// From 1, without gaps.
    pub n: u64,
    /// Hash of roster n − 1; absent exactly in roster 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Hash>,
    /// The devices, ascending.
    pub devices: Vec<RosterDevice>,
    /// The public keys of the three clearances.
    pub clearance: Clearances,
    /// The team's key for SOS by SMS.
    pub sms: SmsKey,
    /// Hashes of the invites used so far, ascending.
    pub invites: Vec<Hash>,
    /// SHA-256 of the part.
    pub part: Hash,
    /// Signing key of the admin device that signs this.
    pub signer: VerifyKey,
    /// Keys that may sign for a recovery, ascending, at most [`MAX_RECOVERIES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<VerifyKey>,
    /// Why a signer may sign whom the roster before does not list: of roster 1, and of a recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founding: Option<Founding>,
    /// When it was signed, ms since 1970.
    pub issued_ms: u64,
}

/// A device in a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterDevice {
    /// Hash of its signing key.
    pub device: DeviceId,
    /// Its role.
    pub role: Role,
    /// The last day on which a relay accepts it.
    pub not_after_day: u32,
}

/// One public key per clearance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearances {
    /// What everybody in the team may read.
    pub open: ClearanceKey,
    /// Identity and places.
    pub need: ClearanceKey,
    /// Health and migration status.
    pub strict: ClearanceKey,
}

/// One clearance's public key in one generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearanceKey {
    /// Grows exactly when the key changes.
    pub generation: u64,
    /// The X-Wing public key.
    pub key: KemKey,
}

impl Clearances {
    /// The key of one clearance.
    pub fn get(&self, clearance: Clearance) -> &ClearanceKey {
        match clearance {
            Clearance::Open => &self.open,
            Clearance::Need => &self.need,
            Clearance::Strict => &self.strict,
        }
    }
}

/// Proof that the device that founds or recovers a team was certified by the organisation's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    /// The signed invite, an admin's.
    #[serde(with = "serde_bytes")]
    pub invite: Vec<u8>,
    /// The signed device certificate.
    #[serde(with = "serde_bytes")]
    pub certificate: Vec<u8>,
    /// The signed [`RecoveryProof`]; exactly in a recovery.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "serde_bytes")]
    pub proof: Option<Vec<u8>>,
}

/// What the holders of a recovery sign: this device makes this roster of this team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryProof {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// Number of the roster.
    pub n: u64,
    /// Hash of the roster before.
    pub prev: Hash,
    /// The device that signs the roster.
    pub device: DeviceId,
    /// The recovery's key, which signs this and which the roster before names.
    pub key: VerifyKey,
}

impl Signable for RecoveryProof {
    const LABEL: &'static str = "amana/1/recovery";
}

impl Signable for RosterHead {
    const LABEL: &'static str = "amana/1/roster";
}

impl RosterHead {
    /// The entry of a device.
    pub fn device(&self, device: &DeviceId) -> Option<&RosterDevice> {
        self.devices.binary_search_by(|entry| entry.device.cmp(device)).ok().map(|at| &self.devices[at])
    }
    /// The role of a device, if it is in the team.
    pub fn role_of(&self, device: &DeviceId) -> Option<Role> {
        self.device(device).map(|entry| entry.role)
    }
    /// Whether an invite was used.
    pub fn used_invite(&self, invite: &Hash) -> bool {
        self.invites.binary_search(invite).is_ok()
    }
}

/// The unsigned part of a roster, which its head names by hash: what only desks need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterPart {
    /// The devices with their proofs and sealed names.
    pub devices: Vec<PartDevice>,
    /// Clearance secrets, wrapped to devices.
    pub wraps: Vec<PartWrap>,
    /// Earlier clearance secrets, sealed under the present ones.
    pub backlinks: Vec<Backlink>,
    /// Recoveries, each the canonical bytes of a [`RecoveryEntry`].
    pub recovery: Vec<ByteBuf>,
}

/// One way to recover a team: a key pair whose secret is sealed to a printed code or to officers. The secrets in force
/// are wrapped to it anew in every roster, so that its secret opens the newest part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryEntry {
    /// Number of the newest roster when it was set up; part of what `sealed` is bound to.
    pub n: u64,
    /// The recovery's X-Wing key.
    pub key: KemKey,
    /// Its signing key, derived from the same secret; the head names it.
    pub sign: VerifyKey,
    /// The secret of `key`, sealed.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// The three officers' devices, in the order in which it is sealed to them; empty for a printed code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub officers: Vec<DeviceId>,
    /// The clearance secrets in force, wrapped to `key`.
    pub wraps: Vec<RecoveryWrap>,
}

/// One clearance secret wrapped to a recovery's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryWrap {
    /// The clearance.
    pub clearance: Clearance,
    /// The generation.
    pub generation: u64,
    /// The wrap.
    #[serde(with = "serde_bytes")]
    pub wrap: Vec<u8>,
}

/// A device with its proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartDevice {
    /// The signed device certificate.
    #[serde(with = "serde_bytes")]
    pub certificate: Vec<u8>,
    /// The signed invite.
    #[serde(with = "serde_bytes")]
    pub invite: Vec<u8>,
    /// The person's name, sealed to the team.
    #[serde(with = "serde_bytes")]
    pub name: Vec<u8>,
}

/// One clearance secret wrapped to one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartWrap {
    /// The device.
    pub device: DeviceId,
    /// The clearance.
    pub clearance: Clearance,
    /// The generation.
    pub generation: u64,
    /// The wrap.
    #[serde(with = "serde_bytes")]
    pub wrap: Vec<u8>,
}

/// The secret of an earlier generation, sealed under a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlink {
    /// The clearance.
    pub clearance: Clearance,
    /// The generation whose secret this is.
    pub generation: u64,
    /// The sealed secret.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
}
