//! The operator's folder: root keys of the deployment and its organisations, sealed under a passphrase.
//!
//! ```text
//! DIR/deploy.sealed   everything; replaced as a whole, atomically
//! ```

mod publish;
mod renew;
mod store;

use std::path::{Path, PathBuf};

use amana_crypto::{Seed, SigningKey, passphrase::Passphrase, sealed_file::SealedFile, slots::Cost};
use amana_domain::{
    codes::Country,
    ids::{DeploymentId, Hash, OrganisationId, VerifyKey},
    role::Role,
    signed::Signed,
    trust::{
        self, Directory, DirectoryChain, Invite, InviteSecret, InviteString, JoinLink, OrganisationKind,
        RelayAddress, RelayUrl,
    },
};
pub use publish::Published;
use store::{Organisation, State};
use zeroize::Zeroizing;

use crate::{ClientError, Env, ops::unique};

const DAY_MS: u64 = 86_400_000;
/// How long an invite can be used, days.
const INVITE_DAYS: u32 = 30;

/// An open deploy folder.
pub struct Deployment {
    path: PathBuf,
    file: SealedFile,
    state: State,
    env: Env,
}

/// A new organisation.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it works.
    pub country: Country,
    /// Countries of origin that it serves.
    pub origin: Vec<Country>,
}

impl Deployment {
    /// Makes a folder with a fresh root key and the one that will follow it.
    pub fn init(
        dir: &Path,
        passphrase: &Passphrase,
        cost: Cost,
        name: &str,
        relay: &str,
        env: Env,
    ) -> Result<Self, ClientError> {
        let url: RelayUrl = relay.trim_end_matches('/').parse().map_err(|_| ClientError::LinkInvalid)?;
        let random = env.random.clone();
        let state = State {
            name: name.to_owned(),
            url,
            root: *Seed::make(random.as_ref()).expose(),
            next_root: *Seed::make(random.as_ref()).expose(),
            organisations: Vec::new(),
            directories: Vec::new(),
        };
        let (path, file) = store::create(dir, passphrase, cost, &state, &env)?;
        Ok(Self { path, file, state, env })
    }

    /// Opens a folder.
    pub fn open(dir: &Path, passphrase: &Passphrase, env: Env) -> Result<Self, ClientError> {
        let (path, file, state) = store::open(dir, passphrase)?;
        Ok(Self { path, file, state, env })
    }

    /// The first root's fingerprint: what join links pin.
    pub fn fingerprint(&self) -> Result<Hash, ClientError> {
        match self.chain()?.by_version(1) {
            Some(first) => Ok(Hash::of(first.body().root.as_bytes())),
            None => Ok(Hash::of(self.root().verify_key().as_bytes())),
        }
    }

    /// The deployment's id.
    pub fn id(&self) -> Result<DeploymentId, ClientError> {
        Ok(DeploymentId::from_fingerprint(&self.fingerprint()?))
    }

    /// The link with which phones join.
    pub fn link(&self) -> Result<JoinLink, ClientError> {
        Ok(JoinLink { url: self.state.url.clone(), fingerprint: self.fingerprint()? })
    }

    /// Adds an organisation with a root key of its own. It shows once it is published.
    pub fn add_organisation(&mut self, new: NewOrganisation) -> Result<OrganisationId, ClientError> {
        if self.state.organisations.iter().any(|known| known.name == new.name) {
            return Err(ClientError::NameTaken);
        }
        let seed = Seed::make(self.env.random.as_ref());
        let root = SigningKey::from_seed(&seed).verify_key();
        let id = OrganisationId::from_root(&root);
        self.state.organisations.push(Organisation {
            seed: *seed.expose(),
            next: Some(*Seed::make(self.env.random.as_ref()).expose()),
            first_id: None,
            founding: None,
            name: new.name,
            kind: new.kind,
            country: new.country.to_string(),
            origin: new.origin.iter().map(ToString::to_string).collect(),
            invites: 0,
        });
        self.save()?;
        Ok(id)
    }

