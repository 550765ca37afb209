//! The sealed file: strict reading, atomic writing.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use amana_crypto::{
    SigningKey, StrictVerifier,
    passphrase::Passphrase,
    sealed_file::SealedFile,
    slots::{Cost, SlotError},
};
use amana_domain::{
    canonical,
    ids::{Hash, OrganisationId},
    trust::{self, DirectoryChain, OrganisationKind, RelayUrl},
};
use amana_vault::VaultError;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{ClientError, Env, client::signing_key};

const FILE: &str = "deploy.sealed";
const PURPOSE: &[u8] = b"amana/1/deploy";

/// Everything the operator's folder holds.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    pub name: String,
    pub url: RelayUrl,
    #[serde(with = "serde_bytes")]
    pub root: [u8; 32],
    #[serde(with = "serde_bytes")]
    pub next_root: [u8; 32],
    pub organisations: Vec<Organisation>,
    pub directories: Vec<ByteBuf>,
}

impl Drop for State {
    fn drop(&mut self) {
        self.root.zeroize();
        self.next_root.zeroize();
    }
}

/// An organisation with its root key.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
pub(super) struct Organisation {
    #[serde(with = "serde_bytes")]
    pub seed: [u8; 32],
    /// The root that shall follow; absent in folders of before there was one.
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<[u8; 32]>,
    /// Made from the first root; absent while that one is in force.
    #[zeroize(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_id: Option<OrganisationId>,
    /// Hash of the team's roster 1, once it was seen.
    #[zeroize(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founding: Option<Hash>,
    #[zeroize(skip)]
    pub name: String,
    #[zeroize(skip)]
    pub kind: OrganisationKind,
    #[zeroize(skip)]
    pub country: String,
    #[zeroize(skip)]
    pub origin: Vec<String>,
    #[zeroize(skip)]
    pub invites: u64,
}

impl Organisation {
    pub fn key(&self) -> SigningKey {
        signing_key(&self.seed)
    }

    pub fn id(&self) -> OrganisationId {
        self.first_id.unwrap_or_else(|| OrganisationId::from_root(&self.key().verify_key()))
    }

    /// SHA-256 of the root that shall follow.
    pub fn next_root(&self) -> Option<Hash> {
        self.next.as_ref().map(|seed| Hash::of(signing_key(seed).verify_key().as_bytes()))
    }

    /// As the directory lists it.
    pub fn listed(&self) -> trust::Organisation {
        trust::Organisation {
            id: self.id(),
            root: self.key().verify_key(),
            next_root: self.next_root(),
            founding: self.founding,
            name: self.name.clone(),
            kind: self.kind,
            country: self.country.clone(),
            origin: self.origin.clone(),
            sms: None,
            ladder: Vec::new(),
        }
    }
}

impl State {
    /// The published directories, checked again.
    pub fn chain(&self) -> Result<DirectoryChain, ClientError> {
        let first = self.directories.first();
        let Some(first) = first else {
            return Ok(DirectoryChain::pinned(Hash::of(signing_key(&self.root).verify_key().as_bytes())));
        };
        let claimed = amana_domain::signed::Unverified::<trust::Directory>::parse(first)
            .map_err(|_| ClientError::Internal("directory"))?;
        let mut chain = DirectoryChain::pinned(Hash::of(claimed.claimed().root.as_bytes()));
        for bytes in &self.directories {
            chain.extend(bytes, &StrictVerifier).map_err(|_| ClientError::Internal("directory"))?;
        }
        Ok(chain)
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        canonical::to_vec(self).map(Zeroizing::new).map_err(|_| ClientError::Internal("deploy state"))
    }
}

/// Makes a folder. Fails if anything is there.
pub(super) fn create(
    dir: &Path,
    passphrase: &Passphrase,
    cost: Cost,
    state: &State,
    env: &Env,
) -> Result<(PathBuf, SealedFile), ClientError> {
    let occupied = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if occupied {
        return Err(VaultError::Exists.into());
    }
    fs::create_dir_all(dir).map_err(VaultError::from)?;
    let file = SealedFile::create(passphrase, PURPOSE, cost, env.random.as_ref())
        .map_err(|_| ClientError::Internal("sealed file"))?;
    let path = dir.join(FILE);
    save(&path, &file, state, env)?;
    Ok((path, file))
}

pub(super) fn open(dir: &Path, passphrase: &Passphrase) -> Result<(PathBuf, SealedFile, State), ClientError> {
    let path = dir.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let something = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
            return Err(if something { VaultError::Damaged } else { VaultError::Missing }.into());
        }
        Err(_) => return Err(VaultError::Damaged.into()),
    };
    let (file, content) =
        SealedFile::open(&bytes, passphrase, None, PURPOSE).map_err(|error| match error {
            SlotError::WrongKey => VaultError::WrongKey,
            SlotError::TooNew => VaultError::TooNew,
            _ => VaultError::Damaged,
        })?;
    let state = canonical::from_slice(&content).map_err(|_| VaultError::Damaged)?;
    Ok((path, file, state))
}

/// Replaces the file: a crash leaves the old one or the new one.
pub(super) fn save(path: &Path, file: &SealedFile, state: &State, env: &Env) -> Result<(), ClientError> {
    let sealed = file.seal(&state.to_bytes()?, env.random.as_ref());
    let temporary = path.with_extension("new");
    let written = (|| {
        let mut out = File::create(&temporary)?;
        out.write_all(&sealed)?;
        out.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    })();
    Ok(written.map_err(VaultError::from)?)
}
