//! How logs begin: the case root that every genesis embeds, and the first content beside it.

use serde::{Deserialize, Serialize};

use super::body::{Facts, MessageText, Narrative};
use crate::{
    canonical::{self, CanonicalError},
    codes::{CaseKind, GrievanceCode, SituationCode},
    ids::{CaseId, DeploymentId, DeviceId, Hash, LogId, MailboxId, OrganisationId, VerifyKey},
    role::LogKind,
    safe_contact::SafeContact,
};

/// What defines a case. Its canonical bytes make the case id and stand in every genesis, so that case, owner
/// and migrant key can be verified from any log alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRoot {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The migrant's Ed25519 key for this case.
    pub sign: VerifyKey,
    /// SHA-256 of the migrant's X-Wing public key for this case.
    pub kem: Hash,
    /// The organisation chosen by the migrant.
    pub owner: OrganisationId,
    /// Random; makes each case one of its own.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 16],
}

impl CaseRoot {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_vec(self)
    }
    /// Reads canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::from_slice(bytes)
    }
    /// The case that these bytes define.
    pub fn case(&self) -> Result<CaseId, CanonicalError> {
        Ok(CaseId::from_root_bytes(&self.to_bytes()?))
    }
}

/// A log that exists: where to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogRef {
    /// Its kind.
    pub kind: LogKind,
    /// Its number among logs of that kind (persons, referrals).
    pub n: u32,
    /// Its id.
    pub log: LogId,
    /// Its mailbox.
    pub mailbox: MailboxId,
}

/// The body of a genesis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Genesis {
    /// The case root, canonical.
    #[serde(with = "serde_bytes")]
    pub root: Vec<u8>,
    /// What the log holds.
    pub log: LogKind,
    /// Its number among logs of that kind.
    pub n: u32,
    /// Random; part of the mailbox id.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 16],
    /// The phone's relay key for this case: a principal at the relay, used for nothing else.
    pub phone: VerifyKey,
    /// The other organisation, in a referral log; the working one, in a work log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<OrganisationId>,
    /// First content of `core`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// First content of `narrative`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrative: Option<Narrative>,
    /// First content of `talk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageText>,
}

/// How a case begins: the first content of `core`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The migrant's X-Wing public key for this case (1216 bytes); its hash is in the root.
    #[serde(with = "serde_bytes")]
    pub kem: Vec<u8>,
    /// What is asked for.
    pub kind: CaseKind,
    /// Grievance codes, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grievances: Vec<GrievanceCode>,
    /// Situation codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub situations: Vec<SituationCode>,
    /// Language, corridor, sector, sex, age band.
    #[serde(default)]
    pub facts: Facts,
    /// How the person may safely be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_contact: Option<SafeContact>,
    /// The logs opened together with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogRef>,
    /// The desk that entered the case for somebody without a phone, and holds no secret of hers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_by: Option<DeviceId>,
}
