/// Why something cannot be sealed or opened. Says nothing about keys or content.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptoError {
    /// The bytes do not have the form of what they should be.
    #[error("malformed")]
    Malformed,
    /// A newer version than this reader knows.
    #[error("unknown version")]
    UnknownVersion,
    /// The content does not fit the largest bucket.
    #[error("too large")]
    TooLarge,
    /// None of the given keys fits.
    #[error("no key fits")]
    NoKey,
    /// The key fits, but the bytes were changed or belong to another context.
    #[error("not authentic")]
    NotAuthentic,
    /// The envelope was sealed for another mailbox.
    #[error("another mailbox")]
    OtherMailbox,
    /// A public key is not valid.
    #[error("invalid public key")]
    InvalidKey,
}
