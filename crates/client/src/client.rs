//! The client: one open vault, one relay, one device.

use std::{path::Path, sync::Arc};

use amana_crypto::{KemSecret, SigningKey, passphrase::Passphrase, slots::Cost};
use amana_domain::{
    event::RosterRef,
    ids::{CaseId, DeviceId, Hash, OrganisationId},
    role::Role,
};
use amana_protocol::Principal;
use amana_vault::{Keystore, Tx, Vault, store::StoredCase};

use crate::{ClientError, Env, Trust, transport::Transport};

/// Names of settings in the vault.
pub(crate) mod meta {
    pub const URL: &str = "url";
    pub const FINGERPRINT: &str = "fingerprint";
    pub const SKEW: &str = "clock_skew_ms";
    pub const GENERATION: &str = "generation";
    pub const ORGANISATION: &str = "organisation";
    pub const NAME: &str = "name";
    pub const DEVICE_SIGN: &str = "device_sign";
    pub const DEVICE_KEM: &str = "device_kem";
    pub const CERTIFICATE: &str = "certificate";
    pub const INVITE: &str = "invite";
    pub const INVITE_SECRET: &str = "invite_secret";
    pub const ADMITTED: &str = "admitted";
    /// The join request as it was first sent: a relay takes one per invite.
    pub const JOIN: &str = "join";
    /// Present once a relay has taken the join request.
    pub const JOIN_TAKEN: &str = "join_taken";
    /// Present while this desk was given team keys that it has not tried on what it could not open.
    pub const NEW_KEYS: &str = "new_team_keys";
    /// Present while cases wait for new keys after a change of the team; says which.
    pub const REKEY_DUE: &str = "rekey_due";
    /// The roster that this desk has signed and no relay has accepted yet, with its part.
    pub const PENDING_ROSTER: &str = "pending_roster";
    /// What this admin decided about desks and no roster says yet.
    pub const WISHES: &str = "roster_wishes";
    /// Recoveries that this admin has set up and no roster carries yet, without their secrets.
    pub const RECOVERIES: &str = "recoveries_set_up";
    /// Number of the last roster by which the team was recovered that this desk has warned of.
    pub const RECOVERY_SEEN: &str = "recovery_seen";
}

/// Who uses this vault.
pub enum Identity {
    /// A migrant's phone: each case has keys of its own.
    Phone,
    /// A desk of an organisation.
    Desk(Box<Desk>),
}

impl Identity {
    /// The key that signs this device's events in a case: the desk's or, on a phone, the migrant's.
    pub(crate) fn own_key(&self, case: &StoredCase) -> Result<SigningKey, ClientError> {
        match (self, &case.keys) {
            (Self::Desk(desk), _) => Ok(SigningKey::from_seed(&desk.sign.seed())),
            (Self::Phone, Some(keys)) => Ok(signing_key(&keys.sign)),
            (Self::Phone, None) => Err(ClientError::Internal("case without keys")),
        }
    }

    /// As whom this device writes about a case whose owner is given.
    pub(crate) fn roster_ref(&self, trust: &Trust, owner: OrganisationId) -> RosterRef {
        match self {
            Self::Phone => trust.roster_ref(owner),
            Self::Desk(desk) => trust.roster_ref(desk.organisation),
        }
    }
}

/// A staff device.
pub struct Desk {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its name in the team.
    pub name: String,
    /// Signs events and requests.
    pub sign: SigningKey,
    /// Opens wraps of the team's secrets.
    pub kem: KemSecret,
    /// The certified invite, signed.
    pub invite: Vec<u8>,
    /// The device's certificate, signed by the invite key.
    pub certificate: Vec<u8>,
}

impl Desk {
    /// The device's id.
    pub fn device(&self) -> DeviceId {
        DeviceId::from_key(&self.sign.verify_key())
    }
}

/// An open vault with everything an application may do with it.
pub struct Client {
    pub(crate) vault: Vault,
    pub(crate) env: Env,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) trust: Trust,
    pub(crate) identity: Identity,
    pub(crate) url: String,
    /// Cases of which somebody sent keys without the migrant's consent, until a sync has told.
    pub(crate) disbelieved: Vec<CaseId>,
    /// The case whose person speaks through this desk just now.
    pub(crate) speaking_for: Option<CaseId>,
}

