//! The directory chain and rosters as this device has verified them.

use std::collections::BTreeMap;

use amana_crypto::StrictVerifier;
use amana_domain::{
    event::RosterRef,
    fold::{RosterBook, RosterFacts},
    ids::{DeploymentId, Hash, OrganisationId},
    role::Clearance,
    signed::Signed,
    trust::{Directory, DirectoryChain, RosterChain, RosterHead},
};
use amana_vault::Tx;

use crate::ClientError;

/// What this device believes about who is who. Everything in it was verified from the pinned root.
#[derive(Clone)]
pub struct Trust {
    directories: DirectoryChain,
    rosters: BTreeMap<OrganisationId, RosterChain>,
    book: RosterBook,
    deployment: DeploymentId,
}

impl Trust {
    /// Reads what the vault keeps, checking it again.
    pub fn load(tx: &Tx<'_>, fingerprint: Hash) -> Result<Self, ClientError> {
        let mut directories = DirectoryChain::pinned(fingerprint);
        for bytes in tx.directories()? {
            directories.extend(&bytes, &StrictVerifier).map_err(|_| ClientError::DirectoryInvalid)?;
        }
        let mut trust = Self {
            directories,
            rosters: BTreeMap::new(),
            book: RosterBook::default(),
            deployment: DeploymentId::from_fingerprint(&fingerprint),
        };
        for (organisation, head) in tx.roster_heads()? {
            let mut chain = trust.chain(organisation);
            chain.extend(&head, &StrictVerifier).map_err(|_| ClientError::Internal("stored roster"))?;
            trust.set_chain(chain);
        }
        Ok(trust)
    }

    /// The deployment; known from the join link alone.
    pub fn deployment(&self) -> DeploymentId {
        self.deployment
    }

    /// The directory chain.
    pub fn directories(&self) -> &DirectoryChain {
        &self.directories
    }

    /// The newest directory, if any was seen.
    pub fn directory(&self) -> Option<&Directory> {
        self.directories.newest().map(Signed::body)
    }

    /// Whether the newest directory is past its expiry at this time, which should be the relay's where that is known.
    /// Filing and SOS go on under a stale directory; nothing new is granted to another organisation.
    pub fn directory_is_stale(&self, now_ms: u64) -> bool {
        self.directory().is_some_and(|directory| directory.is_stale(now_ms))
    }

    /// Replaces the directory chain by a longer one that extends it.
    pub fn set_directories(&mut self, chain: DirectoryChain) {
        self.directories = chain;
    }

    /// An organisation's roster chain; empty if none was seen.
    pub fn chain(&self, organisation: OrganisationId) -> RosterChain {
        self.rosters.get(&organisation).cloned().map_or_else(
            || self.new_chain(organisation),
            |chain| chain.with_roots(self.directories.roots(&organisation)),
        )
    }

    /// An empty roster chain of an organisation, judged by the roots that the directory puts in force.
    pub fn new_chain(&self, organisation: OrganisationId) -> RosterChain {
        RosterChain::new(self.deployment, organisation).with_roots(self.directories.roots(&organisation))
    }

    /// Organisations whose roster chain a newer directory does not let stand: it names another founding.
    pub fn misfits(&self, directories: &DirectoryChain) -> Vec<OrganisationId> {
        let fits =
            |organisation: &OrganisationId, chain: &RosterChain| chain.fits(&directories.roots(organisation));
        self.rosters.iter().filter(|(id, chain)| !fits(id, chain)).map(|(id, _)| *id).collect()
    }

    /// Takes in a verified chain.
    pub fn set_chain(&mut self, chain: RosterChain) {
        let organisation = *chain.organisation();
        for head in chain.after(0) {
            let devices = head.body().devices.iter().map(|device| (device.device, device.role)).collect();
            self.book.insert(organisation, head.body().n, RosterFacts { hash: head.hash(), devices });
        }
        self.rosters.insert(organisation, chain);
    }

    /// Forgets an organisation's chain.
    pub fn forget_chain(&mut self, organisation: OrganisationId) {
        self.rosters.remove(&organisation);
        self.book = RosterBook::default();
        for chain in std::mem::take(&mut self.rosters).into_values() {
            self.set_chain(chain);
        }
    }

    /// The newest roster of an organisation.
    pub fn roster(&self, organisation: OrganisationId) -> Option<&Signed<RosterHead>> {
        self.rosters.get(&organisation).and_then(RosterChain::newest)
    }

    /// The generation of a clearance key in roster `n` of an organisation.
    pub fn generation(&self, organisation: OrganisationId, n: u64, clearance: Clearance) -> Option<u64> {
        let head = self.rosters.get(&organisation)?.by_number(n)?;
        Some(head.body().clearance.get(clearance).generation)
    }

    /// What the fold needs.
    pub fn book(&self) -> &RosterBook {
        &self.book
    }

    /// What an author who knows the newest roster names in an event.
    pub fn roster_ref(&self, organisation: OrganisationId) -> RosterRef {
        match self.roster(organisation) {
            Some(head) => RosterRef(organisation, head.body().n, head.hash()),
            None => RosterRef::none(organisation),
        }
    }

    /// Every organisation whose roster is known.
    pub fn organisations(&self) -> impl Iterator<Item = OrganisationId> + '_ {
        self.rosters.keys().copied()
    }
}
