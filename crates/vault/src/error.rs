//! What can go wrong with a vault.

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
