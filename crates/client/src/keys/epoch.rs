//! Which key to seal the next event of a log under, and how a log gets a new one.

use std::collections::BTreeSet;

use amana_crypto::{LogKey, earlier::seal_earlier};
use amana_domain::{
    event::{AuthenticEvent, Body, EpochBody, LogOpen, Wrap},
    fold::Party,
    ids::{DeviceId, EpochId, EventId, LogId, OrganisationId},
    role::{Clearance, LogKind},
};
use amana_vault::Tx;
use serde_bytes::ByteBuf;

use super::readers::{self, Reader};
use crate::{
    ClientError, Trust,
    case::{Author, Case, CaseLog},
    sync::{canonical_bytes, wrap_context},
};

/// What to do before an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Seal under this epoch; `None` = epoch 0.
    Use(Option<EpochId>),
    /// Begin a new epoch first.
    Rotate,
}

/// Somebody who was given the key of an epoch, as far as the log tells.
pub(super) struct Holder {
    pub organisation: OrganisationId,
    pub device: Option<DeviceId>,
    pub clearance: Clearance,
    pub generation: u64,
}

/// Chooses. An epoch is usable if all who hold its key are entitled to what is written now, by the newest rosters
/// known here. Several heads are merged by whoever writes something that is to be read (`content`).
pub(crate) fn choose(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &Case,
    log: &CaseLog,
    author: &Author<'_>,
    content: bool,
) -> Result<Choice, ClientError> {
    let held: BTreeSet<EpochId> = tx.held_epochs(log.log.log)?.into_iter().collect();
    let fits =
        |epoch: &Option<EventId>| held.contains(&id_of(log, *epoch)) && is_usable(trust, case, log, *epoch);
    let heads = heads(log);
    let good = heads.iter().find(|epoch| fits(epoch)).copied();
    let entitled = || readers_of(tx, trust, case, log, author).map(|readers| readers.is_some());
    match good {
        Some(epoch) if !(content && heads.len() > 1 && entitled()?) => {
            return Ok(Choice::Use(epoch.map(EpochId::from)));
        }
        _ if entitled()? => return Ok(Choice::Rotate),
        _ => {}
    }
    // Not entitled to make a new one: the newest that fits, else the newest there is. What its holders may read is
    // shown with the event.
    let newest: Vec<Option<EventId>> =
        log.fold.order.iter().rev().filter(|id| epoch_body(log, id).is_some()).copied().map(Some).collect();
    let known = heads.iter().chain(&newest).chain(std::iter::once(&None)).copied();
    let known: Vec<Option<EventId>> = known.filter(|epoch| held.contains(&id_of(log, *epoch))).collect();
    let chosen = known.iter().find(|epoch| fits(epoch)).or(known.first()).copied().flatten();
    Ok(Choice::Use(chosen.map(EpochId::from)))
}

/// Whether a new key is due and this author may make it.
pub(crate) fn is_due(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &Case,
    log: &CaseLog,
    author: &Author<'_>,
) -> Result<bool, ClientError> {
    Ok(choose(tx, trust, case, log, author, false)? == Choice::Rotate)
}

/// Begins a new epoch: a fresh key, wrapped to everybody entitled now, with the keys of the epochs it follows. The event
/// itself travels under an earlier key, so that who is entitled finds the wraps.
pub(crate) fn rotate(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &mut Case,
    log: LogId,
    author: &Author<'_>,
) -> Result<EpochId, ClientError> {
    let id = case.stored.case;
    let known = case.by_id(log)?;
    let readers = readers_of(tx, trust, case, known, author)?.ok_or(ClientError::Forbidden)?;
    let held = tx.log_keys(log)?;
    let mut nonce = [0; 32];
    author.random.fill(&mut nonce);
    let nonce = EpochId::from_bytes(nonce);
    let key = LogKey::make(author.random);
    let context = wrap_context(id, log, nonce)?;
    let wraps = readers::wrap_to(&readers, &context, &key, author.random)?;
    let mut earlier = Vec::new();
    for epoch in heads(known).into_iter().map(|epoch| id_of(known, epoch)) {
        let Some((_, before)) = held.iter().find(|(held, _)| *held == epoch) else { continue };
        let context = canonical_bytes(&(id, log, nonce, epoch))?;
        let sealed = seal_earlier(&key, &context, &LogKey::from_bytes(**before), author.random);
        earlier.push((epoch, ByteBuf::from(sealed)));
    }
    // Where keys go to desks one by one, a desk that was let in later has none but the first.
    let first = readers::has_recusal(case, life_member(case, known)).then_some(None);
    let under = first
        .into_iter()
        .chain(heads(known))
        .chain(std::iter::once(None))
        .map(|epoch| (epoch, id_of(known, epoch)))
        .find(|(_, epoch)| held.iter().any(|(held, _)| held == epoch))
        .and_then(|(epoch, _)| epoch)
        .map(EpochId::from);
    let body = EpochBody { wraps, earlier, nonce: ByteBuf::from(nonce.as_bytes().to_vec()) };
    let event = case.append_under(tx, trust, log, author, under, Body::Epoch(body))?;
    let epoch = EpochId::from(event);
    tx.prove_log_key(log, epoch, key.expose())?;
    Ok(epoch)
}

