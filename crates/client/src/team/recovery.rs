//! Recovery: a fresh desk takes the team over when no admin is left or can be reached.
//!
//! It takes both: an unused admin invite of the organisation's root, and what opens one of the recoveries that the
//! newest roster carries (a printed code, or two of three officers). A recovery is a key pair. Its secret is sealed once,
//! to the code or to the officers; its public key stays in the rosters, and each of them wraps the secrets in force to
//! it anew. So no admin has to know the code again, and what the code opens leads to the newest keys.

use std::sync::Arc;

use amana_crypto::{
    KemPublic, KemSecret, Seed, StrictVerifier,
    recovery::{self, HalfOpened, derive_sign_key},
    recovery_code::RecoveryCode,
    wrap,
};
use amana_domain::{
    canonical,
    ids::{DeviceId, OrganisationId},
    role::Role,
    signed::Signed,
    trust::{Founding, RecoveryEntry, RecoveryProof, rotation::CLEARANCES},
};
use amana_protocol::{
    ErrorCode,
    wire::{RecoveryAnswer, Renewal},
};
use zeroize::Zeroizing;

use super::{
    Secret, kem_key,
    keys::{earlier, is_secret_of},
    plan,
    present::{Present, recoveries_in},
    recovery_text::{HalfText, RequestText, ShareText, Text as _},
    secret_context,
    sign::Plan,
};
use crate::{
    Client, ClientError,
    client::{RequestKey, kem_secret, meta},
    sync::{Report, api::Api, canonical_bytes},
    transport::Method,
};

const DAY_MS: u64 = 86_400_000;

/// A use of a recovery, as every reader of the chain sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryUse {
    /// Number of the roster that it made.
    pub n: u64,
    /// The device that came in.
    pub device: DeviceId,
    /// When that device signed, by its clock, ms since 1970.
    pub issued_ms: u64,
}

/// Which recoveries the team has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryState {
    /// A printed code is out.
    pub code: bool,
    /// The three officers' desks, if they can recover two by two.
    pub officers: Option<Vec<DeviceId>>,
    /// Something set up here is to be published with the next sync.
    pub waiting: bool,
}

impl Client {
    /// Makes a printed code for recovery in the place of an earlier one. It is shown this once; with the next sync the
    /// roster carries what it opens.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks; `awaiting_admission` without the team's keys.
    pub fn set_recovery_code(&mut self) -> Result<Zeroizing<String>, ClientError> {
        let random = self.env.random.clone();
        let code = RecoveryCode::make(random.as_ref());
        self.set_up_recovery(Vec::new(), |secret, context| {
            recovery::seal_for_code(&code, context, std::slice::from_ref(secret), random.as_ref())
                .map_err(|_| ClientError::Internal("recovery"))
        })?;
        Ok(code.printed())
    }

