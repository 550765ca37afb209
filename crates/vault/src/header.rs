//! The file with the key slots: there or not, whole or damaged, replaced at one stroke.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use amana_crypto::slots::{HEADER_LEN, Header};

use crate::{VaultError, twin::NEW_HEADER};

pub(crate) const HEADER: &str = "header";

/// Reads it; tells what is not there from what is damaged.
pub(crate) fn read_header(dir: &Path) -> Result<Header, VaultError> {
    let path = dir.join(HEADER);
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(_) if fs::symlink_metadata(dir).is_err() => return Err(VaultError::Missing),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // An empty folder is no vault; one with something in it has lost its header.
            return Err(if is_free(dir) { VaultError::Missing } else { VaultError::Damaged });
        }
        Err(_) => return Err(VaultError::Damaged),
    };
    if !meta.is_file() || meta.len() != HEADER_LEN as u64 {
        return Err(VaultError::Damaged);
    }
    Ok(Header::parse(&fs::read(path)?)?)
}

/// Nothing there, or an empty folder.
pub(crate) fn is_free(dir: &Path) -> bool {
    match fs::symlink_metadata(dir) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(meta) => meta.is_dir() && fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none()),
    }
}

/// Puts another one in its place: whoever is killed meanwhile leaves the old one or the new one.
pub(crate) fn replace_header(dir: &Path, header: &Header) -> Result<(), VaultError> {
    let new = dir.join(NEW_HEADER);
    let mut file = File::create(&new)?;
    file.write_all(&header.to_bytes())?;
    file.sync_all()?;
    fs::rename(&new, dir.join(HEADER))?;
    sync_dir(dir)?;
    Ok(())
}

pub(crate) fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(unix)]
pub(crate) fn restrict(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
pub(crate) fn restrict(_: &Path) -> std::io::Result<()> {
    Ok(())
}
