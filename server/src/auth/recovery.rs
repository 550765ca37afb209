//! A device outside the roster that may read its team's part: it comes to recover it.

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::OrganisationId,
    role::Role,
    trust::{CertificateError, certificate::verify_device},
};
use amana_protocol::{ErrorCode, Principal, wire::Renewal};

use super::Caller;
use crate::{error::ApiError, state::App};

/// Checks that the caller is the device that an unused admin invite of the organisation's present root certifies, and
/// lets it speak for the organisation in this one request. Answers the newest roster's number with it. What the part
/// holds for a recovery is sealed: the invite alone opens nothing.
pub(crate) fn recovering(
    app: &App,
    caller: &Caller,
    organisation: OrganisationId,
    proofs: &Renewal,
) -> Result<(Caller, u64), ApiError> {
    let trust = app.trust();
    let deployment = trust.directory_of(&organisation)?.deployment;
    let newest = trust.rosters.get(&organisation).and_then(|chain| chain.newest());
    let newest = newest.ok_or(ErrorCode::NotPublished)?.body();
    let device = verify_device(
        &proofs.invite,
        &proofs.certificate,
        &deployment,
        &organisation,
        &trust.roots(&organisation),
        app.clock.today(),
        &StrictVerifier,
    )
    .map_err(|error| match error {
        CertificateError::InviteExpired => ErrorCode::InviteExpired,
        _ => ErrorCode::JoinInvalid,
    })?;
    let asks = Principal::Phone(device.certificate.sign);
    if device.certificate.role != Role::Admin || *caller.principal() != asks {
        return Err(ErrorCode::JoinInvalid.into());
    }
    if newest.used_invite(&device.invite) {
        return Err(ErrorCode::InviteUsed.into());
    }
    Ok((Caller::verified(Principal::Organisation(organisation)), newest.n))
}
