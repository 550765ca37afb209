//! How a desk gets into its team, and how an admin's desk lets others in.

use amana_crypto::{
    KemPublic, KemSecret, SigningKey, StrictVerifier, envelope, names, sms_key::derive_sms_public, wrap,
};
use amana_domain::{
    canonical,
    ids::{DeviceId, Hash, OrganisationId},
    role::{Clearance, Role},
    signed::{Signed, Unverified},
    trust::{
        DeviceCertificate, Invite, KemKey, RosterChain, RosterHead, SmsKey,
        certificate::verify_device,
        roster::{ClearanceKey, Clearances, Founding, PartDevice, PartWrap, RosterDevice, RosterPart},
    },
};
use amana_protocol::{
    ErrorCode,
    wire::{Done, JoinProof, JoinPut, JoinsAnswer},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Report, api::Api, push::canonical_bytes};
use crate::{
    Client, ClientError,
    client::{kem_secret, meta, signing_key},
    transport::Method,
};

const DAY_MS: u64 = 86_400_000;

/// What a joiner asks, sealed to the team's `open` key.
#[derive(Serialize, Deserialize)]
struct JoinRequest {
    t: String,
    certificate: ByteBuf,
    invite: ByteBuf,
    name: String,
}

impl Client {
    /// Makes sure that this desk is in its team's roster and holds its keys. `false`: not admitted yet; there is
    /// nothing to sync.
    pub(super) async fn sync_admission(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<bool, ClientError> {
        let Some(desk) = self.desk() else { return Ok(true) };
        let (organisation, device) = (desk.organisation, desk.device());
        let listed =
            self.trust.roster(organisation).is_some_and(|roster| roster.body().role_of(&device).is_some());
        let admitted = self.write(|tx| Ok(tx.meta(meta::ADMITTED)?))?.is_some();
        if !listed {
            if admitted {
                return Err(ClientError::DeviceRemoved);
            }
            self.check_invite_root()?;
            if self.trust.roster(organisation).is_some() {
                self.ask_to_join(api).await?;
                report.warn_code("awaiting_admission");
                return Ok(false);
            }
            if !self.found_team(api).await? {
                // Another admin was first: at the next sync this desk asks to join that team.
                report.warn_code("awaiting_admission");
                return Ok(false);
            }
        }
        self.take_team_keys(api).await?;
        if self.role() == Some(Role::Admin) {
            self.admit(api).await?;
        }
        Ok(true)
    }

    /// Only now, with a directory, it shows whether the invite is from the organisation's present root: one that was
    /// made under an earlier root was never used and is void.
    fn check_invite_root(&self) -> Result<(), ClientError> {
        let desk = self.require_desk()?;
        let invite = Unverified::<Invite>::parse(&desk.invite).map_err(|_| ClientError::InviteInvalid)?;
        let roots = self.trust.directories().roots(&desk.organisation);
        if roots.admits(&desk.organisation, &invite.claimed().root) {
            Ok(())
        } else {
            Err(ClientError::InviteInvalid)
        }
    }

    /// Number of the first roster that this desk has signed for its team and no relay has accepted yet.
    pub(super) fn unpublished(&mut self, organisation: OrganisationId) -> Result<Option<u64>, ClientError> {
        if self.desk().is_none_or(|desk| desk.organisation != organisation) {
            return Ok(None);
        }
        let number = self.write(|tx| Ok(tx.meta(meta::UNPUBLISHED)?))?;
        Ok(number.and_then(|bytes| bytes.as_slice().try_into().ok()).map(u64::from_be_bytes))
    }

    /// A relay has this desk's rosters.
    pub(super) fn note_published(&mut self, organisation: OrganisationId) -> Result<(), ClientError> {
        if self.unpublished(organisation)?.is_some() {
            self.write(|tx| Ok(tx.delete_meta(meta::UNPUBLISHED)?))?;
        }
        Ok(())
    }

    /// Another admin's roster was first: this desk's own, from `n` on, never counted.
    pub(super) fn forget_rosters(&mut self, organisation: OrganisationId, n: u64) -> Result<(), ClientError> {
        if n == 1 {
            return self.forget_team(organisation);
        }
        let kept = self.trust.chain(organisation);
        let mut chain = self.trust.new_chain(organisation);
        for head in kept.after(0).iter().filter(|head| head.body().n < n) {
            chain.extend(&head.to_bytes(), &StrictVerifier).map_err(|_| ClientError::Internal("roster"))?;
        }
        self.write(|tx| {
            tx.truncate_rosters(organisation, n)?;
            Ok(tx.delete_meta(meta::UNPUBLISHED)?)
        })?;
        self.trust.forget_chain(organisation);
        self.trust.set_chain(chain);
        Ok(())
    }

    /// Forgets a team that this desk made and that lost to another.
    fn forget_team(&mut self, organisation: OrganisationId) -> Result<(), ClientError> {
        self.write(|tx| {
            tx.truncate_rosters(organisation, 1)?;
            tx.forget_clearance_secrets()?;
            tx.delete_meta(meta::UNPUBLISHED)?;
            Ok(tx.delete_meta(meta::ADMITTED)?)
        })?;
        self.trust.forget_chain(organisation);
        Ok(())
    }

    /// The first admin's desk makes the team's keys and roster 1; `false` if another desk was first.
    async fn found_team(&mut self, api: &mut Api<'_>) -> Result<bool, ClientError> {
        let desk = self.require_desk()?;
        let certificate = certificate_of(&desk.certificate)?;
        if certificate.role != Role::Admin {
            return Err(ClientError::FirstDeskMustBeAdmin);
        }
        let random = self.env.random.clone();
        let secrets = [Clearance::Open, Clearance::Need, Clearance::Strict]
            .map(|clearance| (clearance, 1, KemSecret::make(random.as_ref())));
        let sms = derive_sms_public(&secrets[0].2);
        let members = vec![Member {
            certificate: desk.certificate.clone(),
            invite: desk.invite.clone(),
            name: desk.name.clone(),
        }];
        let founding = Founding { invite: desk.invite.clone(), certificate: desk.certificate.clone() };
        let plan = RosterPlan {
            members,
            clearance: clearances(&secrets),
            sms: SmsKey::from_bytes(sms),
            founding: Some(founding),
            backlinks: Vec::new(),
            declined: Vec::new(),
        };
        let mut chain = self.trust.new_chain(desk.organisation);
        let part = self.sign_roster(&mut chain, plan, &secrets)?;
        self.keep_team(chain, &part, &secrets)?;
        let organisation = self.require_desk()?.organisation;
        match self.offer_roster(api, organisation, 0).await {
            Ok(()) => self.note_published(organisation).map(|()| true),
            Err(ClientError::Relay(ErrorCode::RosterConflict)) => {
                self.forget_team(organisation)?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Signs the next roster of a chain with this desk's key and extends the chain by it.
    fn sign_roster(
        &self,
        chain: &mut RosterChain,
        plan: RosterPlan,
        secrets: &[(Clearance, u64, KemSecret)],
    ) -> Result<Vec<u8>, ClientError> {
        let desk = self.require_desk()?;
        let open = secrets
            .iter()
            .find(|(clearance, ..)| *clearance == Clearance::Open)
            .map(|(_, _, secret)| secret)
            .ok_or(ClientError::Internal("open secret"))?;
        let mut devices = Vec::new();
        let mut listed = Vec::new();
        let mut wraps = Vec::new();
        let mut invites = Vec::new();
        for member in &plan.members {
            let certificate = certificate_of(&member.certificate)?;
            let device = DeviceId::from_key(&certificate.sign);
            let to = KemPublic::from_slice(certificate.kem.as_bytes())
                .map_err(|_| ClientError::Internal("device key"))?;
            for (clearance, generation, secret) in secrets {
                if certificate.role.holds(*clearance) {
                    let context = secret_context(desk.organisation, *clearance, *generation)?;
                    let wrap =
                        wrap::wrap_secret(&to, &context, secret.seed().expose(), self.env.random.as_ref());
                    wraps.push(PartWrap { device, clearance: *clearance, generation: *generation, wrap });
                }
            }
            let name = names::seal_name(open, device, &member.name, self.env.random.as_ref())
                .map_err(|_| ClientError::Internal("name"))?;
            listed.push(PartDevice {
                certificate: member.certificate.clone(),
                invite: member.invite.clone(),
                name,
            });
            devices.push(RosterDevice {
                device,
                role: certificate.role,
                not_after_day: certificate.not_after_day,
            });
            invites
                .push(Unverified::<Invite>::parse(&member.invite).map_err(|_| ClientError::InviteInvalid)?);
        }
        devices.sort_by_key(|device| device.device);
        let mut used: Vec<Hash> =
            chain.newest().map(|newest| newest.body().invites.clone()).unwrap_or_default();
        for invite in invites {
            let root = invite.claimed().root;
            used.push(invite.verify(&root, &StrictVerifier).map_err(|_| ClientError::InviteInvalid)?.hash());
        }
        used.extend(plan.declined);
        used.sort_unstable();
        used.dedup();
        let part = RosterPart { devices: listed, wraps, backlinks: plan.backlinks, recovery: vec![] };
        let part = canonical_bytes(&part)?;
        let head = RosterHead {
            deployment: self.trust.deployment(),
            organisation: desk.organisation,
            n: chain.number() + 1,
            prev: chain.newest().map(Signed::hash),
            devices,
            clearance: plan.clearance,
            sms: plan.sms,
            invites: used,
            part: Hash::of(&part),
            signer: desk.sign.verify_key(),
            founding: plan.founding,
            issued_ms: self.env.now_ms(),
        };
        let signed = Signed::make(head, |message| desk.sign.sign(message))
            .map_err(|_| ClientError::Internal("roster"))?;
        chain.extend(&signed.to_bytes(), &StrictVerifier).map_err(|_| ClientError::Internal("roster"))?;
        Ok(part)
    }

    /// Keeps a roster that this desk signed, its part and the team's secrets, before anybody hears of it.
    fn keep_team(
        &mut self,
        chain: RosterChain,
        part: &[u8],
        secrets: &[(Clearance, u64, KemSecret)],
    ) -> Result<(), ClientError> {
        let organisation = *chain.organisation();
        let number = chain.number();
        // Noted before it is kept: a roster that nobody has seen yields to one that was published.
        if self.unpublished(organisation)?.is_none() {
            self.write(|tx| Ok(tx.set_meta(meta::UNPUBLISHED, &number.to_be_bytes())?))?;
        }
        self.keep_roster(chain)?;
        self.write(|tx| {
            tx.set_roster_part(organisation, number, part)?;
            for (clearance, generation, secret) in secrets {
                tx.add_clearance_secret(*clearance, *generation, secret.seed().expose())?;
            }
            Ok(tx.set_meta(meta::ADMITTED, b"1")?)
        })
    }

    /// Fetches the newest roster's part and unwraps what this desk's role may hold.
    async fn take_team_keys(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        let desk = self.require_desk()?;
        let organisation = desk.organisation;
        let chain = self.trust.chain(organisation);
        let number = chain.number();
        if self.write(|tx| Ok(tx.roster_part(organisation, number)?))?.is_some() {
            return self.write(|tx| Ok(tx.set_meta(meta::ADMITTED, b"1")?));
        }
        let key = self.request_key(None)?;
        let bytes = api.read(&format!("/v1/rosters/{organisation}/part/{number}"), &key).await?;
        let open = chain.open_part(number, &bytes, &StrictVerifier).map_err(|_| ClientError::RelayAnswer)?;
        let desk = self.require_desk()?;
        let device = desk.device();
        let mut secrets = Vec::new();
        for wrapped in open.part.wraps.iter().filter(|wrapped| wrapped.device == device) {
            let context = secret_context(organisation, wrapped.clearance, wrapped.generation)?;
            let seed = wrap::unwrap_secret(&desk.kem, &context, &wrapped.wrap)
                .map_err(|_| ClientError::RelayAnswer)?;
            secrets.push((wrapped.clearance, wrapped.generation, seed));
        }
        self.write(|tx| {
            tx.set_roster_part(organisation, number, &bytes)?;
            for (clearance, generation, seed) in &secrets {
                tx.add_clearance_secret(*clearance, *generation, seed.expose())?;
            }
            tx.set_meta(meta::NEW_KEYS, b"1")?;
            Ok(tx.set_meta(meta::ADMITTED, b"1")?)
        })
    }

    async fn ask_to_join(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        let desk = self.require_desk()?;
        let organisation = desk.organisation;
        let roster = self.trust.roster(organisation).ok_or(ClientError::OrganisationNotReady)?;
        let invite = Unverified::<Invite>::parse(&desk.invite).map_err(|_| ClientError::InviteInvalid)?;
        let root = invite.claimed().root;
        let invite = invite.verify(&root, &StrictVerifier).map_err(|_| ClientError::InviteInvalid)?;
        if roster.body().used_invite(&invite.hash()) {
            // An admin saw this desk's request and did not list it: only a taken name is answered so.
            let asked = self.write(|tx| Ok(tx.meta(meta::JOIN_TAKEN)?))?.is_some();
            return Err(if asked {
                ClientError::NameTaken
            } else {
                ClientError::Relay(ErrorCode::InviteUsed)
            });
        }
        let put = match self.write(|tx| Ok(tx.meta(meta::JOIN)?))? {
            Some(kept) => canonical::from_slice(&kept).map_err(|_| ClientError::Internal("join request"))?,
            None => self.join_request()?,
        };
        let _: Done = api.send(Method::Put, &format!("/v1/joins/{organisation}"), &put, None).await?;
        self.write(|tx| Ok(tx.set_meta(meta::JOIN_TAKEN, b"1")?))
    }

    /// Makes the request once and keeps it: sealed anew it would be another one, and an invite is good for one.
    fn join_request(&mut self) -> Result<JoinPut, ClientError> {
        let desk = self.require_desk()?;
        let organisation = desk.organisation;
        let roster = self.trust.roster(organisation).ok_or(ClientError::OrganisationNotReady)?;
        let to = KemPublic::from_slice(roster.body().clearance.open.key.as_bytes())
            .map_err(|_| ClientError::Internal("clearance key"))?;
        let request = JoinRequest {
            t: "join".to_owned(),
            certificate: ByteBuf::from(desk.certificate.clone()),
            invite: ByteBuf::from(desk.invite.clone()),
            name: desk.name.clone(),
        };
        let content = canonical_bytes(&request)?;
        let letter = envelope::seal_letter(&to, organisation.intake(), &content, self.env.random.as_ref())
            .map_err(|_| ClientError::Internal("letter"))?;
        let secret = self.write(|tx| Ok(tx.meta(meta::INVITE_SECRET)?))?.ok_or(ClientError::InviteInvalid)?;
        let secret: [u8; 32] = secret.as_slice().try_into().map_err(|_| ClientError::InviteInvalid)?;
        let key: SigningKey = signing_key(&secret);
        let proof =
            JoinProof { deployment: self.trust.deployment(), organisation, request: Hash::of(&letter) };
        let proof =
            Signed::make(proof, |message| key.sign(message)).map_err(|_| ClientError::Internal("proof"))?;
        let invite = self.require_desk()?.invite.clone();
        let put = JoinPut { invite, request: letter, proof: proof.to_bytes() };
        let bytes = canonical_bytes(&put)?;
        self.write(|tx| Ok(tx.set_meta(meta::JOIN, &bytes)?))?;
        Ok(put)
    }

    /// Verifies waiting requests and publishes the next roster.
    async fn admit(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        let organisation = self.require_desk()?.organisation;
        let key = self.request_key(None)?;
        let body = api.read(&format!("/v1/joins/{organisation}"), &key).await?;
        let waiting: JoinsAnswer = canonical::from_slice(&body).map_err(|_| ClientError::RelayAnswer)?;
        if waiting.requests.is_empty() {
            return Ok(());
        }
        let mut chain = self.trust.chain(organisation);
        let number = chain.number();
        let Some(part) = self.write(|tx| Ok(tx.roster_part(organisation, number)?))? else { return Ok(()) };
        let present = chain
            .open_part(number, &part, &StrictVerifier)
            .map_err(|_| ClientError::Internal("roster part"))?;
        let secrets = self.team_secrets()?;
        let opens: Vec<&KemSecret> = secrets
            .iter()
            .filter(|(clearance, ..)| *clearance == Clearance::Open)
            .map(|(_, _, secret)| secret)
            .collect();
        let day = u32::try_from(api.relay_ms() / DAY_MS).map_err(|_| ClientError::Internal("day"))?;
        let newest = chain.newest().ok_or(ClientError::OrganisationNotReady)?.body().clone();
        let mut members: Vec<Member> = present
            .part
            .devices
            .iter()
            .map(|device| {
                let id = certificate_of(&device.certificate)
                    .map(|certificate| DeviceId::from_key(&certificate.sign));
                let name = id.ok().and_then(|id| {
                    opens.iter().find_map(|open| names::open_name(open, id, &device.name).ok())
                });
                Member {
                    certificate: device.certificate.clone(),
                    invite: device.invite.clone(),
                    name: name.unwrap_or_default(),
                }
            })
            .collect();
        let mut declined = Vec::new();
        let mut admitted = false;
        let roots = self.trust.directories().roots(&organisation);
        for row in waiting.requests {
            let Ok((_, content)) = envelope::open_letter(&row.request, organisation.intake(), &opens) else {
                continue;
            };
            let Ok(request) = canonical::from_slice::<JoinRequest>(&content) else { continue };
            let verified = verify_device(
                &request.invite,
                &request.certificate,
                &self.trust.deployment(),
                &organisation,
                &roots,
                day,
                &StrictVerifier,
            );
            let Ok(device) = verified else { continue };
            if request.t != "join" || newest.used_invite(&device.invite) {
                continue;
            }
            // The invite counts as used, so that the joiner learns of it and nobody has to judge this again.
            if request.name.is_empty() || members.iter().any(|member| member.name == request.name) {
                declined.push(device.invite);
                continue;
            }
            members.push(Member {
                certificate: request.certificate.to_vec(),
                invite: request.invite.to_vec(),
                name: request.name,
            });
            admitted = true;
        }
        if !admitted && declined.is_empty() {
            return Ok(());
        }
        let current: Vec<(Clearance, u64, KemSecret)> = secrets
            .into_iter()
            .filter(|(clearance, generation, _)| newest.clearance.get(*clearance).generation == *generation)
            .collect();
        let plan = RosterPlan {
            members,
            clearance: newest.clearance.clone(),
            sms: newest.sms,
            founding: None,
            backlinks: present.part.backlinks.clone(),
            declined,
        };
        let part = self.sign_roster(&mut chain, plan, &current)?;
        self.keep_team(chain, &part, &current)?;
        match self.offer_roster(api, organisation, number).await {
            Err(ClientError::Relay(ErrorCode::RosterConflict)) => {
                // Another admin was faster: take theirs at the next sync and judge again.
                self.forget_rosters(organisation, number + 1)
            }
            Ok(()) => self.note_published(organisation),
            other => other,
        }
    }

    /// The team's secrets that this desk holds, newest first.
    pub(crate) fn team_secrets(&mut self) -> Result<Vec<(Clearance, u64, KemSecret)>, ClientError> {
        let secrets = self.write(|tx| Ok(tx.clearance_secrets()?))?;
        Ok(secrets
            .iter()
            .map(|(clearance, generation, seed)| (*clearance, *generation, kem_secret(seed)))
            .collect())
    }
}

/// One device of a roster to be signed.
struct Member {
    certificate: Vec<u8>,
    invite: Vec<u8>,
    name: String,
}

/// What the next roster says.
struct RosterPlan {
    members: Vec<Member>,
    clearance: Clearances,
    sms: SmsKey,
    founding: Option<Founding>,
    backlinks: Vec<amana_domain::trust::roster::Backlink>,
    /// Invites that count as used though nobody came in by them.
    declined: Vec<Hash>,
}

fn clearances(secrets: &[(Clearance, u64, KemSecret); 3]) -> Clearances {
    let [open, need, strict] = secrets;
    let key = |(_, generation, secret): &(Clearance, u64, KemSecret)| ClearanceKey {
        generation: *generation,
        key: kem_key(&secret.public()),
    };
    Clearances { open: key(open), need: key(need), strict: key(strict) }
}

/// A public key as directories and rosters carry it.
pub(crate) fn kem_key(public: &KemPublic) -> KemKey {
    KemKey::from_slice(public.as_bytes()).expect("X-Wing public keys have one length")
}

/// The bytes that a wrapped clearance secret is bound to.
fn secret_context(
    organisation: OrganisationId,
    clearance: Clearance,
    generation: u64,
) -> Result<Vec<u8>, ClientError> {
    canonical_bytes(&(organisation, clearance, generation))
}

/// A certificate whose signature was checked when it was taken in.
pub(crate) fn certificate_of(bytes: &[u8]) -> Result<DeviceCertificate, ClientError> {
    Unverified::<DeviceCertificate>::parse(bytes)
        .map(|certificate| certificate.claimed().clone())
        .map_err(|_| ClientError::Internal("certificate"))
}
