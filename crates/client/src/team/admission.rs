//! How a desk gets into its team, and what an admitted desk looks after at each sync.

use amana_crypto::{KemPublic, KemSecret, SigningKey, StrictVerifier, envelope};
use amana_domain::{
    canonical,
    ids::Hash,
    role::Role,
    signed::{Signed, Unverified},
    trust::{Founding, Invite, MAX_CERTIFICATE_DAYS, certificate::verify_signatures, rotation::CLEARANCES},
};
use amana_protocol::{
    ErrorCode,
    wire::{Done, JoinProof, JoinPut},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Secret, certificate_of,
    present::Member,
    renewal::{Days, all_admins_ended, today},
    sign::Plan,
};
use crate::{
    Client, ClientError,
    client::{Identity, meta, signing_key},
    sync::{Report, api::Api, canonical_bytes},
    transport::Method,
};

/// What a joiner asks, sealed to the team's `open` key.
#[derive(Serialize, Deserialize)]
pub(super) struct JoinRequest {
    pub t: String,
    pub certificate: ByteBuf,
    pub invite: ByteBuf,
    pub name: String,
}

impl Client {
    /// Makes sure that this desk is in its team's roster and holds its keys. `false`: not admitted yet; there is
    /// nothing to sync.
    pub(crate) async fn sync_admission(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<bool, ClientError> {
        let Some(desk) = self.desk() else { return Ok(true) };
        let (organisation, device) = (desk.organisation, desk.device());
        let roster = self.trust.roster(organisation);
        if roster.is_none_or(|roster| roster.body().role_of(&device).is_none()) {
            if self.write(|tx| Ok(tx.meta(meta::ADMITTED)?))?.is_some() {
                return Err(ClientError::DeviceRemoved);
            }
            self.check_invite_root()?;
            self.set_days_right(today(api)?)?;
            if self.trust.roster(organisation).is_some() {
                // A recovery that this desk has signed and no relay has taken yet.
                if self.adopt_pending()? && self.publish_pending(api).await? {
                    return Box::pin(self.sync_admission(api, report)).await;
                }
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
        self.note_recoveries(report)?;
        let admin = self.role() == Some(Role::Admin);
        let today = today(api)?;
        match self.own_days(today)? {
            Days::Enough => {}
            Days::Ended => {
                let roster = self.trust.roster(organisation).ok_or(ClientError::OrganisationNotReady)?;
                if admin && all_admins_ended(roster.body(), today) {
                    self.manage_team(api, report).await?;
                } else {
                    self.ask_renewal(api, today).await?;
                }
                if self.own_days(today)? == Days::Ended {
                    return Err(ClientError::CertificateExpired);
                }
            }
            Days::Few if admin => {}
            Days::Few => self.ask_renewal(api, today).await?,
        }
        self.take_team_keys(api).await?;
        if admin {
            self.manage_team(api, report).await?;
            if self.role().is_none() {
                return Err(ClientError::DeviceRemoved);
            }
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

    /// A desk makes its certificate offline, by its own clock. If that is wrong, nobody would admit it: then it makes
    /// another one by the relay's day, as long as it has not asked.
    fn set_days_right(&mut self, today: u32) -> Result<(), ClientError> {
        let not_after = certificate_of(&self.require_desk()?.certificate)?.not_after_day;
        let fits = (today..=today.saturating_add(MAX_CERTIFICATE_DAYS)).contains(&not_after);
        if fits || self.write(|tx| Ok(tx.meta(meta::JOIN)?))?.is_some() {
            return Ok(());
        }
        let certificate = self.longer_certificate(today)?.certificate;
        self.write(|tx| Ok(tx.set_meta(meta::CERTIFICATE, &certificate)?))?;
        if let Identity::Desk(desk) = &mut self.identity {
            desk.certificate = certificate;
        }
        Ok(())
    }

    /// The first admin's desk makes the team's keys and roster 1; `false` if another desk was first.
    async fn found_team(&mut self, api: &mut Api<'_>) -> Result<bool, ClientError> {
        if !self.adopt_pending()? {
            let desk = self.require_desk()?;
            if certificate_of(&desk.certificate)?.role != Role::Admin {
                return Err(ClientError::FirstDeskMustBeAdmin);
            }
            let random = self.env.random.clone();
            let secrets = CLEARANCES.map(|clearance| Secret {
                clearance,
                generation: 1,
                key: KemSecret::make(random.as_ref()),
            });
            let plan = Plan {
                members: vec![self.own_member()?],
                secrets: secrets.to_vec(),
                backlinks: Vec::new(),
                declined: Vec::new(),
                founding: Some(Founding {
                    invite: desk.invite.clone(),
                    certificate: desk.certificate.clone(),
                    proof: None,
                }),
                recovery: Vec::new(),
            };
            let chain = self.trust.new_chain(desk.organisation);
            let pending = self.sign_roster(&chain, &plan)?;
            self.keep_pending(&pending)?;
        }
        self.publish_pending(api).await
    }

    /// This desk as a roster lists it.
    pub(super) fn own_member(&self) -> Result<Member, ClientError> {
        let desk = self.require_desk()?;
        let (invite, certificate) = (desk.invite.clone(), desk.certificate.clone());
        let device = verify_signatures(
            &invite,
            &certificate,
            &self.trust.deployment(),
            &desk.organisation,
            &self.trust.directories().roots(&desk.organisation),
            &StrictVerifier,
        )
        .map_err(|_| ClientError::InviteInvalid)?;
        let role = device.certificate.role;
        Ok(Member::new(device, role, certificate, invite, desk.name.clone()))
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
}
