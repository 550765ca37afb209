//! Secret values: zeroised on drop, redacted in `Debug`, compared in constant time, never serialised.

use std::{fmt, ops::Deref};

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Declares a secret of 32 bytes.
macro_rules! secret32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Makes a random one.
            pub fn make(random: &dyn $crate::random::Random) -> Self {
                let mut secret = Self([0; 32]);
                random.fill(&mut secret.0);
                secret
            }
            /// Takes over 32 secret bytes, for instance from storage.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
            /// Reads exactly 32 bytes.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, $crate::CryptoError> {
                bytes.try_into().map(Self).map_err(|_| $crate::CryptoError::Malformed)
            }
            /// The secret bytes, for storing in a sealed place. Never log or send them.
            pub const fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                bool::from(subtle::ConstantTimeEq::ct_eq(&self.0[..], &other.0[..]))
            }
        }
        impl Eq for $name {}
    };
}
pub(crate) use secret32;

secret32!(
    /// The seed of a key pair, as it is stored in a vault or a wrap.
    Seed
);

/// Opened content: zeroised on drop, redacted in `Debug`. Dereferences to its bytes.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes as a plain vector. The caller decides how they are kept.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Plaintext {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Plaintext {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(..)")
    }
}

/// Compares two byte strings without a data-dependent branch; lengths are public.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    bool::from(subtle::ConstantTimeEq::ct_eq(a, b))
}
