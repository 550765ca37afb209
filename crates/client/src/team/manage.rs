//! An admin's sync: rosters until nothing is left to change.

use amana_crypto::{KemSecret, StrictVerifier, envelope};
use amana_domain::{
    canonical,
    role::Role,
    trust::{CertifiedDevice, certificate::verify_device},
};
use amana_protocol::wire::JoinsAnswer;

use super::{
    admission::JoinRequest,
    plan::{self, Asked, Candidate, Maker},
    present::Present,
    renewal::{Days, all_admins_ended, today},
};
use crate::{
    Client, ClientError,
    sync::{Report, api::Api},
};

/// Most rosters and lost races of one run; what is left then waits for the next.
const MAX_STEPS: usize = 8;

impl Client {
    /// Publishes rosters until nobody asks and nothing is wished any more. Takes other admins' and plans anew when
    /// they were faster.
    pub(super) async fn manage_team(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        for _ in 0..MAX_STEPS {
            if self.adopt_pending()? && !self.publish_pending(api).await? {
                self.catch_up(api).await?;
            }
            if self.role() != Some(Role::Admin) {
                return Ok(());
            }
            self.take_team_keys(api).await?;
            let today = today(api)?;
            let Some(present) = self.present()? else { return Ok(()) };
            let mut asked = if self.own_days(today)? == Days::Ended {
                // Only when nobody else could do it does an admin come back by itself.
                if !all_admins_ended(&present.head, today) {
                    return Ok(());
                }
                Asked::default()
            } else {
                self.asked(api, &present, today).await?
            };
            asked.renewals.extend(self.own_renewal(today)?);
            let wishes = self.wishes()?;
            let set_up = self.recoveries_set_up()?;
            let random = self.env.random.clone();
            let desk = self.require_desk()?;
            let maker = Maker {
                organisation: desk.organisation,
                device: desk.device(),
                today,
                random: random.as_ref(),
            };
            let next = plan::next(&present, &wishes, &set_up, asked, &maker)?;
            if next.renewal_waiting {
                report.warn_code("renewal_waiting");
            }
            if next.recovery_ended {
                report.warn_code("recovery_ended");
            }
            let Some(plan) = next.plan else { return Ok(()) };
            let pending = self.sign_roster(&present.chain, &plan)?;
            self.keep_pending(&pending)?;
            if !self.publish_pending(api).await? {
                self.catch_up(api).await?;
            }
        }
        Ok(())
    }

    /// What waits at the relay, with everything checked that does not depend on the rest of the roster.
    async fn asked(
        &mut self,
        api: &mut Api<'_>,
        present: &Present,
        today: u32,
    ) -> Result<Asked, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let key = self.request_key(None)?;
        let body = api.read(&format!("/v1/joins/{organisation}"), &key).await?;
        let waiting: JoinsAnswer = canonical::from_slice(&body).map_err(|_| ClientError::RelayAnswer)?;
        let opens: Vec<&KemSecret> = present.opens.iter().collect();
        let mut joins = Vec::new();
        for row in &waiting.requests {
            let Ok((_, content)) = envelope::open_letter(&row.request, organisation.intake(), &opens) else {
                continue;
            };
            let Ok(request) = canonical::from_slice::<JoinRequest>(&content) else { continue };
            let verified = self.verify_newcomer(&request.invite, &request.certificate, today);
            if let (Ok(device), "join") = (verified, request.t.as_str()) {
                joins.push(Candidate {
                    device,
                    certificate: request.certificate.into_vec(),
                    invite: request.invite.into_vec(),
                    name: request.name,
                });
            }
        }
        let renewals = waiting.renewals.iter().filter_map(|renewal| self.check_renewal(renewal)).collect();
        Ok(Asked { joins, renewals })
    }
    /// A device that asks to come into this desk's team by an invite in force.
    pub(super) fn verify_newcomer(
        &self,
        invite: &[u8],
        certificate: &[u8],
        today: u32,
    ) -> Result<CertifiedDevice, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let roots = self.trust.directories().roots(&organisation);
        let deployment = self.trust.deployment();
        verify_device(invite, certificate, &deployment, &organisation, &roots, today, &StrictVerifier)
            .map_err(|_| ClientError::InviteInvalid)
    }
}
