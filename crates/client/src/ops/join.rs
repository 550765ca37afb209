//! `join`: a new vault for a phone or a desk. Works offline.

use std::{path::Path, sync::Arc};

use amana_crypto::{KemSecret, Seed, SigningKey, StrictVerifier, passphrase::Passphrase, slots::Cost};
use amana_domain::{
    ids::DeploymentId,
    signed::Signed,
    trust::{DeviceCertificate, InviteString, JoinLink, MAX_CERTIFICATE_DAYS, certificate::read_invite},
};
use amana_vault::{Role, Setup, Vault};

use crate::{
    Client, ClientError, Env,
    client::{meta, signing_key},
    team::kem_key,
    transport::Transport,
};

const DAY_MS: u64 = 86_400_000;
/// Longest name of a desk, in bytes.
const MAX_NAME: usize = 64;

/// Makes a phone's vault from a join link, for a passphrase, or for a PIN if the setup names a keystore.
pub fn join_phone<'k>(
    dir: &Path,
    secret: &Passphrase,
    setup: impl Into<Setup<'k>>,
    link: &str,
    env: Env,
    transport: Arc<dyn Transport>,
) -> Result<Client, ClientError> {
    let link: JoinLink = link.parse().map_err(|_| ClientError::LinkInvalid)?;
    let vault = Vault::create(dir, secret, setup, Role::Phone, env.random.clone().as_ref(), |tx| {
        tx.set_meta(meta::URL, link.url.as_str().as_bytes())?;
        tx.set_meta(meta::FINGERPRINT, link.fingerprint.as_bytes())?;
        Ok::<_, ClientError>(())
    })?;
    Client::with_vault(vault, Role::Phone, env, transport)
}

/// Makes a desk's vault from an invite. The team admits it at the next syncs.
pub fn join_desk(
    dir: &Path,
    passphrase: &Passphrase,
    cost: Cost,
    invite: &str,
    name: &str,
    env: Env,
    transport: Arc<dyn Transport>,
) -> Result<Client, ClientError> {
    let invite: InviteString = invite.trim().parse().map_err(|_| ClientError::InviteInvalid)?;
    let claimed = invite.claimed().map_err(|_| ClientError::InviteInvalid)?;
    let deployment = DeploymentId::from_fingerprint(&invite.fingerprint);
    let verified =
        read_invite(&invite.invite, &deployment, &StrictVerifier).map_err(|_| ClientError::InviteInvalid)?;
    let key: SigningKey = signing_key(invite.secret.expose());
    if key.verify_key() != verified.body().key || name.trim().is_empty() || name.len() > MAX_NAME {
        return Err(ClientError::InviteInvalid);
    }
    let today = u32::try_from(env.now_ms() / DAY_MS).map_err(|_| ClientError::Internal("day"))?;
    if today > verified.body().expires_day {
        return Err(ClientError::InviteExpired);
    }
    let sign = SigningKey::make(env.random.as_ref());
    let kem = KemSecret::from_seed(Seed::make(env.random.as_ref()));
    let certificate = DeviceCertificate {
        deployment,
        organisation: claimed.organisation,
        sign: sign.verify_key(),
        kem: kem_key(&kem.public()),
        role: claimed.role,
        not_after_day: today + MAX_CERTIFICATE_DAYS,
    };
    let certificate = Signed::make(certificate, |message| key.sign(message))
        .map_err(|_| ClientError::Internal("certificate"))?;
    let vault = Vault::create(dir, passphrase, cost, Role::Desk, env.random.clone().as_ref(), |tx| {
        tx.set_meta(meta::URL, invite.url.as_str().as_bytes())?;
        tx.set_meta(meta::FINGERPRINT, invite.fingerprint.as_bytes())?;
        tx.set_meta(meta::ORGANISATION, claimed.organisation.as_bytes())?;
        tx.set_meta(meta::NAME, name.trim().as_bytes())?;
        tx.set_meta(meta::DEVICE_SIGN, sign.seed().expose())?;
        tx.set_meta(meta::DEVICE_KEM, kem.seed().expose())?;
        tx.set_meta(meta::CERTIFICATE, &certificate.to_bytes())?;
        tx.set_meta(meta::INVITE, &invite.invite)?;
        tx.set_meta(meta::INVITE_SECRET, invite.secret.expose())?;
        Ok::<_, ClientError>(())
    })?;
    Client::with_vault(vault, Role::Desk, env, transport)
}
