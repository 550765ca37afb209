//! Wrong PINs: counted before each try, answered with growing delays, and after the tenth, if wanted, by erasing.
//!
//! ```text
//! 0   magic "AMANATRY"            the file `attempts`, 64 bytes, written in place
//! 8   version u8 = 1, flags u8 (1: erase after the tenth), zeros to 12
//! 12  count u32, ms since 1970 of the last u64
//! 24  zeros
//! 32  SHA-256 of bytes 0–31
//! ```
//!
//! The first 32 bytes also lie in the keystore, which cannot be set back by putting an older file in place: whatever is
//! stricter holds. Passphrases are not counted: they are too long to be guessed, and counting would let anybody lock out
//! who knows one.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use amana_crypto::slots::KeystoreSecret;
use amana_domain::ids::sha256;

use crate::{
    VaultError,
    keystore::{Ids, Keystore},
};

pub(crate) const ATTEMPTS: &str = "attempts";
/// Bytes of the file.
const LEN: usize = 64;
const BODY: usize = 32;
const MAGIC: &[u8; 8] = b"AMANATRY";
const VERSION: u8 = 1;
const ERASE: u8 = 1;
/// After so many wrong PINs the vault is erased, if that is wanted.
pub(crate) const MOST: u32 = 10;

/// Seconds to wait after so many wrong PINs in a row.
pub(crate) const fn delay_s(wrong: u32) -> u64 {
    match wrong {
        0..=4 => 0,
        5 => 60,
        6 => 5 * 60,
        7 => 15 * 60,
        _ => 60 * 60,
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub wrong: u32,
    at_ms: u64,
    pub erase: bool,
}

impl Count {
    fn bytes(self) -> [u8; BODY] {
        let mut bytes = [0; BODY];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8] = VERSION;
        bytes[9] = if self.erase { ERASE } else { 0 };
        bytes[12..16].copy_from_slice(&self.wrong.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.at_ms.to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let wrong = u32::from_be_bytes(bytes.get(12..16)?.try_into().ok()?);
        let at_ms = u64::from_be_bytes(bytes.get(16..24)?.try_into().ok()?);
        let count = Self { wrong, at_ms, erase: bytes[9] == ERASE };
        (count.bytes() == *bytes).then_some(count)
    }

    /// The stricter of two.
    fn or(self, other: Self) -> Self {
        Self {
            wrong: self.wrong.max(other.wrong),
            at_ms: self.at_ms.max(other.at_ms),
            erase: self.erase || other.erase,
        }
    }

    /// How long to wait still, s. A clock that was set back makes the wait begin anew, and no longer than that.
    fn wait_s(&mut self, now_ms: u64) -> u64 {
        self.at_ms = self.at_ms.min(now_ms);
        let passed = now_ms - self.at_ms;
        (delay_s(self.wrong) * 1000).saturating_sub(passed).div_ceil(1000)
    }
}

/// The counter of one vault, held by one attempt at a time.
pub(crate) struct Attempts<'k> {
    locked: Locked,
    keystore: &'k dyn Keystore,
    id: String,
    pub count: Count,
}

impl<'k> Attempts<'k> {
    /// Waits for other attempts, then reads.
    pub(crate) fn lock(dir: &Path, ids: &Ids, keystore: &'k dyn Keystore) -> Result<Self, VaultError> {
        let mut locked = locked(dir)?;
        let mut bytes = [0; LEN];
        let kept = match locked.file.read_exact(&mut bytes) {
            Ok(()) if sha256(&[&bytes[..BODY]])[..] == bytes[BODY..] => Count::read(&bytes[..BODY]),
            Ok(()) => None,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(error.into()),
        };
        let stored = keystore.get(&ids.attempts)?.and_then(|secret| Count::read(secret.expose()));
        let count = kept.unwrap_or_default().or(stored.unwrap_or_default());
        Ok(Self { locked, keystore, id: ids.attempts.clone(), count })
    }

    /// Counts an attempt as wrong until it proves right, unless it has to wait; durable when this returns.
    pub(crate) fn begin(&mut self, now_ms: u64) -> Result<(), VaultError> {
        let before = self.count;
        let seconds = self.count.wait_s(now_ms);
        if seconds > 0 {
            if self.count != before {
                self.store()?;
            }
            return Err(VaultError::Wait { seconds });
        }
        self.count.wrong = self.count.wrong.saturating_add(1);
        self.count.at_ms = now_ms;
        self.store()
    }

    /// The attempt was right.
    pub(crate) fn succeeded(&mut self) -> Result<(), VaultError> {
        self.count.wrong = 0;
        self.store()
    }

    /// Whether too many were wrong.
    pub(crate) fn exhausted(&self) -> bool {
        self.count.erase && self.count.wrong >= MOST
    }

    /// Whether the vault is to be erased after the tenth wrong PIN.
    pub(crate) fn set_erase(&mut self, erase: bool) -> Result<(), VaultError> {
        self.count.erase = erase;
        self.store()
    }

    fn store(&mut self) -> Result<(), VaultError> {
        let body = self.count.bytes();
        self.keystore.replace(&self.id, &KeystoreSecret::from_bytes(body))?;
        self.locked.file.rewind()?;
        self.locked.file.write_all(&whole(&body))?;
        self.locked.file.sync_data()?;
        Ok(())
    }
}