/// Gives every log of a case a new key where one is due and this author may make it, and those who came later the first
/// key of a log that was opened while somebody stood aside. Returns how many. A log that takes nothing from this author
/// now must not keep the others waiting.
pub(crate) fn rekey_case(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &mut Case,
    author: &Author<'_>,
) -> Result<u64, ClientError> {
    let logs: Vec<LogId> = case.logs.iter().map(|log| log.log.log).collect();
    let mut made = 0;
    for log in logs {
        made += taken(announce_again(tx, trust, case, log, author))?;
        let known = case.by_id(log)?;
        if !known.fold.update_needed && is_due(tx, trust, case, known, author)? {
            made += taken(rotate(tx, trust, case, log, author).map(|_| 1))?;
        }
    }
    Ok(made)
}

fn taken(written: Result<u64, ClientError>) -> Result<u64, ClientError> {
    match written {
        Err(
            ClientError::UpdateNeeded
            | ClientError::Forbidden
            | ClientError::NotAllowed
            | ClientError::OrganisationNotReady,
        ) => Ok(0),
        other => other,
    }
}

/// Announces a log once more for the desks that were let in after it was opened, where its first key went to desks one by
/// one: everything else of the log is read from that key on.
fn announce_again(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &mut Case,
    log: LogId,
    author: &Author<'_>,
) -> Result<u64, ClientError> {
    let known = case.by_id(log)?;
    let owner = case.root.owner;
    if author.organisation != Some(owner) || !readers::has_recusal(case, owner) {
        return Ok(0);
    }
    let Some(wraps) = opening_wraps(case, known) else { return Ok(0) };
    let theirs: Vec<&Wrap> = wraps.into_iter().filter(|wrap| wrap.organisation == Some(owner)).collect();
    let have: BTreeSet<DeviceId> = theirs.iter().filter_map(|wrap| wrap.device).collect();
    if theirs.iter().any(|wrap| wrap.device.is_none())
        || readers_of(tx, trust, case, known, author)?.is_none()
    {
        return Ok(0);
    }
    let mut missing = readers::team(tx, trust, case, owner, known.log.kind)?.unwrap_or_default();
    missing.retain(|reader| reader.device.is_some_and(|device| !have.contains(&device)));
    let first = id_of(known, None);
    let held = tx.log_keys(log)?;
    let (false, Some((_, key))) = (missing.is_empty(), held.iter().find(|(epoch, _)| *epoch == first)) else {
        return Ok(0);
    };
    let context = wrap_context(case.stored.case, log, first)?;
    let wraps = readers::wrap_to(&missing, &context, &LogKey::from_bytes(**key), author.random)?;
    let announced = LogOpen { log: known.log, wraps };
    let core = case.log(LogKind::Core).ok_or(ClientError::NotFound)?.log.log;
    case.append(tx, trust, core, author, Body::LogOpen(announced))?;
    Ok(1)
}

/// The epochs that no other one follows; epoch 0 (`None`) if there is no other.
fn heads(log: &CaseLog) -> Vec<Option<EventId>> {
    if log.fold.epoch_heads.is_empty() {
        vec![None]
    } else {
        log.fold.epoch_heads.iter().copied().map(Some).collect()
    }
}

