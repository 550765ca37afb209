//! "Readable by X": what was written under a key that somebody holds who has left since.
//!
//! A phone that was offline while a desk was removed, an organisation withdrawn, or somebody stood aside still writes
//! under the key it knows. It is taken in, and said so. Nothing here decides validity; it looks at claimed times, too.

use std::collections::BTreeSet;

use amana_domain::{
    event::{AuthenticEvent, Body},
    ids::{DeviceId, EventId, OrganisationId},
    role::LogKind,
};
use serde::{Deserialize, Serialize};

use super::{epoch, readers};
use crate::{
    Trust,
    case::{Case, CaseLog},
};

/// An event that somebody can read who is no longer entitled to it, if the relay hands it out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exposed {
    /// The event.
    pub event: EventId,
    /// The log it is in.
    pub log: LogKind,
    /// The organisation that was withdrawn, or whose device it is.
    pub organisation: OrganisationId,
    /// The device that was removed, moved down, or stands aside; none = the whole organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// Every exposed event of a case, as far as this device can tell.
pub(crate) fn exposed(trust: &Trust, case: &Case) -> Vec<Exposed> {
    let mut found = BTreeSet::new();
    for log in &case.logs {
        for event in log.applied().filter(|event| is_told(event)) {
            for (organisation, device) in who(trust, case, log, event) {
                let own = match device {
                    Some(device) => event.event().device() == device,
                    None => log.organisation(&event.id()) == Some(organisation),
                };
                if !own {
                    found.insert(Exposed { event: event.id(), log: log.log.kind, organisation, device });
                }
            }
        }
    }
    found.into_iter().collect()
}

/// Whether an event tells something: keys, receipts and changes of membership are for everybody who was there.
fn is_told(event: &AuthenticEvent) -> bool {
    !event.event().kind.is_bookkeeping()
        && !matches!(
            event.body(),
            Body::Epoch(_)
                | Body::MemberAdd(_)
                | Body::MemberRemove(_)
                | Body::ConsentWithdraw(_)
                | Body::Recuse(_)
        )
}

fn who(
    trust: &Trust,
    case: &Case,
    log: &CaseLog,
    event: &AuthenticEvent,
) -> Vec<(OrganisationId, Option<DeviceId>)> {
    let epoch = event.event().epoch;
    let epoch = epoch.map(|epoch| EventId::from_bytes(*epoch.as_bytes()));
    let epoch = epoch.filter(|epoch| *epoch != EventId::from_bytes(*log.log.log.as_bytes()));
    let Some(holders) = epoch::holders(trust, case, log, epoch) else { return Vec::new() };
    let mut found = Vec::new();
    for holder in holders {
        let organisation = holder.organisation;
        if withdrawn_before(log, event, organisation) {
            found.push((organisation, None));
            continue;
        }
        for device in left_before(trust, log, event, &holder) {
            found.push((organisation, Some(device)));
        }
        if organisation == case.root.owner {
            let aside = aside_before(case, event);
            let reached = aside.into_iter().filter(|device| holder.device.is_none_or(|only| only == *device));
            found.extend(reached.map(|device| (organisation, Some(device))));
        }
    }
    found
}

/// Whether an organisation is out by a removal that does not have this event in its past.
fn withdrawn_before(log: &CaseLog, event: &AuthenticEvent, organisation: OrganisationId) -> bool {
    log.fold.removals.iter().any(|removal| {
        let whom = match log.events.get(removal).map(AuthenticEvent::body) {
            Some(Body::MemberRemove(body)) => Some(body.organisation),
            Some(Body::ConsentWithdraw(body)) => Some(body.statement.body().organisation),
            _ => None,
        };
        whom == Some(organisation) && !log.past(removal).contains(&event.id())
    })
}

/// Devices of a team that had the key and were removed, or lost this clearance, before the event was written: somebody
/// who knew of it had not seen the event, or the event's own clock says so.
fn left_before(
    trust: &Trust,
    log: &CaseLog,
    event: &AuthenticEvent,
    holder: &epoch::Holder,
) -> BTreeSet<DeviceId> {
    let clearance = log.log.kind.clearance();
    let chain = trust.chain(holder.organisation);
    let mut found = BTreeSet::new();
    for pair in chain.after(0).windows(2) {
        let (before, after) = (pair[0].body(), pair[1].body());
        if holder.device.is_none() && holder.generation >= after.clearance.get(clearance).generation {
            continue;
        }
        let left = before.devices.iter().filter(|device| {
            device.role.holds(clearance)
                && !after.role_of(&device.device).is_some_and(|role| role.holds(clearance))
                && holder.device.is_none_or(|only| only == device.device)
        });
        let left: Vec<DeviceId> = left.map(|device| device.device).collect();
        if left.is_empty() {
            continue;
        }
        let known = log.applied().any(|witness| {
            let named = witness.event().roster;
            named.organisation() == holder.organisation
                && named.number() >= after.n
                && !log.past(&witness.id()).contains(&event.id())
        });
        if known || event.event().claimed_ms > after.issued_ms {
            found.extend(left);
        }
    }
    found
}

/// Devices that had stood aside when the event was written, by its author's clock.
fn aside_before(case: &Case, event: &AuthenticEvent) -> Vec<DeviceId> {
    let recused = readers::recused(case);
    let Some(core) = case.log(LogKind::Core) else { return Vec::new() };
    core.applied()
        .filter_map(|other| match other.body() {
            Body::Recuse(body) if recused.contains(&body.device) => {
                (event.event().claimed_ms > other.event().claimed_ms).then_some(body.device)
            }
            _ => None,
        })
        .collect()
}
