//! From a plan to a signed head and its part.

use amana_crypto::{KemPublic, StrictVerifier, names, sms_key::derive_sms_public, wrap};
use amana_domain::{
    ids::{Hash, VerifyKey},
    role::Clearance,
    signed::Signed,
    trust::{
        RecoveryEntry, RecoveryWrap, RosterChain, SmsKey,
        roster::{
            Backlink, ClearanceKey, Clearances, Founding, PartDevice, PartWrap, RosterDevice, RosterHead,
            RosterPart,
        },
    },
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Secret, kem_key, present::Member, secret_context};
use crate::{Client, ClientError, sync::canonical_bytes};

/// What the next roster says.
pub(super) struct Plan {
    pub members: Vec<Member>,
    /// The secrets in force, of all three clearances.
    pub secrets: Vec<Secret>,
    pub backlinks: Vec<Backlink>,
    /// Invites that count as used though nobody came in by them.
    pub declined: Vec<Hash>,
    pub founding: Option<Founding>,
    /// Recoveries; their wraps are made anew.
    pub recovery: Vec<RecoveryEntry>,
}

/// A signed roster that no relay has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    #[serde(with = "serde_bytes")]
    pub head: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub part: Vec<u8>,
}

impl Client {
    /// Signs the roster after the chain's newest with this desk's key.
    pub(super) fn sign_roster(&self, chain: &RosterChain, plan: &Plan) -> Result<Pending, ClientError> {
        let desk = self.require_desk()?;
        let random = self.env.random.as_ref();
        let secret = |clearance| {
            plan.secrets
                .iter()
                .find(|secret| secret.clearance == clearance)
                .ok_or(ClientError::Internal("clearance secret"))
        };
        let open = &secret(Clearance::Open)?.key;
        let key = |clearance| -> Result<ClearanceKey, ClientError> {
            let secret = secret(clearance)?;
            Ok(ClearanceKey { generation: secret.generation, key: kem_key(&secret.key.public()) })
        };
        let clearance = Clearances {
            open: key(Clearance::Open)?,
            need: key(Clearance::Need)?,
            strict: key(Clearance::Strict)?,
        };
        let mut used: Vec<Hash> =
            chain.newest().map(|newest| newest.body().invites.clone()).unwrap_or_default();
        let (mut devices, mut listed, mut wraps) = (Vec::new(), Vec::new(), Vec::new());
        for member in &plan.members {
            let to = KemPublic::from_slice(member.certified.kem.as_bytes())
                .map_err(|_| ClientError::Internal("device key"))?;
            for Secret { clearance, generation, key } in &plan.secrets {
                if member.role.holds(*clearance) {
                    let context = secret_context(desk.organisation, *clearance, *generation)?;
                    let wrap = wrap::wrap_secret(&to, &context, key.seed().expose(), random);
                    wraps.push(PartWrap {
                        device: member.device,
                        clearance: *clearance,
                        generation: *generation,
                        wrap,
                    });
                }
            }
            let name = names::seal_name(open, member.device, &member.name, random)
                .map_err(|_| ClientError::Internal("name"))?;
            listed.push(PartDevice {
                certificate: member.certificate.clone(),
                invite: member.invite.clone(),
                name,
            });
            devices.push(RosterDevice {
                device: member.device,
                role: member.role,
                not_after_day: member.certified.not_after_day,
            });
            used.push(member.invite_hash);
        }
        devices.sort_by_key(|device| device.device);
        used.extend(&plan.declined);
        used.sort_unstable();
        used.dedup();
        let (recovery, entries) = self.wrap_for_recovery(plan)?;
        let part =
            RosterPart { devices: listed, wraps, backlinks: plan.backlinks.clone(), recovery: entries };
        let part = canonical_bytes(&part)?;
        let head = RosterHead {
            deployment: self.trust.deployment(),
            organisation: desk.organisation,
            n: chain.number() + 1,
            prev: chain.newest().map(Signed::hash),
            devices,
            clearance,
            sms: SmsKey::from_bytes(derive_sms_public(open)),
            invites: used,
            part: Hash::of(&part),
            signer: desk.sign.verify_key(),
            recovery,
            founding: plan.founding.clone(),
            issued_ms: self.env.now_ms(),
        };
        let head = Signed::make(head, |message| desk.sign.sign(message))
            .map_err(|_| ClientError::Internal("roster"))?
            .to_bytes();
        // Everybody will check it by the chain's rules: better here than after it is out.
        let mut next = chain.clone();
        next.extend(&head, &StrictVerifier).map_err(|_| ClientError::Internal("roster"))?;
        next.open_part(next.number(), &part, &StrictVerifier)
            .map_err(|_| ClientError::Internal("roster part"))?;
        Ok(Pending { head, part })
    }

    /// The signing keys of the recoveries, for the head, and the entries with the secrets in force, for the part.
    fn wrap_for_recovery(&self, plan: &Plan) -> Result<(Vec<VerifyKey>, Vec<ByteBuf>), ClientError> {
        let organisation = self.require_desk()?.organisation;
        let (mut keys, mut entries) = (Vec::new(), Vec::new());
        for entry in &plan.recovery {
            let to = KemPublic::from_slice(entry.key.as_bytes())
                .map_err(|_| ClientError::Internal("recovery key"))?;
            let wraps = plan
                .secrets
                .iter()
                .map(|Secret { clearance, generation, key }| {
                    let context = secret_context(organisation, *clearance, *generation)?;
                    let wrap =
                        wrap::wrap_secret(&to, &context, key.seed().expose(), self.env.random.as_ref());
                    Ok(RecoveryWrap { clearance: *clearance, generation: *generation, wrap })
                })
                .collect::<Result<_, ClientError>>()?;
            let entry = RecoveryEntry { wraps, ..entry.clone() };
            entries.push(ByteBuf::from(canonical_bytes(&entry)?));
            keys.push(entry.sign);
        }
        keys.sort_unstable();
        Ok((keys, entries))
    }
}