/// The id under which the key of an epoch is kept.
fn id_of(log: &CaseLog, epoch: Option<EventId>) -> EpochId {
    epoch.map_or(EpochId::from(log.log.log), EpochId::from)
}

fn epoch_body<'l>(log: &'l CaseLog, id: &EventId) -> Option<&'l EpochBody> {
    if !log.fold.applied(id) {
        return None;
    }
    match log.events.get(id).map(AuthenticEvent::body) {
        Some(Body::Epoch(body)) => Some(body),
        _ => None,
    }
}

/// Whether all who hold the key of an epoch are entitled to what is written now.
fn is_usable(trust: &Trust, case: &Case, log: &CaseLog, epoch: Option<EventId>) -> bool {
    let past = epoch.map(|epoch| log.past(&epoch)).unwrap_or_default();
    if log.fold.removals.iter().any(|removal| !past.contains(removal)) {
        return false;
    }
    // Somebody else's epoch may be wrapped to some readers only.
    if epoch.is_some_and(|epoch| {
        !matches!(log.party(&epoch), Some(Party::Migrant | Party::Owner(_)))
            && log.organisation(&epoch) != Some(life_member(case, log))
    }) {
        return false;
    }
    let Some(holders) = holders(trust, case, log, epoch) else { return false };
    let life = life_member(case, log);
    let complete = !readers::has_recusal(case, life) || {
        let wanted = readers::team_devices(trust, case, life, log.log.kind.clearance());
        let have =
            holders.iter().filter(|holder| holder.organisation == life).filter_map(|holder| holder.device);
        wanted.is_subset(&have.collect())
    };
    complete
        && holders.iter().all(|holder| is_entitled(trust, case, log, holder))
        && members_now(case, log).all(|member| member == life || was_given(log, epoch, member))
}

/// Who is to read what is written now: the members, without those of whom `core` says already that every consent to
/// this log has ended, though their removal here is still on its way, or still to be written.
fn members_now<'l>(case: &'l Case, log: &'l CaseLog) -> impl Iterator<Item = OrganisationId> + 'l {
    let life = life_member(case, log);
    log.fold.members.iter().copied().filter(move |member| *member == life || !has_ended(case, log, *member))
}

fn has_ended(case: &Case, log: &CaseLog, organisation: OrganisationId) -> bool {
    let kind = log.log.kind;
    let Some(core) = case.log(LogKind::Core).and_then(|core| core.fold.core.as_ref()) else { return false };
    let theirs = || core.consents.iter().filter(|consent| consent.organisation == organisation);
    let stands = theirs()
        .any(|consent| consent.in_force() && (kind == LogKind::Referral || consent.logs.contains(&kind)));
    // What let it in must be known there, lest who is behind shuts out whom she has just let in.
    let known = || {
        log.applied().all(|event| match event.body() {
            Body::MemberAdd(add) if add.organisation == organisation => add
                .statement
                .as_ref()
                .is_some_and(|added| theirs().any(|consent| consent.consent == added.hash())),
            _ => true,
        })
    };
    theirs().next().is_some() && !stands && known()
}

/// Whether an organisation surely has the key of an epoch. A letter brings epoch 0, which the log's first event proves;
/// of a later one only a wrap in the epoch's own event is beyond what anybody may claim in a letter.
fn was_given(log: &CaseLog, epoch: Option<EventId>, member: OrganisationId) -> bool {
    let Some(epoch) = epoch else { return true };
    epoch_body(log, &epoch)
        .is_some_and(|body| body.wraps.iter().any(|wrap| wrap.organisation == Some(member)))
}

fn is_entitled(trust: &Trust, case: &Case, log: &CaseLog, holder: &Holder) -> bool {
    let clearance = log.log.kind.clearance();
    if !members_now(case, log).any(|member| member == holder.organisation) || holder.clearance != clearance {
        return false;
    }
    match holder.device {
        Some(device) => readers::team_devices(trust, case, holder.organisation, clearance).contains(&device),
        None => {
            !readers::has_recusal(case, holder.organisation)
                && trust.roster(holder.organisation).is_none_or(|roster| {
                    holder.generation >= roster.body().clearance.get(clearance).generation
                })
        }
    }
}

