//! Signed statements: facts proven elsewhere, embedded so that a log can be judged alone.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{CaseId, DeploymentId, Hash, OrganisationId, VerifyKey},
    role::LogKind,
    signed::{Signable, Signed, SignedError, Unverified, Verifier},
};

/// Why an embedded statement does not count.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// Malformed or not signed by the key it names.
    #[error("bad statement")]
    Signed(#[from] SignedError),
}

/// The migrant lets one organisation read some logs of one case, for a purpose, until a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The case.
    pub case: CaseId,
    /// The case key that signs.
    pub key: VerifyKey,
    /// Who may read.
    pub organisation: OrganisationId,
    /// What.
    pub logs: Vec<LogKind>,
    /// What for, in words or a code.
    pub purpose: String,
    /// Until when, ms since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Makes each grant one of its own.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 16],
}

/// The migrant takes a consent back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The case.
    pub case: CaseId,
    /// The case key that signs.
    pub key: VerifyKey,
    /// Who may no longer read.
    pub organisation: OrganisationId,
    /// Hash of the consent that ends; absent = all of this organisation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Hash>,
}

/// The migrant agrees that the case gets another owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The case.
    pub case: CaseId,
    /// The case key that signs.
    pub key: VerifyKey,
    /// The new owner.
    pub organisation: OrganisationId,
    /// Makes each transfer one of its own.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 16],
}

impl Signable for Consent {
    const LABEL: &'static str = "amana/1/consent";
}
impl Signable for Withdrawal {
    const LABEL: &'static str = "amana/1/withdrawal";
}
impl Signable for Transfer {
    const LABEL: &'static str = "amana/1/transfer";
}

/// A statement names the case key that must have signed it.
pub trait Statement: Signable {
    /// The key named inside.
    fn key(&self) -> &VerifyKey;

    /// Reads and checks a statement against the key it names; the fold compares that key with the case's.
    fn read(bytes: &[u8], verifier: &impl Verifier) -> Result<Signed<Self>, StatementError> {
        let unverified = Unverified::<Self>::parse(bytes)?;
        let key = *unverified.claimed().key();
        Ok(unverified.verify(&key, verifier)?)
    }
}

impl Statement for Consent {
    fn key(&self) -> &VerifyKey {
        &self.key
    }
}
impl Statement for Withdrawal {
    fn key(&self) -> &VerifyKey {
        &self.key
    }
}
impl Statement for Transfer {
    fn key(&self) -> &VerifyKey {
        &self.key
    }
}
