//! What can go wrong with a vault.

use amana_crypto::slots::SlotError;

use crate::keystore::KeystoreError;

/// Why a vault cannot be created, opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is no vault at this place. Nothing is created in its stead.
    #[error("no vault there")]
    Missing,
    /// There is already something at this place.
    #[error("a vault is already there")]
    Exists,
    /// No slot opens with this secret.
    #[error("wrong passphrase")]
    WrongKey,
    /// Too many wrong PINs: nothing was tried.
    #[error("wait {seconds} s before the next try")]
    Wait {
        /// How long.
        seconds: u64,
    },
    /// A PIN without the keystore that belongs to it; a passphrase is needed.
    #[error("a PIN needs the device's keystore")]
    PinNeedsKeystore,
    /// What was opened by a passphrase has no PIN, nor what stands on one.
    #[error("no PIN is set")]
    PinNotSet,
    /// The secret stands for something else already.
    #[error("the PIN is in use")]
    PinInUse,
    /// A wipe PIN needs a duress PIN, whose vault it opens.
    #[error("a wipe PIN needs a duress PIN")]
    WipeNeedsDuress,
    /// The passphrase is too short to protect anything.
    #[error("passphrase too weak")]
    Weak,
    /// The keystore does not answer.
    #[error("keystore error")]
    Keystore(#[from] KeystoreError),
    /// The header or the database is not what was written.
    #[error("the vault is damaged")]
    Damaged,
    /// A newer version of the program wrote it.
    #[error("the vault was written by a newer version")]
    TooNew,
    /// Another process has it open.
    #[error("the vault is in use")]
    Busy,
    /// It is a phone's vault where a desk's was expected, or the other way round.
    #[error("the vault is of another kind")]
    OtherRole,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file system refused.
    #[error("file error")]
    Io(#[source] std::io::Error),
    /// The database refused.
    #[error("database error")]
    Database(#[source] rusqlite::Error),
    /// A stored row cannot be read back.
    #[error("a stored row cannot be read")]
    Row,
    /// Keys could not be made or wrapped.
    #[error("key error")]
    Key,
}

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode as Code};
        match (&error, error.sqlite_error_code()) {
            (_, Some(Code::NotADatabase | Code::DatabaseCorrupt)) => Self::Damaged,
            // Opening makes sure that the file may be written: see there.
            (_, Some(Code::ReadOnly)) => Self::Damaged,
            (_, Some(Code::DatabaseBusy | Code::DatabaseLocked)) => Self::Busy,
            (_, Some(Code::DiskFull)) => Self::DiskFull,
            (
                Error::InvalidQuery
                | Error::InvalidColumnType(..)
                | Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..),
                _,
            ) => Self::Row,
            _ => Self::Database(error),
        }
    }
}

impl From<SlotError> for VaultError {
    fn from(error: SlotError) -> Self {
        match error {
            SlotError::WrongKey => Self::WrongKey,
            SlotError::TooNew => Self::TooNew,
            SlotError::Damaged => Self::Damaged,
            SlotError::Weak => Self::Weak,
            SlotError::PinNeedsKeystore => Self::PinNeedsKeystore,
            SlotError::InUse => Self::PinInUse,
            _ => Self::Key,
        }
    }
}
