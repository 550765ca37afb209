//! Key letters: what lets an organisation find and read the logs of a case.

use amana_crypto::StrictVerifier;
use amana_domain::{
    canonical,
    event::{CaseRoot, Consent, LogRef, Statement as _},
    ids::{CaseId, EpochId, LogId, MailboxId, OrganisationId},
    role::LogKind,
    signed::Signed,
};
use amana_vault::{
    Tx,
    store::{StoredCase, StoredLog},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{ClientError, client::signing_key};

/// What kind of letter it is.
const GRANT: &str = "grant";
const PROXY: &str = "proxy";

/// The key of a case that staff entered, for their team alone.
#[derive(Serialize, Deserialize)]
pub(crate) struct ProxyLetter {
    t: String,
    pub case: CaseId,
    /// The case root, canonical.
    pub root: ByteBuf,
    /// Seed of the case key.
    sign: ByteBuf,
}

impl ProxyLetter {
    /// A letter about a case that this desk entered.
    pub fn new(case: CaseId, root: &[u8], sign: &[u8; 32]) -> Self {
        let (root, sign) = (ByteBuf::from(root.to_vec()), ByteBuf::from(sign.to_vec()));
        Self { t: PROXY.to_owned(), case, root, sign }
    }

    /// Encodes; the bytes hold a key.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        canonical::to_vec(self).map(Zeroizing::new).map_err(|_| ClientError::Internal("letter"))
    }

    /// Reads what was sealed to this team, if it holds the key of a case of its own.
    pub fn from_bytes(bytes: &[u8], reader: OrganisationId) -> Option<(Self, Zeroizing<[u8; 32]>)> {
        let letter = canonical::from_slice::<Self>(bytes).ok().filter(|letter| letter.t == PROXY)?;
        let sign = Zeroizing::new(<[u8; 32]>::try_from(letter.sign.as_slice()).ok()?);
        let root = CaseRoot::from_bytes(&letter.root).ok()?;
        let fits = root.case() == Ok(letter.case)
            && root.owner == reader
            && root.sign == signing_key(&sign).verify_key();
        fits.then_some((letter, sign))
    }
}

impl Drop for ProxyLetter {
    fn drop(&mut self) {
        self.sign.zeroize();
    }
}

/// The content of a letter, sealed to a clearance key: keys of some logs of one case.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeyLetter {
    t: String,
    pub case: CaseId,
    /// The case root, canonical.
    pub root: ByteBuf,
    /// The migrant's X-Wing public key of this case; absent when `core`, which carries it, is among the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kem: Option<ByteBuf>,
    pub logs: Vec<GrantedLog>,
    /// The statement that allows it, for organisations other than the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<ByteBuf>,
}

/// One log with the keys of its epochs.
#[derive(Serialize, Deserialize)]
pub(crate) struct GrantedLog {
    pub kind: LogKind,
    pub n: u32,
    pub log: LogId,
    pub mailbox: MailboxId,
    pub keys: Vec<EpochKey>,
}

/// A key of one epoch.
#[derive(Serialize, Deserialize)]
pub(crate) struct EpochKey {
    pub epoch: EpochId,
    pub key: ByteBuf,
}

impl GrantedLog {
    /// Everything this device knows of a log.
    pub fn of(tx: &Tx<'_>, log: &StoredLog) -> Result<Self, ClientError> {
        let keys = tx
            .log_keys(log.log.log)?
            .into_iter()
            .map(|(epoch, key)| EpochKey { epoch, key: ByteBuf::from(key.to_vec()) })
            .collect();
        let LogRef { kind, n, log, mailbox } = log.log;
        Ok(Self { kind, n, log, mailbox, keys })
    }

    /// Where the log is.
    pub fn log_ref(&self) -> LogRef {
        LogRef { kind: self.kind, n: self.n, log: self.log, mailbox: self.mailbox }
    }
}

impl KeyLetter {
    /// A letter about a stored case.
    pub fn grant(case: &StoredCase, logs: Vec<GrantedLog>) -> Self {
        let carried = logs.iter().any(|log| log.kind == LogKind::Core);
        Self {
            t: GRANT.to_owned(),
            case: case.case,
            root: ByteBuf::from(case.root.clone()),
            kem: (!carried && !case.kem.is_empty()).then(|| ByteBuf::from(case.kem.clone())),
            logs,
            statement: None,
        }
    }

