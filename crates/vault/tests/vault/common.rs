//! Cheap vaults in temporary folders.

use std::{
    fs,
    path::{Path, PathBuf},
};

use amana_crypto::{SeededRandom, passphrase::Passphrase};
use amana_vault::{Role, Setup, Tx, Vault, VaultError};

pub fn passphrase(text: &str) -> Passphrase {
    Passphrase::entered(text).unwrap()
}

pub fn right() -> Passphrase {
    passphrase("the right passphrase of six words")
}

pub fn pin(text: &str) -> Passphrase {
    Passphrase::pin(text).unwrap()
}

pub fn create(dir: &Path, role: Role) -> Result<Vault, VaultError> {
    create_with(dir, role, |_| Ok(()))
}

pub fn create_with(
    dir: &Path,
    role: Role,
    init: impl FnOnce(&Tx<'_>) -> Result<(), VaultError>,
) -> Result<Vault, VaultError> {
    Vault::create(dir, &right(), Setup::for_tests(), role, &SeededRandom::new(7), init)
}

pub fn open(dir: &Path) -> Result<Vault, VaultError> {
    Vault::open(dir, &right(), Role::Desk)
}

/// The one file in a vault whose name ends so.
pub fn file(dir: &Path, suffix: &str) -> PathBuf {
    let mut found = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().ends_with(suffix));
    let path = found.next().unwrap_or_else(|| panic!("a file {suffix}"));
    assert!(found.next().is_none());
    path
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The name of an error, for comparing.
pub fn kind<T>(result: &Result<T, VaultError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(VaultError::Wait { .. }) => "wait",
        Err(VaultError::PinNeedsKeystore) => "pin needs keystore",
        Err(VaultError::PinNotSet) => "pin not set",
        Err(VaultError::PinInUse) => "pin in use",
        Err(VaultError::WipeNeedsDuress) => "wipe needs duress",
        Err(VaultError::Weak) => "weak",
        Err(VaultError::Missing) => "missing",
        Err(VaultError::Exists) => "exists",
        Err(VaultError::WrongKey) => "wrong key",
        Err(VaultError::Damaged) => "damaged",
        Err(VaultError::TooNew) => "too new",
        Err(VaultError::Busy) => "busy",
        Err(VaultError::OtherRole) => "other role",
        Err(VaultError::DiskFull) => "disk full",
        Err(VaultError::Io(_)) => "io",
        Err(VaultError::Database(_)) => "database",
        Err(VaultError::Row) => "row",
        Err(VaultError::Key) => "key",
        Err(_) => "other",
    }
}