    /// Lets any two of three desks recover the team, in the place of an earlier three.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks; `not_allowed` unless they are three different desks; `not_found`, `ambiguous`.
    pub fn set_recovery_officers(&mut self, names: [&str; 3]) -> Result<[DeviceId; 3], ClientError> {
        let mut officers = Vec::new();
        for name in names {
            officers.push(self.colleague(name)?);
        }
        let present = self.present()?.ok_or(ClientError::AwaitingAdmission)?;
        let keys = officers
            .iter()
            .map(|officer| {
                let member = present.members.iter().find(|member| member.device == *officer);
                KemPublic::from_slice(member.ok_or(ClientError::NotFound)?.certified.kem.as_bytes())
                    .map_err(|_| ClientError::Internal("device key"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (Ok(officers), [one, two, three]) = (<[DeviceId; 3]>::try_from(officers), keys.as_slice()) else {
            return Err(ClientError::NotAllowed);
        };
        if officers[0] == officers[1] || officers[1] == officers[2] || officers[0] == officers[2] {
            return Err(ClientError::NotAllowed);
        }
        let random = self.env.random.clone();
        self.set_up_recovery(officers.to_vec(), |secret, context| {
            let to = [one, two, three];
            recovery::seal_for_officers(to, context, std::slice::from_ref(secret), random.as_ref())
                .map_err(|_| ClientError::Internal("recovery"))
        })?;
        Ok(officers)
    }

    /// Which recoveries the newest roster carries.
    pub fn recovery_state(&mut self) -> Result<RecoveryState, ClientError> {
        let entries = self.recovery_entries()?;
        let waiting = !self.recoveries_set_up()?.is_empty();
        let officers = entries.iter().find(|entry| !entry.officers.is_empty());
        Ok(RecoveryState {
            code: entries.iter().any(|entry| entry.officers.is_empty()),
            officers: officers.map(|entry| entry.officers.clone()),
            waiting,
        })
    }

    /// Every use of a recovery in this desk's team.
    pub fn recoveries(&self) -> Result<Vec<RecoveryUse>, ClientError> {
        let organisation = self.require_desk()?.organisation;
        Ok(self.recoveries_of(organisation))
    }

    /// Every use of a recovery in a team whose rosters are known here.
    pub fn recoveries_of(&self, organisation: OrganisationId) -> Vec<RecoveryUse> {
        let chain = self.trust.chain(organisation);
        chain
            .recoveries()
            .map(|head| RecoveryUse {
                n: head.n,
                device: DeviceId::from_key(&head.signer),
                issued_ms: head.issued_ms,
            })
            .collect()
    }

    /// What a fresh desk gives to the second officer: who it is, and that the organisation's root lets it in.
    ///
    /// # Errors
    /// `forbidden` unless its invite is an admin's.
    pub fn recovery_request(&self) -> Result<String, ClientError> {
        if self.invited_role()? != Role::Admin {
            return Err(ClientError::Forbidden);
        }
        let desk = self.require_desk()?;
        RequestText { invite: desk.invite.clone(), certificate: desk.certificate.clone() }.to_text()
    }

    /// The first officer's step, offline: a half that only the other officers' desks can complete.
    ///
    /// # Errors
    /// `recovery_not_set`; `forbidden` unless this desk is one of the officers.
    pub fn begin_recovery(&mut self) -> Result<String, ClientError> {
        let entry = self.officers_entry()?;
        let desk = self.require_desk()?;
        let context = recovery_context(desk.organisation, entry.n)?;
        let half = recovery::begin(&entry.sealed, &context, &desk.kem).map_err(|_| ClientError::Forbidden)?;
        HalfText { n: entry.n, half: half.to_bytes() }.to_text()
    }

    /// The second officer's step, offline: completes a half for the fresh desk whose request is given. Answers the share
    /// that only that desk can use.
    ///
    /// # Errors
    /// `recovery_not_set`, `recovery_invalid`; `recovery_wrong` if the half is not for this desk or another recovery's;
    /// `invite_invalid` if the request does not come from an admin's invite in force, `invite_used`.
    pub fn finish_recovery(&mut self, half: &str, request: &str) -> Result<String, ClientError> {
        let entry = self.officers_entry()?;
        let half = HalfText::from_text(half)?;
        let opened = HalfOpened::parse(&half.half).map_err(|_| ClientError::RecoveryInvalid)?;
        let request = RequestText::from_text(request)?;
        let desk = self.require_desk()?;
        let organisation = desk.organisation;
        let today = u32::try_from(self.env.now_ms() / DAY_MS).map_err(|_| ClientError::Internal("day"))?;
        let device = self.verify_newcomer(&request.invite, &request.certificate, today)?;
        if device.certificate.role != Role::Admin {
            return Err(ClientError::InviteInvalid);
        }
        if self.trust.roster(organisation).is_some_and(|roster| roster.body().used_invite(&device.invite)) {
            return Err(ClientError::Relay(ErrorCode::InviteUsed));
        }
        let context = recovery_context(organisation, entry.n)?;
        let secrets = recovery::finish(&entry.sealed, &context, &opened, &desk.kem)
            .map_err(|_| ClientError::RecoveryWrong)?;
        let secret = only(secrets, &entry)?;
        let to = KemPublic::from_slice(device.certificate.kem.as_bytes())
            .map_err(|_| ClientError::Internal("device key"))?;
        let context = share_context(organisation, device.device)?;
        let wrap = wrap::wrap_secret(&to, &context, secret.seed().expose(), self.env.random.as_ref());
        ShareText { wrap }.to_text()
    }

    /// Takes the team over with the printed code. See [`Client::recover_with_share`].
    ///
    /// # Errors
    /// `recovery_invalid` if it is mistyped, `recovery_wrong` if it is another one, `recovery_not_set`.
    pub async fn recover_with_code(&mut self, code: &str) -> Result<(), ClientError> {
        let code = RecoveryCode::parse(code).map_err(|_| ClientError::RecoveryInvalid)?;
        self.recover(|_, organisation, entries| {
            let mut entries = entries.iter().filter(|entry| entry.officers.is_empty()).peekable();
            if entries.peek().is_none() {
                return Err(ClientError::RecoveryNotSet);
            }
            for entry in entries {
                let context = recovery_context(organisation, entry.n)?;
                if let Ok(secrets) = recovery::open_with_code(&entry.sealed, &context, &code) {
                    return only(secrets, entry);
                }
            }
            Err(ClientError::RecoveryWrong)
        })
        .await
    }

    /// Takes the team over with a share from two officers: a roster that drops every admin, keeps all other desks, makes
    /// every clearance key anew and shows to everybody that it is a recovery. This desk is the one admin then.
    ///
    /// # Errors
    /// `forbidden` unless this desk's invite is an admin's; `not_allowed` if it is in the team already; `recovery_invalid`,
    /// `recovery_wrong`, `recovery_not_set`; `invite_used`, `invite_expired`; `name_taken`; `relay_unreachable`.
    pub async fn recover_with_share(&mut self, share: &str) -> Result<(), ClientError> {
        let share = ShareText::from_text(share)?;
        self.recover(|client, organisation, _| {
            let desk = client.require_desk()?;
            let context = share_context(organisation, desk.device())?;
            wrap::unwrap_secret(&desk.kem, &context, &share.wrap)
                .map(|seed| kem_secret(seed.expose()))
                .map_err(|_| ClientError::RecoveryWrong)
        })
        .await
    }

    async fn recover(
        &mut self,
        open: impl FnOnce(&Self, OrganisationId, &[RecoveryEntry]) -> Result<KemSecret, ClientError>,
    ) -> Result<(), ClientError> {
        let transport = Arc::clone(&self.transport);
        let env = self.env.clone();
        let mut api = Api::new(transport.as_ref(), self.url.clone(), &env, 0);
        let desk = self.require_desk()?;
        let (organisation, device) = (desk.organisation, desk.device());
        if self.invited_role()? != Role::Admin {
            return Err(ClientError::Forbidden);
        }
        self.sync_trust(&mut api, &mut Report::default()).await?;
        let chain = self.trust.chain(organisation);
        let head = chain.newest().ok_or(ClientError::OrganisationNotReady)?.body().clone();
        if head.device(&device).is_some() {
            return Err(ClientError::NotAllowed);
        }
        let desk = self.require_desk()?;
        let proofs = Renewal { invite: desk.invite.clone(), certificate: desk.certificate.clone() };
        let key = RequestKey { organisation: None, ..self.request_key(None)? };
        let path = format!("/v1/rosters/{organisation}/recovery");
        let answer: RecoveryAnswer = api.send(Method::Post, &path, &proofs, Some(&key)).await?;
        let part =
            chain.open_part(head.n, &answer.part, &StrictVerifier).map_err(|_| ClientError::RelayAnswer)?;
        let entries = recoveries_in(&head, &part.part.recovery);
        let secret = open(self, organisation, &entries)?;
        let public = kem_key(&secret.public());
        let entry = entries.iter().find(|entry| entry.key == public).ok_or(ClientError::RecoveryWrong)?;
        let mut secrets = Vec::new();
        for clearance in CLEARANCES {
            let generation = head.clearance.get(clearance).generation;
            let context = secret_context(organisation, clearance, generation)?;
            let newest = entry
                .wraps
                .iter()
                .filter(|wrapped| wrapped.clearance == clearance && wrapped.generation == generation)
                .filter_map(|wrapped| wrap::unwrap_secret(&secret, &context, &wrapped.wrap).ok())
                .map(|seed| kem_secret(seed.expose()))
                .find(|key| is_secret_of(&chain, clearance, generation, &key.public()))
                .ok_or(ClientError::RecoveryWrong)?;
            let newest = Secret { clearance, generation, key: newest };
            let before = earlier(&chain, &part, &newest)?;
            secrets.push(newest);
            secrets.extend(before);
        }
        let present = Present::new(chain, part, secrets).ok_or(ClientError::RecoveryWrong)?;
        let plan = self.recovery_plan(&present, &secret)?;
        let pending = self.sign_roster(&present.chain, &plan)?;
        self.keep_pending(&pending)?;
        if self.publish_pending(&mut api).await? {
            Ok(())
        } else {
            // Somebody published a roster just now: an admin is there after all, or another one recovered.
            Err(ClientError::NotAllowed)
        }
    }

    /// All desks but the admins', this one in their place; every key anew; the recovery used up.
    fn recovery_plan(&self, present: &Present, secret: &KemSecret) -> Result<Plan, ClientError> {
        let own = self.own_member()?;
        let mut members: Vec<_> =
            present.members.iter().filter(|member| member.role != Role::Admin).cloned().collect();
        if members.iter().any(|member| member.name == own.name) {
            return Err(ClientError::NameTaken);
        }
        let key = derive_sign_key(secret);
        let proof = RecoveryProof {
            deployment: self.trust.deployment(),
            organisation: *present.chain.organisation(),
            n: present.head.n + 1,
            prev: present.chain.newest().ok_or(ClientError::OrganisationNotReady)?.hash(),
            device: own.device,
            key: key.verify_key(),
        };
        let proof =
            Signed::make(proof, |message| key.sign(message)).map_err(|_| ClientError::Internal("proof"))?;
        let founding = Founding {
            invite: own.invite.clone(),
            certificate: own.certificate.clone(),
            proof: Some(proof.to_bytes()),
        };
        members.push(own);
        let (secrets, backlinks) =
            plan::renewed_keys(present, &CLEARANCES, present.chain.organisation(), self.env.random.as_ref())?;
        Ok(Plan {
            members,
            secrets,
            backlinks,
            declined: Vec::new(),
            founding: Some(founding),
            recovery: Vec::new(),
        })
    }

    fn set_up_recovery(
        &mut self,
        officers: Vec<DeviceId>,
        seal: impl FnOnce(&KemSecret, &[u8]) -> Result<Vec<u8>, ClientError>,
    ) -> Result<(), ClientError> {
        let organisation = self.require_desk()?.organisation;
        if self.role() != Some(Role::Admin) {
            return Err(ClientError::Forbidden);
        }
        let n = self.trust.chain(organisation).number();
        let secret = KemSecret::from_seed(Seed::make(self.env.random.as_ref()));
        let sealed = seal(&secret, &recovery_context(organisation, n)?)?;
        let entry = RecoveryEntry {
            n,
            key: kem_key(&secret.public()),
            sign: derive_sign_key(&secret).verify_key(),
            sealed,
            officers,
            wraps: Vec::new(),
        };
        let mut set_up = self.recoveries_set_up()?;
        set_up.retain(|kept| kept.officers.is_empty() != entry.officers.is_empty());
        set_up.push(entry);
        let bytes = canonical_bytes(&set_up)?;
        self.write(|tx| Ok(tx.set_meta(meta::RECOVERIES, &bytes)?))
    }

    /// Recoveries set up here that the newest roster does not carry yet.
    pub(super) fn recoveries_set_up(&mut self) -> Result<Vec<RecoveryEntry>, ClientError> {
        let Some(bytes) = self.write(|tx| Ok(tx.meta(meta::RECOVERIES)?))? else { return Ok(Vec::new()) };
        let mut kept: Vec<RecoveryEntry> =
            canonical::from_slice(&bytes).map_err(|_| ClientError::Internal("recoveries"))?;
        let carried = self.recovery_entries()?;
        let before = kept.len();
        kept.retain(|entry| carried.iter().all(|other| other.key != entry.key));
        if kept.len() < before {
            let bytes = canonical_bytes(&kept)?;
            self.write(|tx| Ok(tx.set_meta(meta::RECOVERIES, &bytes)?))?;
        }
        Ok(kept)
    }

    /// The recoveries that the newest roster carries.
    fn recovery_entries(&mut self) -> Result<Vec<RecoveryEntry>, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let chain = self.trust.chain(organisation);
        let number = chain.number();
        let Some(head) = chain.newest() else { return Ok(Vec::new()) };
        let Some(part) = self.write(|tx| Ok(tx.roster_part(organisation, number)?))? else {
            return Ok(Vec::new());
        };
        let open = chain
            .open_part(number, &part, &StrictVerifier)
            .map_err(|_| ClientError::Internal("roster part"))?;
        Ok(recoveries_in(head.body(), &open.part.recovery))
    }

    fn officers_entry(&mut self) -> Result<RecoveryEntry, ClientError> {
        let entries = self.recovery_entries()?;
        entries.into_iter().find(|entry| !entry.officers.is_empty()).ok_or(ClientError::RecoveryNotSet)
    }

    /// Warns once of each roster by which the team was recovered.
    pub(super) fn note_recoveries(&mut self, report: &mut Report) -> Result<(), ClientError> {
        let Some(newest) = self.recoveries()?.last().map(|used| used.n) else { return Ok(()) };
        let seen = self.write(|tx| Ok(tx.meta(meta::RECOVERY_SEEN)?))?;
        let seen = seen.and_then(|bytes| bytes.as_slice().try_into().ok()).map_or(0, u64::from_be_bytes);
        if newest > seen {
            report.warn_code("team_recovered");
            self.write(|tx| Ok(tx.set_meta(meta::RECOVERY_SEEN, &newest.to_be_bytes())?))?;
        }
        Ok(())
    }
}

/// The recovery's one secret, which must be that of its public key.
fn only(secrets: Vec<KemSecret>, entry: &RecoveryEntry) -> Result<KemSecret, ClientError> {
    match <[KemSecret; 1]>::try_from(secrets) {
        Ok([secret]) if kem_key(&secret.public()) == entry.key => Ok(secret),
        _ => Err(ClientError::RecoveryWrong),
    }
}

/// What the sealed secret of a recovery is bound to.
fn recovery_context(organisation: OrganisationId, n: u64) -> Result<Vec<u8>, ClientError> {
    canonical_bytes(&(organisation, n))
}

/// What a share is bound to.
fn share_context(organisation: OrganisationId, device: DeviceId) -> Result<Vec<u8>, ClientError> {
    canonical_bytes(&("recovery-share", organisation, device))
}
