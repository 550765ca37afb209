//! New certificates: a device keeps the key of its invite and signs itself more days with it; an admin's roster lists
//! them. A device that is still in time gets them from any admin's sync. One that comes back too late gets them when
//! an admin says so ([`Client::renew_desk`]): that is all that an end of days is for.

use amana_crypto::StrictVerifier;
use amana_domain::{
    role::Role,
    signed::Signed,
    trust::{DeviceCertificate, MAX_CERTIFICATE_DAYS, certificate::verify_signatures, roster::RosterHead},
};
use amana_protocol::{
    ErrorCode,
    wire::{Done, Renewal},
};

use super::{certificate_of, plan::NewCertificate};
use crate::{
    Client, ClientError,
    client::{meta, signing_key},
    sync::api::Api,
    transport::Method,
};

const DAY_MS: u64 = 86_400_000;
/// With fewer days left than this a device asks for more.
const RENEW_BEFORE_DAYS: u32 = 30;

/// How a device's certificate stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    Enough,
    /// It should ask for more.
    Few,
    /// The relay refuses it.
    Ended,
}

impl Days {
    /// Of a certificate with this last day.
    pub fn of(not_after_day: u32, today: u32) -> Self {
        match not_after_day.checked_sub(today) {
            None => Self::Ended,
            Some(left) if left < RENEW_BEFORE_DAYS => Self::Few,
            Some(_) => Self::Enough,
        }
    }
}

/// The relay's day.
pub(super) fn today(api: &Api<'_>) -> Result<u32, ClientError> {
    u32::try_from(api.relay_ms() / DAY_MS).map_err(|_| ClientError::Internal("day"))
}

/// Whether every admin's certificate has ended: then nobody else could give one of them new days.
pub(super) fn all_admins_ended(head: &RosterHead, today: u32) -> bool {
    head.devices.iter().filter(|entry| entry.role == Role::Admin).all(|entry| entry.not_after_day < today)
}

impl Client {
    /// How the newest roster lists this desk's days.
    pub(super) fn own_days(&self, today: u32) -> Result<Days, ClientError> {
        let desk = self.require_desk()?;
        let roster = self.trust.roster(desk.organisation).ok_or(ClientError::OrganisationNotReady)?;
        let listed = roster.body().device(&desk.device()).ok_or(ClientError::DeviceRemoved)?;
        Ok(Days::of(listed.not_after_day, today))
    }

    /// This desk's certificate with as many days as there may be.
    pub(super) fn longer_certificate(&mut self, today: u32) -> Result<Renewal, ClientError> {
        let secret = self.write(|tx| Ok(tx.meta(meta::INVITE_SECRET)?))?.ok_or(ClientError::InviteInvalid)?;
        let secret: [u8; 32] = secret.as_slice().try_into().map_err(|_| ClientError::InviteInvalid)?;
        let key = signing_key(&secret);
        let desk = self.require_desk()?;
        let certificate = DeviceCertificate {
            not_after_day: today.saturating_add(MAX_CERTIFICATE_DAYS),
            ..certificate_of(&desk.certificate)?
        };
        let certificate = Signed::make(certificate, |message| key.sign(message))
            .map_err(|_| ClientError::Internal("certificate"))?;
        Ok(Renewal { invite: desk.invite.clone(), certificate: certificate.to_bytes() })
    }

    /// Asks the admins for more days.
    pub(super) async fn ask_renewal(&mut self, api: &mut Api<'_>, today: u32) -> Result<(), ClientError> {
        let organisation = self.require_desk()?.organisation;
        let renewal = self.longer_certificate(today)?;
        match api.send::<Done>(Method::Put, &format!("/v1/renewals/{organisation}"), &renewal, None).await {
            // An older relay or one that does not like it: this desk goes on while its days last.
            Err(ClientError::Relay(ErrorCode::NotFound | ErrorCode::JoinInvalid)) | Ok(Done {}) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// This admin's own new certificate, for the roster that it makes itself.
    pub(super) fn own_renewal(&mut self, today: u32) -> Result<Option<NewCertificate>, ClientError> {
        if self.own_days(today)? == Days::Enough {
            return Ok(None);
        }
        let renewal = self.longer_certificate(today)?;
        Ok(self.check_renewal(&renewal))
    }

    /// A new certificate whose signatures hold.
    pub(super) fn check_renewal(&self, renewal: &Renewal) -> Option<NewCertificate> {
        let organisation = self.desk()?.organisation;
        let deployment = self.trust.deployment();
        let roots = self.trust.directories().roots(&organisation);
        let (invite, certificate) = (&renewal.invite, &renewal.certificate);
        verify_signatures(invite, certificate, &deployment, &organisation, &roots, &StrictVerifier)
            .ok()
            .map(|device| NewCertificate { device, certificate: renewal.certificate.clone() })
    }
}