impl Client {
    /// Opens an existing vault.
    pub fn open(
        dir: &Path,
        passphrase: &Passphrase,
        role: amana_vault::Role,
        env: Env,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ClientError> {
        let vault = Vault::open(dir, passphrase, role)?;
        Self::with_vault(vault, role, env, transport)
    }

    /// Opens a phone's vault by its PIN and the device's keystore, or any by its passphrase. `vault_wait` after wrong PINs.
    pub fn unlock(
        dir: &Path,
        secret: &Passphrase,
        role: amana_vault::Role,
        keystore: &dyn Keystore,
        env: Env,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ClientError> {
        let vault = Vault::unlock(dir, secret, role, keystore, env.now_ms())?;
        Self::with_vault(vault, role, env, transport)
    }

    /// Locks: closes the vault, wipes all keys. Dropping does the same and tells nothing.
    ///
    /// # Errors
    /// The vault's journal could not be emptied (a full disk); it is locked all the same.
    pub fn lock(self) -> Result<(), ClientError> {
        Ok(self.vault.lock()?)
    }

    pub(crate) fn with_vault(
        mut vault: Vault,
        role: amana_vault::Role,
        env: Env,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ClientError> {
        let (trust, identity, url) = vault.write(|tx| {
            let fingerprint = required(tx, meta::FINGERPRINT)?;
            let fingerprint =
                Hash::from_slice(&fingerprint).map_err(|_| ClientError::Internal("fingerprint"))?;
            let identity = match role {
                amana_vault::Role::Phone => Identity::Phone,
                amana_vault::Role::Desk => Identity::Desk(Box::new(load_desk(tx)?)),
            };
            let url = required(tx, meta::URL)?;
            let url = String::from_utf8(url).map_err(|_| ClientError::Internal("url"))?;
            Ok::<_, ClientError>((Trust::load(tx, fingerprint)?, identity, url))
        })?;
        Ok(Self { vault, env, transport, trust, identity, url, disbelieved: Vec::new(), speaking_for: None })
    }

    /// The cost of a new vault's key derivation: what phones and desks use.
    pub fn default_cost() -> Cost {
        Cost::default()
    }

    /// The desk, if this is one.
    pub fn desk(&self) -> Option<&Desk> {
        match &self.identity {
            Identity::Phone => None,
            Identity::Desk(desk) => Some(desk),
        }
    }

    pub(crate) fn require_desk(&self) -> Result<&Desk, ClientError> {
        self.desk().ok_or(ClientError::Forbidden)
    }

    /// The relay's address as it was joined.
    pub fn relay_url(&self) -> &str {
        &self.url
    }

    /// The role that this desk's invite gives, whether it was admitted yet or not.
    pub fn invited_role(&self) -> Result<Role, ClientError> {
        Ok(crate::team::certificate_of(&self.require_desk()?.certificate)?.role)
    }

    /// What this device believes about who is who.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The relay's time as far as the last sync could tell, else this device's, ms since 1970.
    pub(crate) fn relay_now_ms(&mut self) -> Result<u64, ClientError> {
        let skew = self.write(|tx| Ok(tx.meta(meta::SKEW)?))?;
        let skew = skew.and_then(|bytes| bytes.as_slice().try_into().ok()).map_or(0, i64::from_be_bytes);
        Ok(self.env.now_ms().saturating_add_signed(skew))
    }

    /// Whether the directory is stale by the relay's time: [`Trust::directory_is_stale`].
    pub fn directory_is_stale(&mut self) -> Result<bool, ClientError> {
        let now_ms = self.relay_now_ms()?;
        Ok(self.trust.directory_is_stale(now_ms))
    }

    /// Refuses what a stale directory does not allow: a new grant to another organisation.
    ///
    /// # Errors
    /// [`ClientError::DirectoryExpired`].
    pub fn require_fresh_directory(&mut self) -> Result<(), ClientError> {
        if self.directory_is_stale()? { Err(ClientError::DirectoryExpired) } else { Ok(()) }
    }

    /// This desk's role in its newest roster.
    pub fn role(&self) -> Option<Role> {
        let desk = self.desk()?;
        self.trust.roster(desk.organisation)?.body().role_of(&desk.device())
    }

    /// The key that signs this device's events in a case.
    pub(crate) fn own_key(&self, case: &StoredCase) -> Result<SigningKey, ClientError> {
        self.identity.own_key(case)
    }

    /// As whom this device writes about a case whose owner is given.
    pub(crate) fn roster_ref(&self, owner: OrganisationId) -> RosterRef {
        self.identity.roster_ref(&self.trust, owner)
    }

    /// Principal under which this device reads and writes the mailboxes of a case.
    pub(crate) fn principal(&self, case: &StoredCase) -> Result<Principal, ClientError> {
        match (&self.identity, &case.keys) {
            (Identity::Desk(desk), _) => Ok(Principal::Organisation(desk.organisation)),
            (Identity::Phone, Some(keys)) => Ok(Principal::Phone(signing_key(&keys.relay).verify_key())),
            (Identity::Phone, None) => Err(ClientError::Internal("case without keys")),
        }
    }
}

/// Builds a signing key from a stored seed.
pub(crate) fn signing_key(seed: &[u8; 32]) -> SigningKey {
    SigningKey::from_seed(&amana_crypto::Seed::from_bytes(*seed))
}

/// Builds a KEM secret from a stored seed.
pub(crate) fn kem_secret(seed: &[u8; 32]) -> KemSecret {
    KemSecret::from_seed(amana_crypto::Seed::from_bytes(*seed))
}

pub(crate) fn required(tx: &Tx<'_>, name: &'static str) -> Result<Vec<u8>, ClientError> {
    Ok(tx.meta(name)?.ok_or(ClientError::Internal(name))?.to_vec())
}

fn load_desk(tx: &Tx<'_>) -> Result<Desk, ClientError> {
    let seed = |name| -> Result<[u8; 32], ClientError> {
        required(tx, name)?.try_into().map_err(|_| ClientError::Internal(name))
    };
    Ok(Desk {
        organisation: OrganisationId::from_slice(&required(tx, meta::ORGANISATION)?)
            .map_err(|_| ClientError::Internal("organisation"))?,
        name: String::from_utf8(required(tx, meta::NAME)?).map_err(|_| ClientError::Internal("name"))?,
        sign: signing_key(&seed(meta::DEVICE_SIGN)?),
        kem: kem_secret(&seed(meta::DEVICE_KEM)?),
        invite: required(tx, meta::INVITE)?,
        certificate: required(tx, meta::CERTIFICATE)?,
    })
}

/// The key that signs requests for a case from this device, and whether it speaks for an organisation.
pub(crate) struct RequestKey {
    pub key: SigningKey,
    pub organisation: Option<OrganisationId>,
}

impl Client {
    pub(crate) fn request_key(&self, case: Option<&StoredCase>) -> Result<RequestKey, ClientError> {
        match &self.identity {
            Identity::Desk(desk) => Ok(RequestKey {
                key: SigningKey::from_seed(&desk.sign.seed()),
                organisation: Some(desk.organisation),
            }),
            Identity::Phone => {
                let keys = case
                    .and_then(|case| case.keys.as_ref())
                    .ok_or(ClientError::Internal("case without keys"))?;
                Ok(RequestKey { key: signing_key(&keys.relay), organisation: None })
            }
        }
    }

    /// Runs something that only reads, on one state.
    pub(crate) fn read<R>(
        &mut self,
        run: impl FnOnce(&Tx<'_>) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        self.vault.read(run)
    }

    /// Runs something in one durable transaction.
    pub(crate) fn write<R>(
        &mut self,
        run: impl FnOnce(&Tx<'_>) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        self.vault.write(run)
    }
}

/// A case known by its full id.
pub(crate) fn stored_case(tx: &Tx<'_>, case: CaseId) -> Result<StoredCase, ClientError> {
    tx.case(case)?.ok_or(ClientError::NotFound)
}
