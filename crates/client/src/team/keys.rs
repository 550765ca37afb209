//! The team's secrets that a device may hold: unwrapped from a roster's part, earlier generations by back-links.

use amana_crypto::{KemPublic, KemSecret, StrictVerifier, backlink, wrap};
use amana_domain::{
    ids::DeviceId,
    role::{Clearance, Role},
    trust::{RosterChain, chain::OpenPart, rotation::CLEARANCES},
};

use super::{Secret, kem_key, secret_context};
use crate::{
    Client, ClientError,
    client::{Identity, kem_secret, meta},
    sync::api::Api,
};

impl Client {
    /// The team's secrets that this desk holds, newest first.
    pub(crate) fn team_secrets(&mut self) -> Result<Vec<Secret>, ClientError> {
        let secrets = self.write(|tx| Ok(tx.clearance_secrets()?))?;
        Ok(secrets
            .iter()
            .map(|(clearance, generation, seed)| Secret {
                clearance: *clearance,
                generation: *generation,
                key: kem_secret(seed),
            })
            .collect())
    }

    /// Makes sure that this desk has the newest roster's part and the secrets that its role may hold.
    pub(super) async fn take_team_keys(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        self.adopt_pending()?;
        let organisation = self.require_desk()?.organisation;
        let number = self.trust.chain(organisation).number();
        if self.write(|tx| Ok(tx.roster_part(organisation, number)?))?.is_some() {
            return self.write(|tx| Ok(tx.set_meta(meta::ADMITTED, b"1")?));
        }
        let key = self.request_key(None)?;
        let bytes = api.read(&format!("/v1/rosters/{organisation}/part/{number}"), &key).await?;
        self.take_part(number, &bytes)
    }

    /// The role that the invite of a listed device gives it.
    pub(crate) fn certified_role(&mut self, device: DeviceId) -> Result<Role, ClientError> {
        let present = self.present()?.ok_or(ClientError::AwaitingAdmission)?;
        let member = present.members.iter().find(|member| member.device == device);
        member.map(|member| member.certified.role).ok_or(ClientError::NotFound)
    }

    /// Takes in the part of roster `n`: secrets and this desk's present certificate.
    pub(super) fn take_part(&mut self, n: u64, bytes: &[u8]) -> Result<(), ClientError> {
        let desk = self.require_desk()?;
        let (organisation, device) = (desk.organisation, desk.device());
        let chain = self.trust.chain(organisation);
        let open = chain.open_part(n, bytes, &StrictVerifier).map_err(|_| ClientError::RelayAnswer)?;
        let secrets = secrets_in(&chain, n, &open, device, &desk.kem)?;
        let own = open.devices.iter().zip(&open.part.devices).find(|(listed, _)| listed.device == device);
        let certificate = own.map(|(_, kept)| kept.certificate.clone());
        self.write(|tx| {
            tx.set_roster_part(organisation, n, bytes)?;
            for secret in &secrets {
                tx.add_clearance_secret(secret.clearance, secret.generation, secret.key.seed().expose())?;
            }
            if let Some(certificate) = &certificate {
                tx.set_meta(meta::CERTIFICATE, certificate)?;
            }
            tx.set_meta(meta::NEW_KEYS, b"1")?;
            Ok(tx.set_meta(meta::ADMITTED, b"1")?)
        })?;
        if let (Some(certificate), Identity::Desk(desk)) = (certificate, &mut self.identity) {
            desk.certificate = certificate;
        }
        Ok(())
    }
}

/// The secrets that a part gives to a device: those wrapped to it, and by back-links all earlier generations. Each is
/// the secret of the public key that the chain names for its generation; what is not is passed over.
pub(super) fn secrets_in(
    chain: &RosterChain,
    n: u64,
    open: &OpenPart,
    device: DeviceId,
    kem: &KemSecret,
) -> Result<Vec<Secret>, ClientError> {
    let head = chain.by_number(n).ok_or(ClientError::Internal("roster"))?.body();
    let mut secrets = Vec::new();
    for clearance in CLEARANCES {
        let generation = head.clearance.get(clearance).generation;
        let context = secret_context(*chain.organisation(), clearance, generation)?;
        let newest = open
            .part
            .wraps
            .iter()
            .filter(|wrapped| wrapped.device == device && wrapped.clearance == clearance)
            .filter(|wrapped| wrapped.generation == generation)
            .filter_map(|wrapped| wrap::unwrap_secret(kem, &context, &wrapped.wrap).ok())
            .map(|seed| kem_secret(seed.expose()))
            .find(|key| is_secret_of(chain, clearance, generation, &key.public()));
        if let Some(key) = newest {
            let newest = Secret { clearance, generation, key };
            secrets.extend(earlier(chain, open, &newest)?);
            secrets.push(newest);
        }
    }
    Ok(secrets)
}

/// Follows the back-links of one clearance down from its newest secret.
pub(super) fn earlier(
    chain: &RosterChain,
    open: &OpenPart,
    newest: &Secret,
) -> Result<Vec<Secret>, ClientError> {
    let clearance = newest.clearance;
    let mut links: Vec<_> = open.part.backlinks.iter().filter(|link| link.clearance == clearance).collect();
    links.sort_by_key(|link| std::cmp::Reverse(link.generation));
    let mut found: Vec<Secret> = Vec::new();
    for link in links {
        let newer = found.last().unwrap_or(newest);
        if link.generation >= newer.generation {
            continue;
        }
        let context = secret_context(*chain.organisation(), clearance, link.generation)?;
        let Ok(key) = backlink::open_backlink(&newer.key, &context, &link.sealed) else { break };
        if !is_secret_of(chain, clearance, link.generation, &key.public()) {
            break;
        }
        found.push(Secret { clearance, generation: link.generation, key });
    }
    Ok(found)
}

/// Whether the chain names this public key for this generation.
pub(super) fn is_secret_of(
    chain: &RosterChain,
    clearance: Clearance,
    generation: u64,
    public: &KemPublic,
) -> bool {
    let key = kem_key(public);
    chain.after(0).iter().rev().any(|head| {
        let named = head.body().clearance.get(clearance);
        named.generation == generation && named.key == key
    })
}
