//! The relay's signing key: a 32-byte seed in a file of its own, apart from the database, so that a
//! stolen database cannot acknowledge anything.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use amana_crypto::{Random, Seed, SigningKey};

/// The file's name in the data folder.
pub(crate) const FILE: &str = "relay.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the relay key cannot be read or written")]
    Io(#[from] io::Error),
    /// The file is there but holds no key.
    #[error("the relay key is damaged")]
    Damaged,
    /// The database is there, its key is not. A new one would break every phone's pin silently.
    #[error("the relay key is missing")]
    Missing,
}

/// Opens the key, or makes one if `fresh` (there is no database yet).
pub(crate) fn open(folder: &Path, fresh: bool, random: &dyn Random) -> Result<SigningKey, KeyError> {
    let path = folder.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let seed: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Damaged)?;
            Ok(SigningKey::from_seed(&Seed::from_bytes(seed)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && fresh => make(folder, &path, random),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyError::Missing),
        Err(error) => Err(error.into()),
    }
}

fn make(folder: &Path, path: &Path, random: &dyn Random) -> Result<SigningKey, KeyError> {
    let seed = Seed::make(random);
    // Written aside, made durable, then named: a kill never leaves half a key under the name.
    let aside = path.with_extension("key.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(seed.expose())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    File::open(folder)?.sync_all()?;
    Ok(SigningKey::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use amana_crypto::SeededRandom;

    use super::*;

    #[test]
    fn made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let made = open(folder.path(), true, &SeededRandom::new(1)).unwrap();
        let again = open(folder.path(), true, &SeededRandom::new(2)).unwrap();
        assert_eq!(made.verify_key(), again.verify_key());
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn nothing_is_made_in_place_of_a_lost_or_damaged_key() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path(), false, &SeededRandom::new(1)), Err(KeyError::Missing)));
        std::fs::write(folder.path().join(FILE), [7; 31]).unwrap();
        for fresh in [true, false] {
            assert!(matches!(open(folder.path(), fresh, &SeededRandom::new(1)), Err(KeyError::Damaged)));
        }
    }
}
