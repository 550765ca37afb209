//! The chain of a deployment's directories: each is checked against the one before.

use std::collections::BTreeMap;

use super::{chain::Extended, directory::Directory, roots::OrganisationRoots};
use crate::{
    ids::{DeploymentId, Hash, OrganisationId},
    signed::{Signed, SignedError, Unverified, Verifier},
};

/// Why a directory is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It cannot be read, or the signature is not its root's.
    #[error("bad directory")]
    Signed(#[from] SignedError),
    /// The content breaks the format's rules.
    #[error("malformed directory")]
    Content,
    /// The first root is not the pinned one.
    #[error("not the pinned root")]
    Pin,
    /// It belongs to another deployment.
    #[error("another deployment")]
    Deployment,
    /// Another directory with this version is known already.
    #[error("differs from a known version")]
    Rollback,
    /// Versions are missing in between.
    #[error("versions are missing")]
    Gap,
    /// It does not continue the newest version.
    #[error("does not continue the newest version")]
    Prev,
    /// A changed root that the version before did not announce.
    #[error("a root that was not announced")]
    Root,
    /// An organisation's root changed without having been announced, or one that was replaced came back.
    #[error("an organisation's root that was not announced")]
    OrganisationRoot,
    /// An announced root or a named founding was exchanged for another.
    #[error("differs from what was announced")]
    Announcement,
}

/// The chain of a deployment's directories from its pinned first root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryChain {
    fingerprint: Hash,
    versions: Vec<Signed<Directory>>,
    /// Every organisation that any version lists.
    organisations: BTreeMap<OrganisationId, OrganisationRoots>,
}

impl DirectoryChain {
    /// An empty chain that accepts only this first root (SHA-256 of its public key).
    pub fn pinned(fingerprint: Hash) -> Self {
        Self { fingerprint, versions: Vec::new(), organisations: BTreeMap::new() }
    }

    /// The pin.
    pub fn fingerprint(&self) -> &Hash {
        &self.fingerprint
    }

    /// Checks a signed directory and appends it. An exact repeat of a known version changes nothing.
    pub fn extend(&mut self, bytes: &[u8], verifier: &impl Verifier) -> Result<Extended, DirectoryError> {
        let link = Unverified::<Directory>::parse(bytes)?;
        let root = link.claimed().root;
        let link = link.verify(&root, verifier)?;
        let body = link.body();
        if !body.is_well_formed() {
            return Err(DirectoryError::Content);
        }
        if let Some(known) = body.version.checked_sub(1).and_then(|at| self.versions.get(at as usize)) {
            return if known.hash() == link.hash() {
                Ok(Extended::Known)
            } else if known.body().root != root {
                Err(DirectoryError::Root)
            } else {
                Err(DirectoryError::Rollback)
            };
        }
        match self.versions.last() {
            None if body.version != 1 => return Err(DirectoryError::Gap),
            None if Hash::of(root.as_bytes()) != self.fingerprint => return Err(DirectoryError::Pin),
            None if body.deployment != DeploymentId::from_root(&root) => {
                return Err(DirectoryError::Deployment);
            }
            None => {}
            Some(newest) => {
                let before = newest.body();
                if body.version != before.version + 1 {
                    return Err(DirectoryError::Gap);
                }
                if body.prev != Some(newest.hash()) {
                    return Err(DirectoryError::Prev);
                }
                if body.deployment != before.deployment {
                    return Err(DirectoryError::Deployment);
                }
                if root != before.root && Hash::of(root.as_bytes()) != before.next_root {
                    return Err(DirectoryError::Root);
                }
                // Else a thief of the present root could put her own in the place of the one that shall follow.
                if root == before.root && body.next_root != before.next_root {
                    return Err(DirectoryError::Announcement);
                }
            }
        }
        let listed = body
            .organisations
            .iter()
            .map(|entry| {
                let roots = match self.organisations.get(&entry.id) {
                    Some(roots) => roots.follow(entry),
                    None => OrganisationRoots::start(entry),
                };
                Ok((entry.id, roots?))
            })
            .collect::<Result<Vec<_>, DirectoryError>>()?;
        self.organisations.extend(listed);
        self.versions.push(link);
        Ok(Extended::Added)
    }

    /// The newest directory.
    pub fn newest(&self) -> Option<&Signed<Directory>> {
        self.versions.last()
    }
    /// The roots that the chain has put in force for an organisation.
    pub fn roots(&self, organisation: &OrganisationId) -> OrganisationRoots {
        self.organisations.get(organisation).cloned().unwrap_or_default()
    }
    /// The newest version; 0 = none yet.
    pub fn version(&self) -> u64 {
        self.versions.len() as u64
    }
    /// One version.
    pub fn by_version(&self, version: u64) -> Option<&Signed<Directory>> {
        self.versions.get(usize::try_from(version.checked_sub(1)?).ok()?)
    }
    /// The versions after `version`, ascending.
    pub fn after(&self, version: u64) -> &[Signed<Directory>] {
        let from = usize::try_from(version).unwrap_or(usize::MAX).min(self.versions.len());
        &self.versions[from..]
    }
}
