//! Who may speak for whom: the deployment's directory, device certificates and team rosters.
//!
//! Everything here is public and signed, and is checked again by every reader. Checking is pure: the
//! [`Verifier`](crate::signed::Verifier) and the day are arguments.

pub mod certificate;
pub mod chain;
mod crockford;
pub mod directory;
pub mod directory_chain;
pub mod invite_string;
mod keys;
pub mod link;
mod origin;
mod roots;
pub mod roster;
pub mod rotation;

pub use certificate::{CertificateError, CertifiedDevice, DeviceCertificate, Invite};
pub use chain::{ChainOrder, Extended, RosterChain, RosterError};
pub use directory::{Directory, Organisation, OrganisationKind, RelayAddress};
pub use directory_chain::{DirectoryChain, DirectoryError};
pub use invite_string::{InviteSecret, InviteString};
pub use keys::{KEM_KEY_LENGTH, KemKey, SmsKey};
pub use link::{JoinLink, LinkError, RelayUrl};
pub use origin::is_origin_authority;
pub use roots::OrganisationRoots;
pub use roster::{
    Backlink, ClearanceKey, Clearances, Founding, PartDevice, PartWrap, RecoveryEntry, RecoveryProof,
    RecoveryWrap, RosterDevice, RosterHead, RosterPart,
};

/// Longest validity of a device certificate, in days.
pub const MAX_CERTIFICATE_DAYS: u32 = 90;

#[cfg(test)]
mod tests;
