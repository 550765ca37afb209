//! Where a device keeps secrets that leave it with nobody's files.
//!
//! The platform implements [`Keystore`]: Android's and iOS' hold the secrets in hardware, so that files alone are worth
//! nothing and a PIN is enough. [`SoftwareKeystore`] is for tests and desktops.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use amana_crypto::slots::KeystoreSecret;
use zeroize::Zeroizing;

use crate::{header::sync_dir, open::hex};

/// Why a keystore does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// It is locked: the person has to unlock the device first.
    #[error("the keystore is locked")]
    Locked,
    /// It refuses or fails.
    #[error("the keystore failed")]
    Failed,
}

/// Keeps secrets of 32 bytes under ids of at most 64 characters (`a`–`z`, `0`–`9`, `-`).
///
/// An implementation must be durable when it returns, hand nothing to backups or other devices, and never go back to an
/// older state: attempts are counted in it.
pub trait Keystore: Send + Sync {
    /// The secret under an id, if there is one.
    fn get(&self, id: &str) -> Result<Option<KeystoreSecret>, KeystoreError>;
    /// Puts a secret under an id, in place of one that is there.
    fn replace(&self, id: &str, secret: &KeystoreSecret) -> Result<(), KeystoreError>;
    /// Removes the secret under an id; none there is no error.
    fn delete(&self, id: &str) -> Result<(), KeystoreError>;
}

/// A keystore in a file that only its owner may read.
///
/// **It protects nothing against seizure**: who copies the vault copies this file too, and then a PIN of six digits is
/// found in a day. For tests, and for trying a phone's vault on a computer.
pub struct SoftwareKeystore {
    path: PathBuf,
    // One at a time within a process; between processes the vault's own lock does it.
    lock: Mutex<()>,
}

impl SoftwareKeystore {
    /// In this file, which is made when the first secret is put in.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), lock: Mutex::new(()) }
    }

    /// Beside a vault: its name with `.keystore` added.
    pub fn beside(vault: &Path) -> Self {
        let mut name = vault.file_name().unwrap_or_default().to_owned();
        name.push(".keystore");
        Self::at(vault.with_file_name(name))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self) -> Result<BTreeMap<String, KeystoreSecret>, KeystoreError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(_) => return Err(KeystoreError::Failed),
        };
        text.lines().map(|line| entry(line).ok_or(KeystoreError::Failed)).collect()
    }

    fn change(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, KeystoreSecret>),
    ) -> Result<(), KeystoreError> {
        let _one = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        change(&mut secrets);
        self.write(&secrets).map_err(|_| KeystoreError::Failed)
    }

    fn write(&self, secrets: &BTreeMap<String, KeystoreSecret>) -> io::Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(secrets.len() * 160));
        for (id, secret) in secrets {
            text.push_str(id);
            text.push(' ');
            text.push_str(&hex(secret.expose()));
            text.push('\n');
        }
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let mut file = private(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
            _ => sync_dir(Path::new(".")),
        }
    }
}

/// One line: id and secret.
fn entry(line: &str) -> Option<(String, KeystoreSecret)> {
    let (id, text) = line.split_once(' ')?;
    let digits = text.as_bytes();
    if id.is_empty() || digits.len() != 64 {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some((id.to_owned(), KeystoreSecret::from_bytes(*bytes)))
}

/// A new file for its owner alone.
fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

impl Keystore for SoftwareKeystore {
    fn get(&self, id: &str) -> Result<Option<KeystoreSecret>, KeystoreError> {
        let _one = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.read()?.remove(id))
    }

    fn replace(&self, id: &str, secret: &KeystoreSecret) -> Result<(), KeystoreError> {
        self.change(|secrets| drop(secrets.insert(id.to_owned(), secret.clone())))
    }

    fn delete(&self, id: &str) -> Result<(), KeystoreError> {
        self.change(|secrets| drop(secrets.remove(id)))
    }
}

/// The ids under which a keystore keeps what belongs to one vault.
pub(crate) struct Ids {
    pub secrets: [String; 2],
    pub attempts: String,
}

impl Ids {
    /// `header` is the header's id.
    pub(crate) fn of(header: &[u8; 16]) -> Self {
        let name = hex(header);
        let with = |end: &str| format!("amana-{}-{end}", *name);
        Self { secrets: [with("0"), with("1")], attempts: with("attempts") }
    }
}

#[cfg(test)]
mod tests {
    use amana_crypto::SeededRandom;

    use super::*;

    #[test]
    fn secrets_are_kept_replaced_and_deleted() {
        let place = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::beside(&place.path().join("vault"));
        assert_eq!(keystore.path(), place.path().join("vault.keystore"));
        let random = SeededRandom::new(1);
        let (first, second) = (KeystoreSecret::make(&random), KeystoreSecret::make(&random));
        assert_eq!(keystore.get("a").unwrap(), None);
        keystore.delete("a").unwrap();
        keystore.replace("a", &first).unwrap();
        keystore.replace("b", &first).unwrap();
        keystore.replace("a", &second).unwrap();
        let again = SoftwareKeystore::at(keystore.path());
        assert_eq!((again.get("a").unwrap(), again.get("b").unwrap()), (Some(second), Some(first)));
        again.delete("a").unwrap();
        assert_eq!(keystore.get("a").unwrap(), None);
        fs::write(keystore.path(), "a 00\n").unwrap();
        assert_eq!(keystore.get("a").unwrap_err(), KeystoreError::Failed);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::at(place.path().join("keys"));
        keystore.replace("a", &KeystoreSecret::from_bytes([1; 32])).unwrap();
        assert_eq!(fs::metadata(keystore.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
