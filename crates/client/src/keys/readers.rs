//! Whose keys a log key is wrapped to: the organisations that are members now, and the migrant.

use std::collections::BTreeSet;

use amana_crypto::{KemPublic, LogKey, Random, StrictVerifier, wrap};
use amana_domain::{
    event::Wrap,
    ids::{DeviceId, OrganisationId},
    role::{Clearance, LogKind},
};
use amana_vault::Tx;
use serde_bytes::ByteBuf;

use crate::{ClientError, Trust, case::Case};

/// One key that a log key is wrapped to.
pub(crate) struct Reader {
    pub organisation: Option<OrganisationId>,
    pub device: Option<DeviceId>,
    pub clearance: Option<Clearance>,
    pub generation: u64,
    key: KemPublic,
}

impl Reader {
    fn wrap(&self, context: &[u8], key: &LogKey, random: &dyn Random) -> Result<Wrap, ClientError> {
        Ok(Wrap {
            organisation: self.organisation,
            device: self.device,
            clearance: self.clearance,
            generation: u32::try_from(self.generation).map_err(|_| ClientError::Internal("generation"))?,
            wrap: ByteBuf::from(wrap::wrap_secret(&self.key, context, key.expose(), random)),
        })
    }
}

/// Wraps a log key to each reader.
pub(crate) fn wrap_to(
    readers: &[Reader],
    context: &[u8],
    key: &LogKey,
    random: &dyn Random,
) -> Result<Vec<Wrap>, ClientError> {
    readers.iter().map(|reader| reader.wrap(context, key, random)).collect()
}

/// The migrant's key of this case.
pub(crate) fn migrant(case: &Case) -> Result<Reader, ClientError> {
    let carried = case.log(LogKind::Core).and_then(|core| core.fold.genesis.opening.as_ref());
    let key = carried.map_or(case.stored.kem.as_slice(), |opening| &opening.kem);
    let key = KemPublic::from_slice(key).map_err(|_| ClientError::Internal("case key"))?;
    if key.hash() != case.root.kem {
        return Err(ClientError::Internal("case key"));
    }
    Ok(Reader { organisation: None, device: None, clearance: None, generation: 0, key })
}

/// The keys of a team for logs of one kind: its clearance key, or in a case with a recusal in it the remaining devices
/// that hold this clearance, one by one. `None` when this device does not know them.
pub(crate) fn team(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &Case,
    organisation: OrganisationId,
    kind: LogKind,
) -> Result<Option<Vec<Reader>>, ClientError> {
    let Some(roster) = trust.roster(organisation) else { return Ok(None) };
    let clearance = kind.clearance();
    let known = roster.body().clearance.get(clearance);
    let generation = known.generation;
    if !has_recusal(case, organisation) {
        let key = KemPublic::from_slice(known.key.as_bytes())
            .map_err(|_| ClientError::Internal("clearance key"))?;
        let reader = Reader {
            organisation: Some(organisation),
            device: None,
            clearance: Some(clearance),
            generation,
            key,
        };
        return Ok(Some(vec![reader]));
    }
    // Certificates of a team's devices are for the team alone.
    let number = roster.body().n;
    let Some(part) = tx.roster_part(organisation, number)? else { return Ok(None) };
    let open = trust
        .chain(organisation)
        .open_part(number, &part, &StrictVerifier)
        .map_err(|_| ClientError::Internal("roster part"))?;
    let wanted = team_devices(trust, case, organisation, clearance);
    open.devices
        .iter()
        .filter(|device| wanted.contains(&device.device))
        .map(|device| {
            Ok(Reader {
                organisation: Some(organisation),
                device: Some(device.device),
                clearance: Some(clearance),
                generation,
                key: KemPublic::from_slice(device.certificate.kem.as_bytes())
                    .map_err(|_| ClientError::Internal("device key"))?,
            })
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Some)
}

/// Devices of the newest roster that hold a clearance and are not recused.
pub(crate) fn team_devices(
    trust: &Trust,
    case: &Case,
    organisation: OrganisationId,
    clearance: Clearance,
) -> BTreeSet<DeviceId> {
    let recused = recused(case);
    trust
        .roster(organisation)
        .into_iter()
        .flat_map(|roster| &roster.body().devices)
        .filter(|device| device.role.holds(clearance) && !recused.contains(&device.device))
        .map(|device| device.device)
        .collect()
}

/// Whether somebody of this team stands aside in this case. Only the owner's people can.
pub(crate) fn has_recusal(case: &Case, organisation: OrganisationId) -> bool {
    organisation == case.root.owner && !recused(case).is_empty()
}

/// Devices that must not get new keys of this case.
pub(crate) fn recused(case: &Case) -> BTreeSet<DeviceId> {
    let core = case.log(LogKind::Core).and_then(|core| core.fold.core.as_ref());
    core.map(|core| core.recused.clone()).unwrap_or_default()
}