fn whole(body: &[u8; BODY]) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[..BODY].copy_from_slice(body);
    bytes[BODY..].copy_from_slice(&sha256(&[body]));
    bytes
}

/// The file, made if it is not there, locked until it is dropped: one change of header or count at a time.
pub(crate) struct Locked {
    file: File,
    _one: Option<MutexGuard<'static, ()>>,
}

/// Waits for the lock.
pub(crate) fn locked(dir: &Path) -> io::Result<Locked> {
    static ONE: Mutex<()> = Mutex::new(());
    let path = dir.join(ATTEMPTS);
    let file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.lock() {
        Ok(()) => Ok(Locked { file, _one: None }),
        // Where files cannot be locked (Android before Rust 1.98) an application is one process.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            Ok(Locked { file, _one: Some(ONE.lock().unwrap_or_else(PoisonError::into_inner)) })
        }
        Err(error) => Err(error),
    }
}

/// Writes an empty counter if there is none.
pub(crate) fn ensure(dir: &Path) -> io::Result<()> {
    let path = dir.join(ATTEMPTS);
    if fs::metadata(&path).is_ok_and(|meta| meta.len() == LEN as u64) {
        return Ok(());
    }
    let mut locked = locked(dir)?;
    let file = &mut locked.file;
    if file.metadata()?.len() == LEN as u64 {
        return Ok(());
    }
    file.write_all(&whole(&Count::default().bytes()))?;
    file.set_len(LEN as u64)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SoftwareKeystore;

    const MINUTE: u64 = 60_000;

    fn wait(attempts: &mut Attempts<'_>, now_ms: u64) -> u64 {
        match attempts.begin(now_ms) {
            Ok(()) => 0,
            Err(VaultError::Wait { seconds }) => seconds,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn the_wait_grows_and_survives_restarts_and_clocks_that_go_back() {
        let place = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::at(place.path().join("keys"));
        let ids = Ids::of(&[7; 16]);
        let lock = || Attempts::lock(place.path(), &ids, &keystore).unwrap();
        let mut now = 1_000_000 * MINUTE;
        for _ in 0..5 {
            assert_eq!(wait(&mut lock(), now), 0);
        }
        assert_eq!(wait(&mut lock(), now), 60);
        assert_eq!(wait(&mut lock(), now + 59_001), 1);
        // Asking does not make it longer.
        now += MINUTE;
        assert_eq!(wait(&mut lock(), now), 0);
        assert_eq!(wait(&mut lock(), now), 300);
        // Back by a year: from then on once more the whole, not a year.
        let back = now - 365 * 24 * 60 * MINUTE;
        assert_eq!(wait(&mut lock(), back), 300);
        assert_eq!(wait(&mut lock(), back + 299_000), 1);
        assert_eq!(wait(&mut lock(), back + 300_000), 0);
        assert_eq!(wait(&mut lock(), back + 300_000), 900);
        now = back + 1_200_000;
        assert_eq!(wait(&mut lock(), now), 0);
        assert_eq!(wait(&mut lock(), now), 3600);
        lock().succeeded().unwrap();
        assert_eq!(wait(&mut lock(), now), 0);
    }

    #[test]
    fn neither_an_older_file_nor_none_nor_an_older_keystore_sets_it_back() {
        let place = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::at(place.path().join("keys"));
        let ids = Ids::of(&[7; 16]);
        let lock = || Attempts::lock(place.path(), &ids, &keystore).unwrap();
        ensure(place.path()).unwrap();
        let fresh = fs::read(place.path().join(ATTEMPTS)).unwrap();
        lock().set_erase(true).unwrap();
        for _ in 0..5 {
            assert_eq!(wait(&mut lock(), 1000), 0);
        }
        fs::write(place.path().join(ATTEMPTS), &fresh).unwrap();
        assert_eq!(wait(&mut lock(), 1000), 60);
        assert!(lock().count.erase);
        fs::remove_file(place.path().join(ATTEMPTS)).unwrap();
        assert_eq!(wait(&mut lock(), 1000), 60);
        fs::write(place.path().join(ATTEMPTS), b"AMANATRY and then something else").unwrap();
        assert_eq!(lock().count.wrong, 5);
        lock().set_erase(true).unwrap();
        keystore.delete(&ids.attempts).unwrap();
        let count = lock().count;
        assert_eq!((count.wrong, count.erase), (5, true));
        assert_eq!(fs::metadata(place.path().join(ATTEMPTS)).unwrap().len(), LEN as u64);
    }

    #[test]
    fn the_tenth_is_the_last_where_that_is_wanted() {
        let place = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::at(place.path().join("keys"));
        let ids = Ids::of(&[7; 16]);
        let mut now = 0;
        for n in 1..=MOST {
            let mut attempts = Attempts::lock(place.path(), &ids, &keystore).unwrap();
            now += delay_s(u32::MAX) * 1000;
            assert!(!attempts.exhausted());
            if n == 1 {
                attempts.set_erase(true).unwrap();
            }
            attempts.begin(now).unwrap();
            assert_eq!(attempts.exhausted(), n == MOST);
        }
    }
}
