//! Invites and device certificates: how an organisation's root vouches for a device.

use serde::{Deserialize, Serialize};

use super::{MAX_CERTIFICATE_DAYS, OrganisationRoots, keys::KemKey};
use crate::{
    ids::{DeploymentId, DeviceId, Hash, OrganisationId, VerifyKey},
    role::Role,
    signed::{Signable, Signed, SignedError, Unverified, Verifier},
};

/// An invite: the organisation's root lets the holder of one single-use key certify one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The deployment it is for.
    pub deployment: DeploymentId,
    /// The organisation it is for.
    pub organisation: OrganisationId,
    /// The organisation's root key, which signs this.
    pub root: VerifyKey,
    /// The single-use key, which signs the device's certificate.
    pub key: VerifyKey,
    /// The role that the device gets.
    pub role: Role,
    /// The last day on which it may be used.
    pub expires_day: u32,
}

/// A device's certificate, signed by the key of its invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCertificate {
    /// The deployment it is for.
    pub deployment: DeploymentId,
    /// The organisation the device works for.
    pub organisation: OrganisationId,
    /// The key with which the device signs.
    pub sign: VerifyKey,
    /// The key to which clearance secrets are wrapped for it.
    pub kem: KemKey,
    /// Its role.
    pub role: Role,
    /// The last day on which it is valid.
    pub not_after_day: u32,
}

impl Signable for Invite {
    const LABEL: &'static str = "amana/1/invite";
}

impl Signable for DeviceCertificate {
    const LABEL: &'static str = "amana/1/device";
}

/// Why an invite or a device certificate is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The invite cannot be read or is not signed by the organisation's root.
    #[error("bad invite")]
    Invite(#[source] SignedError),
    /// The certificate cannot be read or is not signed by the invite's key.
    #[error("bad device certificate")]
    Certificate(#[source] SignedError),
    /// The invite or the certificate is for another deployment or organisation.
    #[error("for another organisation")]
    Organisation,
    /// The invite's root is not the organisation's, or not any more.
    #[error("not the organisation's root")]
    Root,
    /// The certificate claims another role than the invite gives.
    #[error("another role than invited")]
    Role,
    /// The invite is over.
    #[error("the invite has expired")]
    InviteExpired,
    /// The certificate is over, or longer than 90 days.
    #[error("the certificate has expired or is valid for too long")]
    CertificateExpired,
}

/// A device for which an organisation's root vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedDevice {
    /// Hash of its signing key.
    pub device: DeviceId,
    /// The certificate.
    pub certificate: DeviceCertificate,
    /// Hash of the invite that was used.
    pub invite: Hash,
    /// The organisation's root key.
    pub root: VerifyKey,
}

/// Checks an invite as far as one can without a directory: signed by the root that it names, for this deployment.
/// Whether that root is its organisation's, the directory says.
pub fn read_invite(
    invite: &[u8],
    deployment: &DeploymentId,
    verifier: &impl Verifier,
) -> Result<Signed<Invite>, CertificateError> {
    let invite = Unverified::<Invite>::parse(invite).map_err(CertificateError::Invite)?;
    let Invite { deployment: of, root, .. } = *invite.claimed();
    if of != *deployment {
        return Err(CertificateError::Organisation);
    }
    invite.verify(&root, verifier).map_err(CertificateError::Invite)
}

/// Checks an invite that is to be used now: signed by the organisation's present root, for this organisation of this
/// deployment.
pub fn verify_invite(
    invite: &[u8],
    deployment: &DeploymentId,
    organisation: &OrganisationId,
    roots: &OrganisationRoots,
    verifier: &impl Verifier,
) -> Result<Signed<Invite>, CertificateError> {
    let invite = read_invite(invite, deployment, verifier)?;
    let body = invite.body();
    if body.organisation != *organisation {
        return Err(CertificateError::Organisation);
    }
    if !roots.admits(organisation, &body.root) {
        return Err(CertificateError::Root);
    }
    Ok(invite)
}

/// Checks invite and certificate without looking at days: for structures that were admitted long ago, maybe under a
/// root that was replaced since.
pub fn verify_signatures(
    invite: &[u8],
    certificate: &[u8],
    deployment: &DeploymentId,
    organisation: &OrganisationId,
    roots: &OrganisationRoots,
    verifier: &impl Verifier,
) -> Result<CertifiedDevice, CertificateError> {
    let invite = read_invite(invite, deployment, verifier)?;
    if invite.body().organisation != *organisation {
        return Err(CertificateError::Organisation);
    }
    if !roots.vouches(organisation, &invite.body().root) {
        return Err(CertificateError::Root);
    }
    let certificate = Unverified::<DeviceCertificate>::parse(certificate)
        .and_then(|certificate| certificate.verify(&invite.body().key, verifier))
        .map_err(CertificateError::Certificate)?;
    let body = certificate.body();
    if body.deployment != *deployment || body.organisation != *organisation {
        return Err(CertificateError::Organisation);
    }
    if body.role != invite.body().role {
        return Err(CertificateError::Role);
    }
    Ok(CertifiedDevice {
        device: DeviceId::from_key(&body.sign),
        certificate: body.clone(),
        invite: invite.hash(),
        root: invite.body().root,
    })
}

/// Checks a device that asks to be admitted on `day` (whole days since 1970): signatures, invite day,
/// certificate day and its length. Whether the invite was used before, the roster knows.
pub fn verify_device(
    invite: &[u8],
    certificate: &[u8],
    deployment: &DeploymentId,
    organisation: &OrganisationId,
    roots: &OrganisationRoots,
    day: u32,
    verifier: &impl Verifier,
) -> Result<CertifiedDevice, CertificateError> {
    let device = verify_signatures(invite, certificate, deployment, organisation, roots, verifier)?;
    let invite = verify_invite(invite, deployment, organisation, roots, verifier)?;
    if day > invite.body().expires_day {
        return Err(CertificateError::InviteExpired);
    }
    let not_after = device.certificate.not_after_day;
    if day > not_after || not_after > day.saturating_add(MAX_CERTIFICATE_DAYS) {
        return Err(CertificateError::CertificateExpired);
    }
    Ok(device)
}
