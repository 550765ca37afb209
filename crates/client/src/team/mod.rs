//! The team's roster: who is in it, in what role, with which keys.
//!
//! ```text
//! wishes     what this admin decided and no roster says yet: removals, demotions, renewals; durable
//! present    the newest roster with its part, opened
//! plan       present + wishes + requests → the next roster; pure
//! sign       the plan → signed head and part
//! publish    kept as pending, offered, taken in once a relay has it
//! manage     the loop of an admin's sync over all of this
//! admission  the way of a new desk into its team; founding
//! renewal    new certificates before the old ones end
//! recovery   keys out of a part by a printed code or two officers, when no admin is left
//! keys       clearance secrets out of a part, back-links followed
//! ```
//!
//! A roster counts on this device only once a relay has accepted it: until then it is *pending*, so that nothing this
//! device signs names a roster that another admin's may replace.

mod admission;
mod keys;
mod manage;
mod plan;
mod present;
mod publish;
mod recovery;
mod recovery_text;
mod renewal;
mod sign;
mod wishes;

use amana_crypto::{KemPublic, KemSecret};
use amana_domain::{ids::OrganisationId, role::Clearance, trust::KemKey};
pub(crate) use present::certificate_of;
pub use recovery::{RecoveryState, RecoveryUse};
pub(crate) use wishes::{What, Wish};

use crate::{ClientError, sync::canonical_bytes};

/// A clearance secret of one generation.
#[derive(Clone)]
pub(crate) struct Secret {
    /// Of which clearance.
    pub clearance: Clearance,
    /// Which generation.
    pub generation: u64,
    /// The secret.
    pub key: KemSecret,
}

/// A public key as directories and rosters carry it.
pub(crate) fn kem_key(public: &KemPublic) -> KemKey {
    KemKey::from_slice(public.as_bytes()).expect("X-Wing public keys have one length")
}

/// The bytes that a wrapped clearance secret and a back-link to it are bound to.
fn secret_context(
    organisation: OrganisationId,
    clearance: Clearance,
    generation: u64,
) -> Result<Vec<u8>, ClientError> {
    canonical_bytes(&(organisation, clearance, generation))
}