/// Who has the key of an epoch: those it was wrapped to, organisations that joined later and got it in a letter, and the
/// device that made it. `None` if the log does not tell.
pub(super) fn holders(
    trust: &Trust,
    case: &Case,
    log: &CaseLog,
    epoch: Option<EventId>,
) -> Option<Vec<Holder>> {
    let clearance = log.log.kind.clearance();
    let wraps = match epoch {
        Some(epoch) => Some(epoch_body(log, &epoch)?.wraps.iter().collect()),
        None => opening_wraps(case, log),
    };
    let mut holders: Vec<Holder> = match wraps {
        Some(wraps) => wraps
            .into_iter()
            .filter_map(|wrap| {
                Some(Holder {
                    organisation: wrap.organisation?,
                    device: wrap.device,
                    clearance: wrap.clearance.unwrap_or(clearance),
                    generation: u64::from(wrap.generation),
                })
            })
            .collect(),
        // First contact and work logs: a letter, sealed to the newest roster that the author knew, or a newer one.
        None => {
            let organisation = life_member(case, log);
            let genesis = log.events.get(&EventId::from_bytes(*log.log.log.as_bytes()))?;
            let named = genesis.event().roster.number().max(1);
            let generation = trust.generation(organisation, named, clearance).unwrap_or(0);
            vec![Holder { organisation, device: None, clearance, generation }]
        }
    };
    let past = epoch.map(|epoch| log.past(&epoch)).unwrap_or_default();
    for event in log.applied() {
        if let Body::MemberAdd(add) = event.body()
            && !past.contains(&event.id())
        {
            let generation = add.generation.unwrap_or(0);
            holders.push(Holder { organisation: add.organisation, device: None, clearance, generation });
        }
    }
    // Whoever made a key has it, whomever it was wrapped to.
    let maker = epoch.unwrap_or(EventId::from_bytes(*log.log.log.as_bytes()));
    if let (Some(organisation), Some(event)) = (log.organisation(&maker), log.events.get(&maker)) {
        let device = Some(event.event().device());
        holders.push(Holder { organisation, device, clearance, generation: 0 });
    }
    // Who was removed and let in again was cut off in between, whatever it held before.
    Some(holders)
}

/// The wraps with which a later log was announced in `core`, and announced again. `None` if it was not.
fn opening_wraps<'c>(case: &'c Case, log: &CaseLog) -> Option<Vec<&'c Wrap>> {
    let announced = case.log(LogKind::Core)?.applied().filter_map(|event| match event.body() {
        Body::LogOpen(open) if open.log == log.log => Some(&open.wraps),
        _ => None,
    });
    let wraps: Vec<&Wrap> = announced.flatten().collect();
    (!wraps.is_empty()).then_some(wraps)
}

/// The organisation that is a member of a log for life.
pub(crate) fn life_member(case: &Case, log: &CaseLog) -> OrganisationId {
    match log.log.kind {
        LogKind::Work => log.fold.genesis.with.unwrap_or(case.root.owner),
        _ => case.root.owner,
    }
}

/// Everybody that a new key of a log goes to; `None` if this author may not make one or does not know all their keys.
fn readers_of(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &Case,
    log: &CaseLog,
    author: &Author<'_>,
) -> Result<Option<Vec<Reader>>, ClientError> {
    let kind = log.log.kind;
    let life = life_member(case, log);
    let may = match author.organisation {
        Some(organisation) if organisation == life => {
            let device = DeviceId::from_key(&author.key.verify_key());
            readers::team_devices(trust, case, life, kind.clearance()).contains(&device)
        }
        Some(_) => false,
        None => kind.has_migrant(),
    };
    if !may {
        return Ok(None);
    }
    let mut all = Vec::new();
    let hidden =
        opening_wraps(case, log).is_some_and(|wraps| wraps.iter().all(|wrap| wrap.organisation.is_some()));
    if kind.has_migrant() && !hidden {
        all.push(readers::migrant(case)?);
    }
    for organisation in members_now(case, log) {
        match readers::team(tx, trust, case, organisation, kind)? {
            Some(team) => all.extend(team),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}
