//! Who asks: request signatures, replay, device and phone principals, admission.
//!
//! A [`Caller`] exists only after the signature, the time, the nonce and (for a device) the roster have
//! been checked; the store asks for one wherever a list decides.

mod admission;
mod extract;
mod recovery;
mod replay;
mod verify;

pub use admission::Payment;
pub(crate) use admission::settle;
pub(crate) use extract::{Authorised, Open};
pub(crate) use recovery::recovering;
pub(crate) use replay::Nonces;

use amana_protocol::Principal;

/// A principal whose request has been verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    principal: Principal,
}

impl Caller {
    /// Only the request check calls this, and the tests of a store, which has no requests.
    fn verified(principal: Principal) -> Self {
        Self { principal }
    }

    #[cfg(test)]
    pub(crate) fn for_store_tests(principal: Principal) -> Self {
        Self::verified(principal)
    }

    /// The principal.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }
    /// Whether it is an organisation.
    pub fn is_organisation(&self) -> bool {
        matches!(self.principal, Principal::Organisation(_))
    }
}
