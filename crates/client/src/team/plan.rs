//! The next roster from the present one, what this admin wishes, and what devices ask. Pure but for new keys.

use amana_crypto::{KemSecret, Random, backlink};
use amana_domain::{
    ids::{DeviceId, Hash, OrganisationId},
    role::{Clearance, Role},
    trust::{
        DeviceCertificate, MAX_CERTIFICATE_DAYS, RecoveryEntry,
        certificate::CertifiedDevice,
        roster::{Backlink, RosterDevice},
        rotation::rotation_due,
    },
};

use super::{
    Secret,
    present::{Member, Present},
    secret_context,
    sign::Plan,
    wishes::{What, Wish},
};
use crate::ClientError;

/// A device that asks to be admitted; checked but for its name.
pub(super) struct Candidate {
    pub device: CertifiedDevice,
    pub certificate: Vec<u8>,
    pub invite: Vec<u8>,
    pub name: String,
}

/// A new certificate of a listed device; signatures have been checked.
pub(super) struct NewCertificate {
    pub device: CertifiedDevice,
    pub certificate: Vec<u8>,
}

/// What devices ask.
#[derive(Default)]
pub(super) struct Asked {
    pub joins: Vec<Candidate>,
    pub renewals: Vec<NewCertificate>,
}

/// Who makes the roster, and when.
pub(super) struct Maker<'a> {
    pub organisation: OrganisationId,
    pub device: DeviceId,
    /// The relay's day.
    pub today: u32,
    pub random: &'a dyn Random,
}

/// The next roster, if anything is to change.
pub(super) struct Next {
    pub plan: Option<Plan>,
    /// A device whose certificate has ended asks for a new one and waits for an admin's word.
    pub renewal_waiting: bool,
    /// The recovery by officers goes, because one of them leaves.
    pub recovery_ended: bool,
}

/// Plans the next roster. `set_up` are recoveries to be taken in, each in the place of the one of its kind.
pub(super) fn next(
    present: &Present,
    wishes: &[Wish],
    set_up: &[RecoveryEntry],
    asked: Asked,
    maker: &Maker<'_>,
) -> Result<Next, ClientError> {
    let mut members = present.members.clone();
    // The head alone may list a device whose proofs nobody can read any more; it goes with the next roster.
    let mut changed = members.len() != present.head.devices.len();
    for wish in wishes {
        changed |= grant(&mut members, wish);
    }
    let (renewed, renewal_waiting) = renew(&mut members, &asked.renewals, wishes, maker);
    changed |= renewed;
    let mut declined = Vec::new();
    changed |= admit(present, &mut members, asked.joins, &mut declined);
    let (recovery, recovery_ended) = recoveries(present, set_up, &members);
    changed |= recovery.iter().map(|entry| &entry.key).ne(present.recovery.iter().map(|entry| &entry.key));
    let listed: Vec<RosterDevice> = members.iter().map(listed_as).collect();
    // Whoever leaves by her own hand would know the new keys: the next admin's sync makes them.
    let stays = members.iter().any(|member| member.device == maker.device);
    let due = if stays { rotation_due(&present.chain, &listed) } else { Vec::new() };
    let (secrets, backlinks) = renewed_keys(present, &due, &maker.organisation, maker.random)?;
    let plan = (changed || !due.is_empty() || !declined.is_empty()).then(|| Plan {
        members,
        secrets,
        backlinks,
        declined,
        founding: None,
        recovery,
    });
    Ok(Next { plan, renewal_waiting, recovery_ended })
}

/// The present keys, with a new generation of each clearance in `due` and a back-link to the one before.
pub(super) fn renewed_keys(
    present: &Present,
    due: &[Clearance],
    organisation: &OrganisationId,
    random: &dyn Random,
) -> Result<(Vec<Secret>, Vec<Backlink>), ClientError> {
    let mut secrets = present.secrets.clone();
    let mut backlinks = present.backlinks.clone();
    for secret in secrets.iter_mut().filter(|secret| due.contains(&secret.clearance)) {
        let (clearance, generation) = (secret.clearance, secret.generation);
        let context = secret_context(*organisation, clearance, generation)?;
        let key = KemSecret::make(random);
        let sealed = backlink::seal_backlink(&key, &context, &secret.key, random);
        backlinks.push(Backlink { clearance, generation, sealed });
        *secret = Secret { clearance, generation: generation + 1, key };
    }
    Ok((secrets, backlinks))
}