    /// Makes a single-use invite. The text contains a secret: hand it over once.
    pub fn invite(&mut self, organisation: &str, role: Role) -> Result<Zeroizing<String>, ClientError> {
        let id = self.find(organisation)?;
        let fingerprint = self.fingerprint()?;
        let deployment = self.id()?;
        let today = u32::try_from(self.env.now_ms() / DAY_MS).map_err(|_| ClientError::Internal("day"))?;
        let seed = Seed::make(self.env.random.as_ref());
        let url = self.state.url.clone();
        let known = self
            .state
            .organisations
            .iter_mut()
            .find(|known| known.id() == id)
            .ok_or(ClientError::NotFound)?;
        if known.invites == 0 && role != Role::Admin {
            return Err(ClientError::FirstDeskMustBeAdmin);
        }
        known.invites += 1;
        let root = known.key();
        let invite = Invite {
            deployment,
            organisation: id,
            root: root.verify_key(),
            key: SigningKey::from_seed(&seed).verify_key(),
            role,
            expires_day: today + INVITE_DAYS,
        };
        let signed = Signed::make(invite, |message| root.sign(message))
            .map_err(|_| ClientError::Internal("invite"))?;
        let text =
            InviteString::new(url, fingerprint, &signed, InviteSecret::from_bytes(*seed.expose())).to_text();
        self.save()?;
        Ok(text)
    }

    /// The organisations: id and name.
    pub fn organisations(&self) -> Vec<(OrganisationId, String)> {
        self.state.organisations.iter().map(|known| (known.id(), known.name.clone())).collect()
    }

    fn find(&self, reference: &str) -> Result<OrganisationId, ClientError> {
        let known = self.organisations();
        if let Some((id, _)) = known.iter().find(|(_, name)| name == reference) {
            return Ok(*id);
        }
        let ids: Vec<_> = known.iter().map(|(id, _)| (*id, id.to_string())).collect();
        unique(reference, &ids)
    }

    fn root(&self) -> SigningKey {
        crate::client::signing_key(&self.state.root)
    }

    fn chain(&self) -> Result<DirectoryChain, ClientError> {
        self.state.chain()
    }

    fn save(&mut self) -> Result<(), ClientError> {
        store::save(&self.path, &self.file, &self.state, &self.env)
    }

    /// A directory that continues the newest one, with what the folder holds now.
    fn draft(
        &self,
        relay: RelayAddress,
        pow_bits: u8,
        root: &SigningKey,
        next_root: &SigningKey,
    ) -> Result<Directory, ClientError> {
        let chain = self.chain()?;
        let now = self.env.now_ms();
        let mut organisations: Vec<_> = self.state.organisations.iter().map(Organisation::listed).collect();
        // What another copy of this folder published and this one has no keys for stays as it is.
        for published in chain.newest().map_or(&[][..], |newest| &newest.body().organisations) {
            match organisations.iter_mut().find(|ours| ours.id == published.id) {
                None => organisations.push(published.clone()),
                Some(ours) if !continues(published, ours) => *ours = published.clone(),
                Some(_) => {}
            }
        }
        Ok(Directory {
            deployment: self.id()?,
            version: chain.version() + 1,
            prev: chain.newest().map(Signed::hash),
            root: root.verify_key(),
            next_root: Hash::of(next_root.verify_key().as_bytes()),
            issued_ms: now,
            expires_ms: now + publish::VALID_MS,
            name: self.state.name.clone(),
            relay,
            pow_bits,
            organisations,
        })
    }

    /// The next directory, if anything in it differs from the newest one.
    fn next_directory(
        &self,
        relay: VerifyKey,
        pow_bits: u8,
    ) -> Result<Option<Signed<Directory>>, ClientError> {
        let root = self.root();
        let next_root = crate::client::signing_key(&self.state.next_root);
        let relay = RelayAddress { url: self.state.url.clone(), key: relay };
        let directory = self.draft(relay, pow_bits, &root, &next_root)?;
        let now = self.env.now_ms();
        let chain = self.chain()?;
        if chain.newest().is_some_and(|newest| publish::says_the_same(newest.body(), &directory, now)) {
            return Ok(None);
        }
        Ok(Some(sign(directory, &root)?))
    }
}

fn sign(directory: Directory, root: &SigningKey) -> Result<Signed<Directory>, ClientError> {
    Signed::make(directory, |message| root.sign(message)).map_err(|_| ClientError::Internal("directory"))
}

/// Whether readers will take `ours` after `published`.
fn continues(published: &trust::Organisation, ours: &trust::Organisation) -> bool {
    let root = if published.root == ours.root {
        published.next_root.is_none() || published.next_root == ours.next_root
    } else {
        published.next_root == Some(Hash::of(ours.root.as_bytes()))
    };
    root && (published.founding.is_none() || published.founding == ours.founding)
}
