//! `safety`: numbers that people compare aloud to know that they see the same keys.

use amana_crypto::{StrictVerifier, safety};
use amana_domain::{
    ids::{DeviceId, OrganisationId},
    role::Clearance,
    trust::DeviceCertificate,
};

use crate::{Client, ClientError, sync::canonical_bytes};

/// Version of what a number is made from; a new one gives other numbers.
const VERSION: u8 = 1;

/// A number to compare: groups of five digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyNumber {
    /// Whose keys it is about.
    pub about: SafetyPair,
    /// Twelve groups of a pair, six of the deployment.
    pub groups: Vec<String>,
}

/// Whose keys a safety number is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafetyPair {
    /// Two desks of one team, this one first.
    Desks(DeviceId, DeviceId),
    /// Two organisations, this desk's first, and the newest rosters known of each.
    Organisations((OrganisationId, u64), (OrganisationId, u64)),
    /// Everybody who joined this deployment.
    Deployment,
}

impl Client {
    /// The number of this desk and a colleague's (by name, device id or prefix), or else of this desk's organisation
    /// and another one (by name, id or prefix). Both sides read out the same twelve groups exactly if they see the
    /// same keys. Between organisations both must have synced since either one's keys changed.
    ///
    /// # Errors
    /// `forbidden` on a phone; `not_found` and `ambiguous`, also for oneself; `organisation_not_ready` without the
    /// other one's roster, `awaiting_admission` without one's own.
    pub fn safety_number(&mut self, with: &str) -> Result<SafetyNumber, ClientError> {
        let desk = self.require_desk()?;
        let (own, device) = (desk.organisation, desk.device());
        match self.device_named(with) {
            Ok(other) => self.desks_number(device, other),
            Err(ClientError::NotFound) => {
                let other = self.find_organisation(with)?;
                if other == own {
                    return Err(ClientError::NotFound);
                }
                let (one, n) = self.organisation_side(own)?.ok_or(ClientError::AwaitingAdmission)?;
                let (two, m) = self.organisation_side(other)?.ok_or(ClientError::OrganisationNotReady)?;
                let about = SafetyPair::Organisations((own, n), (other, m));
                Ok(SafetyNumber { about, groups: printed(&safety::pair(&one, &two)) })
            }
            Err(error) => Err(error),
        }
    }

    /// The number of the deployment: six groups, made from the fingerprint of the root that this device pinned when it
    /// joined. Whoever reads out the same ones joined the same deployment.
    pub fn deployment_number(&self) -> Result<SafetyNumber, ClientError> {
        let data = canonical_bytes(&(VERSION, "deployment", self.trust.directories().fingerprint()))?;
        Ok(SafetyNumber { about: SafetyPair::Deployment, groups: printed(&safety::side(&data)) })
    }

    fn desks_number(&mut self, one: DeviceId, other: DeviceId) -> Result<SafetyNumber, ClientError> {
        if one == other {
            return Err(ClientError::NotFound);
        }
        let organisation = self.require_desk()?.organisation;
        let chain = self.trust.chain(organisation);
        let number = chain.number();
        let part = self.write(|tx| Ok(tx.roster_part(organisation, number)?))?;
        let part = part.ok_or(ClientError::AwaitingAdmission)?;
        let open = chain
            .open_part(number, &part, &StrictVerifier)
            .map_err(|_| ClientError::Internal("roster part"))?;
        let side = |device: DeviceId| {
            let found = open.devices.iter().find(|listed| listed.device == device);
            desk_side(&found.ok_or(ClientError::NotFound)?.certificate)
        };
        let groups = printed(&safety::pair(&side(one)?, &side(other)?));
        Ok(SafetyNumber { about: SafetyPair::Desks(one, other), groups })
    }

    /// What names an organisation and its keys, with the number of the roster they are from.
    fn organisation_side(&self, organisation: OrganisationId) -> Result<Option<(Vec<u8>, u64)>, ClientError> {
        let Some(head) = self.trust.roster(organisation).map(|head| head.body()) else { return Ok(None) };
        let roots = self.trust.directories().roots(&organisation);
        let Some(root) = roots.present() else { return Ok(None) };
        let key = |clearance| &head.clearance.get(clearance).key;
        let data = canonical_bytes(&(
            VERSION,
            "organisation",
            self.trust.deployment(),
            organisation,
            root,
            [key(Clearance::Open), key(Clearance::Need), key(Clearance::Strict)],
        ))?;
        Ok(Some((data, head.n)))
    }
}

/// What names a desk and its keys. Its days and role are no keys.
fn desk_side(certificate: &DeviceCertificate) -> Result<Vec<u8>, ClientError> {
    let DeviceCertificate { deployment, organisation, sign, kem, .. } = certificate;
    canonical_bytes(&(VERSION, "desk", deployment, organisation, sign, kem))
}

fn printed(groups: &[u32]) -> Vec<String> {
    groups.iter().map(|group| format!("{group:05}")).collect()
}

#[cfg(test)]
mod tests {
    use amana_domain::{
        ids::{DeploymentId, VerifyKey},
        role::Role,
        trust::KemKey,
    };

    use super::*;

    fn certificate() -> DeviceCertificate {
        DeviceCertificate {
            deployment: DeploymentId::from_root(&VerifyKey::from_bytes([1; 32])),
            organisation: OrganisationId::from_root(&VerifyKey::from_bytes([2; 32])),
            sign: VerifyKey::from_bytes([3; 32]),
            kem: KemKey::from_slice(&[4; 1216]).unwrap(),
            role: Role::Officer,
            not_after_day: 20_000,
        }
    }

    #[test]
    fn a_desks_side_is_frozen_and_hangs_on_its_keys_alone() {
        let groups = |certificate: &DeviceCertificate| {
            printed(&safety::side(&desk_side(certificate).unwrap())).join(" ")
        };
        let one = certificate();
        assert_eq!(groups(&one), "93703 20407 53185 75526 37887 52947");
        let same = DeviceCertificate { role: Role::Admin, not_after_day: 1, ..certificate() };
        assert_eq!(groups(&same), groups(&one));
        let changes: [fn(&mut DeviceCertificate); 4] = [
            |certificate| certificate.sign = VerifyKey::from_bytes([9; 32]),
            |certificate| certificate.kem = KemKey::from_slice(&[9; 1216]).unwrap(),
            |certificate| {
                certificate.organisation = OrganisationId::from_root(&VerifyKey::from_bytes([9; 32]));
            },
            |certificate| certificate.deployment = DeploymentId::from_root(&VerifyKey::from_bytes([9; 32])),
        ];
        for change in changes {
            let mut other = certificate();
            change(&mut other);
            assert_ne!(groups(&other), groups(&one));
        }
    }
}