    /// A letter to another organisation, with the consent that allows it. `kem` is the migrant's public key.
    pub fn referral(
        case: &StoredCase,
        kem: &[u8],
        logs: Vec<GrantedLog>,
        statement: &Signed<Consent>,
    ) -> Self {
        let mut letter = Self::grant(case, logs);
        let carried = letter.logs.iter().any(|log| log.kind == LogKind::Core);
        letter.kem = (!carried && !kem.is_empty()).then(|| ByteBuf::from(kem.to_vec()));
        letter.statement = Some(ByteBuf::from(statement.to_bytes()));
        letter
    }

    /// Encodes; the bytes hold keys.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        canonical::to_vec(self).map(Zeroizing::new).map_err(|_| ClientError::Internal("letter"))
    }

    /// Whether this organisation may believe the letter: the case is its own, the letter is about work of its own, or
    /// the migrant signed that it may read each of these logs at this time. Anybody can write a letter; what is read
    /// without her consent must not look as if she had given it.
    pub fn is_allowed_to(&self, reader: OrganisationId, now_ms: u64) -> bool {
        let Ok(root) = CaseRoot::from_bytes(&self.root) else { return false };
        if root.owner == reader || self.logs.iter().all(|log| log.kind == LogKind::Work) {
            return true;
        }
        let statement = self.statement.as_ref().and_then(|bytes| Consent::read(bytes, &StrictVerifier).ok());
        let Some(statement) = statement else { return false };
        let consent = statement.body();
        consent.key == root.sign
            && consent.deployment == root.deployment
            && consent.case == self.case
            && consent.organisation == reader
            && consent.until.is_none_or(|until| until > now_ms)
            && self.logs.iter().all(|log| {
                log.kind == LogKind::Referral
                    || (log.kind.may_be_consented() && consent.logs.contains(&log.kind))
            })
    }

    /// Reads what was sealed to this team; `None` for letters of kinds that this version does not know.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        canonical::from_slice::<Self>(bytes).ok().filter(|letter| letter.t == GRANT)
    }
}

#[cfg(test)]
mod consents;

#[cfg(test)]
mod tests {
    use amana_domain::ids::{DeploymentId, Hash, VerifyKey};

    use super::*;

    fn root(sign: &[u8; 32], owner: OrganisationId) -> CaseRoot {
        CaseRoot {
            deployment: DeploymentId::from_hash(&[1; 32]),
            sign: signing_key(sign).verify_key(),
            kem: Hash::of(b"kem"),
            owner,
            nonce: [2; 16],
        }
    }

    #[test]
    fn a_proxy_letter_counts_only_with_the_key_of_a_case_of_ones_own() {
        let organisation = |n| OrganisationId::from_root(&VerifyKey::from_bytes([n; 32]));
        let (own, other) = (organisation(1), organisation(2));
        let good = root(&[7; 32], own);
        let letter = |root: &CaseRoot, case: CaseId, sign: &[u8; 32]| {
            ProxyLetter::new(case, &root.to_bytes().unwrap(), sign).to_bytes().unwrap()
        };
        let case = good.case().unwrap();
        let (read, sign) = ProxyLetter::from_bytes(&letter(&good, case, &[7; 32]), own).unwrap();
        assert_eq!((read.case, *sign), (case, [7; 32]));
        let foreign = root(&[7; 32], other);
        for (root, case, sign) in [
            (&good, case, [8; 32]),
            (&good, foreign.case().unwrap(), [7; 32]),
            (&foreign, foreign.case().unwrap(), [7; 32]),
        ] {
            assert!(ProxyLetter::from_bytes(&letter(root, case, &sign), own).is_none());
        }
        // Neither kind of letter passes for the other.
        assert!(KeyLetter::from_bytes(&letter(&good, case, &[7; 32])).is_none());
        assert!(ProxyLetter::from_bytes(b"", own).is_none());
    }
}
