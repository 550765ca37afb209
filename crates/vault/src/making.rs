//! A vault in the making: a folder beside its place, which the process that makes it holds locked.
//!
//! A process that is killed meanwhile leaves the folder behind, which nobody was told of; the next one that makes a vault of
//! the same name takes it away.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use amana_crypto::Random;

use crate::{
    attempts::ATTEMPTS,
    header::HEADER,
    open::hex,
    twin::{MAKING, NEW_HEADER, is_database},
};

const MARK: &str = ".making-";
/// Random bytes in the name.
const SUFFIX: usize = 8;
/// How often another name is tried: two processes that clean up at once may take each other's folder.
const TRIES: u32 = 8;

/// A folder for a new vault. The lock lasts as long as this does.
pub(crate) struct Making {
    path: PathBuf,
    _lock: File,
}

impl Making {
    /// Makes the folder beside `dir`, on the same file system, and takes away what killed processes left there.
    pub(crate) fn beside(dir: &Path, random: &dyn Random) -> io::Result<Self> {
        clear(dir);
        for _ in 0..TRIES {
            let mut suffix = [0; SUFFIX];
            random.fill(&mut suffix);
            let mut name = dir.file_name().unwrap_or_default().to_owned();
            name.push(format!("{MARK}{}", *hex(&suffix)));
            let path = dir.with_file_name(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::create_dir(&path)?;
            // Between the two lines somebody may have taken it for a leftover.
            let Ok(lock) = File::open(&path) else { continue };
            if is_held(&lock) && path.is_dir() {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Where files cannot be locked (Android before Rust 1.98), leftovers stay and nobody else makes vaults.
fn is_held(lock: &File) -> bool {
    match lock.try_lock() {
        Ok(()) => true,
        Err(fs::TryLockError::Error(error)) => error.kind() == io::ErrorKind::Unsupported,
        Err(fs::TryLockError::WouldBlock) => false,
    }
}

/// Takes away what killed processes left. Only folders of exactly our form, that nobody holds; best effort.
fn clear(dir: &Path) {
    let Some(name) = dir.file_name().and_then(|name| name.to_str()) else { return };
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(|found| is_leftover_name(found, name));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _kept = take_away(&entry.path());
        }
    }
}

fn is_leftover_name(found: &str, name: &str) -> bool {
    let suffix = found.strip_prefix(name).and_then(|rest| rest.strip_prefix(MARK));
    suffix.is_some_and(|suffix| is_hex(suffix, SUFFIX))
}

fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What a vault in the making holds: the header, the count of wrong PINs, and databases with their journals.
fn is_vault_file(name: &str) -> bool {
    let database = name.strip_suffix("-wal").or_else(|| name.strip_suffix("-journal")).unwrap_or(name);
    [HEADER, NEW_HEADER, ATTEMPTS].contains(&name) || database == MAKING || is_database(database)
}

fn take_away(folder: &Path) -> io::Result<()> {
    let lock = File::open(folder)?;
    if lock.try_lock().is_err() {
        return Ok(());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let known = entry.file_name().to_str().is_some_and(is_vault_file);
        if !known || !entry.file_type()?.is_file() {
            // Somebody keeps something else there.
            return Ok(());
        }
        files.push(entry.path());
    }
    files.iter().try_for_each(fs::remove_file)?;
    fs::remove_dir(folder)
}

#[cfg(test)]
mod tests {
    use amana_crypto::SeededRandom;

    use super::*;

    fn leftover(place: &Path, name: &str, files: &[&str]) -> PathBuf {
        let folder = place.join(name);
        fs::create_dir(&folder).unwrap();
        for file in files {
            fs::write(folder.join(file), "x").unwrap();
        }
        folder
    }

    const DATABASE: &str = "00112233445566778899aabbccddeeff.db";

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str, files: &[&str]| leftover(place.path(), name, files);
        let wal = format!("{DATABASE}-wal");
        let gone = [
            at("vault.making-0011223344556677", &[]),
            at("vault.making-0011223344556678", &[DATABASE, &wal]),
            at("vault.making-0011223344556679", &[HEADER, DATABASE]),
        ];
        let kept = [
            // Another vault's, another form, somebody's files, a folder inside.
            at("other.making-0011223344556677", &[HEADER]),
            at("vault2.making-0011223344556677", &[HEADER]),
            at("vault.making-00112233445566", &[HEADER]),
            at("vault.making-001122334455667G", &[HEADER]),
            at("vault.making-0011223344556677.old", &[HEADER]),
            at("vault.making-001122334455667a", &[HEADER, "letter.txt"]),
            at("vault.making-001122334455667b", &[DATABASE, "notes.db"]),
            at("vault.made", &[HEADER]),
        ];
        fs::create_dir(leftover(place.path(), "vault.making-001122334455667c", &[]).join(HEADER)).unwrap();
        fs::write(place.path().join("vault.making-001122334455667d"), "a file").unwrap();
        let making = Making::beside(&place.path().join("vault"), &SeededRandom::new(1)).unwrap();
        assert!(making.path().is_dir());
        for folder in gone {
            assert!(!folder.exists(), "{folder:?}");
        }
        for folder in kept {
            assert!(folder.join(HEADER).exists() || folder.join(DATABASE).exists(), "{folder:?}");
        }
        assert!(place.path().join("vault.making-001122334455667c").join(HEADER).is_dir());
        assert!(place.path().join("vault.making-001122334455667d").is_file());
    }

    #[test]
    fn what_another_process_is_making_stays() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("vault");
        let first = Making::beside(&dir, &SeededRandom::new(1)).unwrap();
        fs::write(first.path().join(DATABASE), "half made").unwrap();
        let second = Making::beside(&dir, &SeededRandom::new(2)).unwrap();
        assert!(first.path().join(DATABASE).exists(), "it is locked");
        // The second one is killed: its lock ends with it.
        let left = second.path().to_owned();
        drop(second);
        let third = Making::beside(&dir, &SeededRandom::new(3)).unwrap();
        assert!(!left.exists() && first.path().exists() && third.path().exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let elsewhere = leftover(place.path(), "elsewhere", &[HEADER]);
        let link = place.path().join("vault.making-0011223344556677");
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        Making::beside(&place.path().join("vault"), &SeededRandom::new(1)).unwrap();
        assert!(link.exists() && elsewhere.join(HEADER).exists());
    }
}
