//! What all handlers share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::{DeploymentId, Hash, OrganisationId, VerifyKey},
    signed::Unverified,
    trust::{Directory, DirectoryChain, OrganisationRoots, RosterChain},
};
use amana_protocol::ErrorCode;
use tokio::sync::Semaphore;

use crate::{
    auth::Nonces,
    clock::Clock,
    config::Config,
    error::ApiError,
    store::{Store, StoredTrust},
};

/// The verified public data that decides who may do what. Replaced as a whole, after it is durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    pub directory: Option<DirectoryChain>,
    pub rosters: HashMap<OrganisationId, Arc<RosterChain>>,
}

/// Stored public data does not verify: the database was changed by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored directory or a stored roster does not verify")]
pub struct TrustDamaged;

impl Trust {
    /// Checks everything that was stored.
    pub(crate) fn verify(stored: StoredTrust) -> Result<Self, TrustDamaged> {
        let mut trust = Self::default();
        for bytes in &stored.directories {
            let chain = match &mut trust.directory {
                Some(chain) => chain,
                none => none.insert(DirectoryChain::pinned(first_root(bytes).ok_or(TrustDamaged)?)),
            };
            chain.extend(bytes, &StrictVerifier).map_err(|_| TrustDamaged)?;
        }
        let Some(directory) = trust.newest() else {
            return if stored.rosters.is_empty() { Ok(trust) } else { Err(TrustDamaged) };
        };
        let deployment = directory.deployment;
        let mut chains: HashMap<OrganisationId, RosterChain> = HashMap::new();
        for (organisation, bytes) in &stored.rosters {
            chains
                .entry(*organisation)
                .or_insert_with(|| trust.new_chain(deployment, *organisation))
                .extend(bytes, &StrictVerifier)
                .map_err(|_| TrustDamaged)?;
        }
        trust.rosters = chains.into_iter().map(|(id, chain)| (id, Arc::new(chain))).collect();
        Ok(trust)
    }

    /// The roots that the directory puts in force for an organisation.
    pub(crate) fn roots(&self, organisation: &OrganisationId) -> OrganisationRoots {
        self.directory.as_ref().map(|chain| chain.roots(organisation)).unwrap_or_default()
    }

    /// An empty chain of an organisation, judged by its roots.
    pub(crate) fn new_chain(&self, deployment: DeploymentId, organisation: OrganisationId) -> RosterChain {
        RosterChain::new(deployment, organisation).with_roots(self.roots(&organisation))
    }

    /// The newest directory.
    pub(crate) fn newest(&self) -> Option<&Directory> {
        Some(self.directory.as_ref()?.newest()?.body())
    }

    /// The newest directory, if it lists this organisation.
    pub(crate) fn directory_of(&self, organisation: &OrganisationId) -> Result<&Directory, ErrorCode> {
        self.newest()
            .filter(|directory| directory.organisation(organisation).is_some())
            .ok_or(ErrorCode::NotPublished)
    }
}

/// Fingerprint of the root that a first directory claims.
pub(crate) fn first_root(directory: &[u8]) -> Option<Hash> {
    let directory = Unverified::<Directory>::parse(directory).ok()?;
    Some(Hash::of(directory.claimed().root.as_bytes()))
}

/// What all handlers share.
pub(crate) struct App {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub key: VerifyKey,
    pub started_ms: u64,
    pub store: Arc<dyn Store>,
    pub nonces: Nonces,
    /// Memory for request bodies, in KiB.
    pub memory: Arc<Semaphore>,
    /// Held while a directory or roster is checked and stored: there is one order of them.
    pub publishing: tokio::sync::Mutex<()>,
    claim: Mutex<Option<String>>,
    trust: RwLock<Arc<Trust>>,
}

impl App {
    pub(crate) fn new(
        config: Config,
        clock: Arc<dyn Clock>,
        key: VerifyKey,
        store: Arc<dyn Store>,
        trust: Trust,
        claim: Option<String>,
    ) -> Self {
        Self {
            nonces: Nonces::new(config.limits.nonces),
            started_ms: clock.now_ms(),
            memory: Arc::new(Semaphore::new(config.limits.body_kib)),
            config,
            clock,
            key,
            store,
            publishing: tokio::sync::Mutex::new(()),
            claim: Mutex::new(claim),
            trust: RwLock::new(Arc::new(trust)),
        }
    }

    /// The verified public data of this moment.
    pub(crate) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces it. The caller holds `publishing` and has stored what is new.
    pub(crate) fn set_trust(&self, trust: Trust) {
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
    }

    /// The claim code, as long as nobody has claimed the relay.
    pub(crate) fn claim(&self) -> Option<String> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the claim code.
    pub(crate) fn claimed(&self) {
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The proof-of-work difficulty in force.
    pub(crate) fn pow_bits(&self) -> u8 {
        let directory = || self.trust().newest().map(|directory| directory.pow_bits);
        self.config.proof_of_work_bits.or_else(directory).unwrap_or_default()
    }

    /// An error of a filing or of making a mailbox, with the difficulty where it helps.
    pub(crate) fn admission_error(&self, error: impl Into<ApiError>) -> ApiError {
        error.into().with_pow_bits(self.pow_bits())
    }
}