/// Removes or moves a device, but never the last admin; answers whether anything changed.
fn grant(members: &mut Vec<Member>, wish: &Wish) -> bool {
    let others_lead = members.iter().any(|member| member.device != wish.device && member.role == Role::Admin);
    let Some(at) = members.iter().position(|member| member.device == wish.device) else { return false };
    match wish.what {
        What::Remove if others_lead => {
            members.remove(at);
            true
        }
        What::Role(role)
            if members[at].role != role
                && members[at].certified.role.at_least(role)
                && (others_lead || role == Role::Admin) =>
        {
            members[at].role = role;
            true
        }
        _ => false,
    }
}

/// Takes up new certificates; answers whether any was, and whether one waits for an admin's word.
fn renew(
    members: &mut [Member],
    renewals: &[NewCertificate],
    wishes: &[Wish],
    maker: &Maker<'_>,
) -> (bool, bool) {
    let (mut renewed, mut waiting) = (false, false);
    for renewal in renewals {
        let Some(member) = members.iter_mut().find(|member| member.device == renewal.device.device) else {
            continue;
        };
        if !continues(member, &renewal.device, maker.today) {
            continue;
        }
        let ended = member.certified.not_after_day < maker.today;
        let confirmed = member.device == maker.device
            || wishes.iter().any(|wish| wish.device == member.device && matches!(wish.what, What::Renew(_)));
        if ended && !confirmed {
            waiting = true;
            continue;
        }
        member.certified = renewal.device.certificate.clone();
        member.certificate.clone_from(&renewal.certificate);
        renewed = true;
    }
    (renewed, waiting)
}

/// The same device by the same invite, in the same role, for longer, and for no longer than allowed.
fn continues(member: &Member, new: &CertifiedDevice, today: u32) -> bool {
    let days = member.certified.not_after_day.max(today)..=today.saturating_add(MAX_CERTIFICATE_DAYS);
    let same = DeviceCertificate { not_after_day: new.certificate.not_after_day, ..member.certified.clone() };
    new.invite == member.invite_hash
        && new.certificate == same
        && new.certificate.not_after_day > member.certified.not_after_day
        && days.contains(&new.certificate.not_after_day)
}

fn admit(
    present: &Present,
    members: &mut Vec<Member>,
    joins: Vec<Candidate>,
    declined: &mut Vec<Hash>,
) -> bool {
    let mut admitted = false;
    for join in joins {
        let invite = join.device.invite;
        let again =
            members.iter().any(|member| member.invite_hash == invite || member.device == join.device.device);
        if present.head.used_invite(&invite) || declined.contains(&invite) || again {
            continue;
        }
        // The invite counts as used, so that the joiner learns of it and nobody has to judge this again.
        if join.name.is_empty() || members.iter().any(|member| member.name == join.name) {
            declined.push(invite);
            continue;
        }
        let role = join.device.certificate.role;
        members.push(Member::new(join.device, role, join.certificate, join.invite, join.name));
        admitted = true;
    }
    admitted
}

/// The recoveries from now on. One whose officer has left the team goes: two leavers could use it, or one of them with
/// the help of one who stayed.
fn recoveries(present: &Present, set_up: &[RecoveryEntry], members: &[Member]) -> (Vec<RecoveryEntry>, bool) {
    let mut kept = present.recovery.clone();
    for new in set_up.iter().filter(|new| kept.iter().all(|entry| entry.key != new.key)).collect::<Vec<_>>() {
        kept.retain(|entry| entry.officers.is_empty() != new.officers.is_empty());
        kept.push(new.clone());
    }
    let before = kept.len();
    kept.retain(|entry| {
        entry.officers.iter().all(|officer| members.iter().any(|member| member.device == *officer))
    });
    let ended = kept.len() < before;
    (kept, ended)
}

fn listed_as(member: &Member) -> RosterDevice {
    RosterDevice { device: member.device, role: member.role, not_after_day: member.certified.not_after_day }
}
