//! The root keys that an organisation has had, and for what each of them still speaks.

use super::{DirectoryError, Organisation};
use crate::ids::{Hash, OrganisationId, VerifyKey};

/// The root keys of one organisation as a directory chain put them in force.
///
/// The present root alone lets devices in. The earlier ones vouch for devices that a roster lists already, and for
/// the founding that the directory names. Without a directory (`default()`), the root is the key that makes the id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganisationRoots {
    /// Oldest first; empty = no directory lists the organisation.
    keys: Vec<VerifyKey>,
    next: Option<Hash>,
    founding: Option<Hash>,
}

impl OrganisationRoots {
    /// The first entry of an organisation: its root makes its id.
    pub(super) fn start(entry: &Organisation) -> Result<Self, DirectoryError> {
        if entry.id != OrganisationId::from_root(&entry.root) {
            return Err(DirectoryError::Content);
        }
        Ok(Self { keys: vec![entry.root], next: entry.next_root, founding: entry.founding })
    }

    /// A later entry of the same organisation. What was announced stays announced until it is used, and no root comes
    /// back: so who has stolen a root, or the deployment's, can do nothing against the one that was announced.
    pub(super) fn follow(&self, entry: &Organisation) -> Result<Self, DirectoryError> {
        let mut later = self.clone();
        if self.present() == Some(&entry.root) {
            if self.next.is_some() && entry.next_root != self.next {
                return Err(DirectoryError::Announcement);
            }
        } else if self.next == Some(Hash::of(entry.root.as_bytes())) && !self.keys.contains(&entry.root) {
            later.keys.push(entry.root);
        } else {
            return Err(DirectoryError::OrganisationRoot);
        }
        if self.founding.is_some() && entry.founding != self.founding {
            return Err(DirectoryError::Announcement);
        }
        later.next = entry.next_root;
        later.founding = entry.founding;
        Ok(later)
    }

    /// The root in force; none without a directory.
    pub fn present(&self) -> Option<&VerifyKey> {
        self.keys.last()
    }

    /// SHA-256 of the root that may follow, if one was announced.
    pub fn next(&self) -> Option<&Hash> {
        self.next.as_ref()
    }

    /// Hash of the roster 1 that the directory names.
    pub fn founding(&self) -> Option<&Hash> {
        self.founding.as_ref()
    }

    /// Whether this root may let a device in now.
    pub fn admits(&self, organisation: &OrganisationId, root: &VerifyKey) -> bool {
        match self.present() {
            Some(present) => present == root,
            None => OrganisationId::from_root(root) == *organisation,
        }
    }

    /// Whether this root is or was the organisation's.
    pub fn vouches(&self, organisation: &OrganisationId, root: &VerifyKey) -> bool {
        self.keys.contains(root) || self.admits(organisation, root)
    }

    /// Whether a team may have been founded by this roster 1, whose founding invite this root signed.
    pub fn founds(&self, organisation: &OrganisationId, root: &VerifyKey, roster: &Hash) -> bool {
        match &self.founding {
            Some(named) => named == roster && self.vouches(organisation, root),
            None => self.admits(organisation, root),
        }
    }
}
