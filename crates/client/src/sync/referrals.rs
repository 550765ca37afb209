//! What an owner's desk does by itself for a consent, and a phone for a withdrawal. Every step looks at what is there and
//! does what is missing, so that any desk may do it, at any time, also beside another one.

use std::collections::{BTreeMap, BTreeSet};

use amana_crypto::{KemPublic, envelope};
use amana_domain::{
    event::{
        Body, CodesSet, Consent, ConsentExpired, ConsentWithdraw, Facts, LogHeads, MemberAdd, MemberRemove,
        OriginContactSet, Receipt, SafeContactSet, SafeguardSet,
    },
    fold::{ConsentView, Reply},
    ids::{BlobId, CaseId, EventId, Hash, LogId, OrganisationId},
    lifecycle::referral::ReferralState,
    role::{Clearance, LogKind},
    signed::Signed,
};
use amana_vault::{
    Tx,
    store::{ItemKind, Letter},
};

use crate::{
    Client, ClientError, Trust,
    case::{Author, Case, CaseLog},
    letter::{GrantedLog, KeyLetter},
    ops::{
        open_log::{NewLog, open_log},
        referral::terms::is_origin_blocked,
    },
    view::referrals::{carries, reply, shared_with, state_of},
};

/// What was done, and what is still to do.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Events written.
    pub written: u64,
    /// Why something has to wait.
    pub warnings: BTreeSet<&'static str>,
    /// When to look at this case again although nothing new has come, ms since 1970 UTC; 0 = at each sync.
    pub wake_ms: Option<u64>,
}

impl Outcome {
    fn wake(&mut self, at_ms: u64) {
        self.wake_ms = Some(self.wake_ms.map_or(at_ms, |known| known.min(at_ms)));
    }

    fn wait(&mut self, code: &'static str) {
        self.warnings.insert(code);
        self.wake(0);
    }
}

/// Under this name and the case's id stands when to look at a case again.
const WAKE: &str = "referral_wake:";

/// Remembers when to look at a case again.
pub(super) fn keep_wake(tx: &Tx<'_>, case: CaseId, wake_ms: Option<u64>) -> Result<(), ClientError> {
    let name = format!("{WAKE}{case}");
    let known = tx.meta(&name)?;
    match wake_ms.map(u64::to_be_bytes) {
        Some(at) if known.as_ref().is_none_or(|known| known.as_slice() != at) => tx.set_meta(&name, &at)?,
        None if known.is_some() => tx.delete_meta(&name)?,
        _ => {}
    }
    Ok(())
}

impl Client {
    /// Marks the cases that are to be looked at again by now, although nothing new has come.
    pub(super) fn wake_referrals(&mut self) -> Result<(), ClientError> {
        let now_ms = self.env.now_ms();
        self.write(|tx| {
            for (name, at) in tx.meta_named(WAKE)? {
                let due = <[u8; 8]>::try_from(at.as_slice()).is_ok_and(|at| u64::from_be_bytes(at) <= now_ms);
                if let (true, Ok(case)) = (due, name[WAKE.len()..].parse()) {
                    tx.mark_dirty(case)?;
                }
            }
            Ok(())
        })
    }
}

/// Everything that writing takes.
struct Desk<'a> {
    tx: &'a Tx<'a>,
    trust: &'a Trust,
    author: &'a Author<'a>,
    /// Nothing new is granted under a directory past its date.
    stale: bool,
}

/// What the migrant allows an organisation now.
struct Allowed {
    statement: Signed<Consent>,
    logs: BTreeSet<LogKind>,
}

/// Does what this side owes after what is in a case now.
pub(super) fn settle_referrals(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &mut Case,
    author: &Author<'_>,
    stale: bool,
) -> Result<Outcome, ClientError> {
    let mut outcome = Outcome::default();
    let desk = Desk { tx, trust, author, stale };
    match author.organisation {
        None => desk.repeat_withdrawals(case, &mut outcome)?,
        Some(organisation) if organisation == case.root.owner => desk.settle(case, &mut outcome)?,
        Some(_) => return Ok(outcome),
    }
    desk.acknowledge(case, &mut outcome)?;
    Ok(outcome)
}

impl Desk<'_> {
    /// Writes an event where that is possible: a log that takes it from nobody here must not keep others waiting.
    fn append(&self, case: &mut Case, log: LogId, body: Body) -> Result<Option<EventId>, ClientError> {
        match case.append(self.tx, self.trust, log, self.author, body) {
            Ok(id) => Ok(Some(id)),
            Err(
                ClientError::UpdateNeeded
                | ClientError::Forbidden
                | ClientError::NotAllowed
                | ClientError::Recused
                | ClientError::OrganisationNotReady,
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A withdrawal that did not know a log yet is repeated in it, so that no desk lets anybody in there with what was
    /// taken back.
    fn repeat_withdrawals(&self, case: &mut Case, outcome: &mut Outcome) -> Result<(), ClientError> {
        let withdrawals: Vec<ConsentWithdraw> = case
            .of_kind(LogKind::Core)
            .flat_map(CaseLog::applied)
            .filter_map(|event| match event.body() {
                Body::ConsentWithdraw(body) => Some(body.clone()),
                _ => None,
            })
            .collect();
        for withdrawal in withdrawals {
            let (organisation, named) = {
                let body = withdrawal.statement.body();
                (body.organisation, body.consent)
            };
            let unaware: Vec<LogId> = case
                .logs
                .iter()
                .filter(|log| log.log.kind != LogKind::Core && log.fold.members.contains(&organisation))
                .filter(|log| named.is_some_and(|named| carries(log, &named)))
                .filter(|log| {
                    let hash = withdrawal.statement.hash();
                    !log.applied().any(|event| {
                        matches!(event.body(), Body::ConsentWithdraw(body) if body.statement.hash() == hash)
                    })
                })
                .map(|log| log.log.log)
                .collect();
            for log in unaware {
                let written = self.append(case, log, Body::ConsentWithdraw(withdrawal.clone()))?;
                outcome.written += u64::from(written.is_some());
            }
        }
        Ok(())
    }

    fn settle(&self, case: &mut Case, outcome: &mut Outcome) -> Result<(), ClientError> {
        self.mark_expired(case, outcome)?;
        let owner = case.root.owner;
        let organisations: BTreeSet<OrganisationId> = consents(case)
            .map(|consent| consent.organisation)
            .filter(|organisation| *organisation != owner)
            .collect();
        for organisation in organisations {
            let allowed = self.allowed(case, organisation, outcome)?;
            if let Some(allowed) = &allowed {
                self.share(case, organisation, allowed, outcome)?;
            }
            self.take_out(case, organisation, allowed.as_ref(), outcome)?;
        }
        Ok(())
    }

    /// Writes down which dates have passed.
    fn mark_expired(&self, case: &mut Case, outcome: &mut Outcome) -> Result<(), ClientError> {
        let Some(core) = case.log(LogKind::Core).map(|log| log.log.log) else { return Ok(()) };
        let dated: Vec<(Hash, u64)> = consents(case)
            .filter(|consent| !consent.withdrawn && !consent.expired)
            .filter_map(|consent| Some((consent.consent, consent.until?)))
            .collect();
        for (consent, until) in dated {
            if until > self.author.now_ms {
                outcome.wake(until);
            } else if self.append(case, core, Body::ConsentExpired(ConsentExpired { consent }))?.is_some() {
                outcome.written += 1;
            }
        }
        Ok(())
    }

    /// What an organisation may read now; `None` if nothing, or nothing yet.
    fn allowed(
        &self,
        case: &Case,
        organisation: OrganisationId,
        outcome: &mut Outcome,
    ) -> Result<Option<Allowed>, ClientError> {
        let in_force: Vec<&ConsentView> = consents(case)
            .filter(|consent| consent.organisation == organisation && consent.in_force())
            .filter(|consent| consent.until.is_none_or(|until| until > self.author.now_ms))
            .collect();
        let Some(consent) = in_force.last() else { return Ok(None) };
        let Some(statement) = statement(case, &consent.consent) else { return Ok(None) };
        let state = state_of(case, organisation);
        let shared = matches!(
            state,
            Some(
                ReferralState::Consented
                    | ReferralState::Sent
                    | ReferralState::Accepted
                    | ReferralState::Done
            )
        );
        if !shared {
            return Ok(None);
        }
        let Some(core) = case.log(LogKind::Core).and_then(|log| log.fold.core.as_ref()) else {
            return Ok(None);
        };
        match is_origin_blocked(self.trust, core, organisation) {
            Ok(false) => {}
            Ok(true) => {
                if state == Some(ReferralState::Consented) {
                    outcome.wait("origin_blocked");
                }
                return Ok(None);
            }
            // Not listed, or not any more: nothing new for it.
            Err(ClientError::NotFound) => outcome.wait("organisation_not_ready"),
            Err(error) => return Err(error),
        }
        Ok(Some(Allowed { statement, logs: consent.logs.iter().copied().collect() }))
    }

    /// Opens the shared log, keeps it up to date, lets the organisation into it and into each log that she consented
    /// to, and sends it the keys.
    fn share(
        &self,
        case: &mut Case,
        organisation: OrganisationId,
        allowed: &Allowed,
        outcome: &mut Outcome,
    ) -> Result<(), ClientError> {
        let shared: Vec<LogId> =
            shared_with(case, organisation).filter(|log| log.is_shared()).map(|log| log.log.log).collect();
        for log in shared {
            outcome.written += self.mirror(case, log)?;
        }
        if state_of(case, organisation) == Some(ReferralState::Done)
            || self.complete(case, organisation, allowed)
        {
            return Ok(());
        }
        let listed = self
            .trust
            .directory()
            .is_some_and(|directory| directory.organisations.iter().any(|known| known.id == organisation));
        if !listed || self.trust.roster(organisation).is_none() {
            outcome.wait("organisation_not_ready");
            return Ok(());
        }
        if self.stale {
            outcome.wait("directory_expired");
            return Ok(());
        }
        let log = match usable(case, organisation) {
            Some(log) => log,
            None => {
                let new = NewLog::referral(organisation);
                let log = open_log(self.tx, self.trust, case, self.author, new, self.author.random)?.log;
                outcome.written += 2 + self.mirror(case, log)?;
                log
            }
        };
        let mut letters: BTreeMap<Clearance, Vec<LogId>> = BTreeMap::new();
        for log in self.missing(case, organisation, allowed, Some(log)) {
            let known = case.by_id(log)?;
            let (kind, member) = (known.log.kind, known.fold.members.contains(&organisation));
            let Some(generation) = self
                .trust
                .roster(organisation)
                .map(|roster| roster.body().clearance.get(kind.clearance()).generation)
            else {
                continue;
            };
            let statement = Some(allowed.statement.clone());
            let add = MemberAdd { organisation, statement, generation: Some(generation) };
            if self.append(case, log, Body::MemberAdd(add))?.is_none() {
                continue;
            }
            outcome.written += 1;
            if !member {
                letters.entry(kind.clearance()).or_default().push(log);
            }
        }
        for (clearance, logs) in letters {
            self.send_letter(case, organisation, clearance, &logs, &allowed.statement)?;
            outcome.written += 1;
        }
        Ok(())
    }

    /// Whether the organisation is in every log that it may read and that this desk can read.
    fn complete(&self, case: &Case, organisation: OrganisationId, allowed: &Allowed) -> bool {
        usable(case, organisation)
            .is_some_and(|log| self.missing(case, organisation, allowed, Some(log)).is_empty())
    }

    /// Logs that it may read and is not in yet, the shared one first.
    fn missing(
        &self,
        case: &Case,
        organisation: OrganisationId,
        allowed: &Allowed,
        shared: Option<LogId>,
    ) -> Vec<LogId> {
        let consent = allowed.statement.hash();
        let lacks = |log: &&CaseLog| {
            if log.log.kind == LogKind::Referral {
                shared == Some(log.log.log) && !carries(log, &consent)
            } else {
                allowed.logs.contains(&log.log.kind) && !log.fold.members.contains(&organisation)
            }
        };
        let mut logs: Vec<&CaseLog> =
            case.logs.iter().filter(|log| !log.fold.update_needed).filter(lacks).collect();
        logs.sort_by_key(|log| (log.log.kind != LogKind::Referral, log.log));
        logs.into_iter().map(|log| log.log.log).collect()
    }

    /// One letter for one clearance: every key that this desk has of these logs, and why the other may have them.
    fn send_letter(
        &self,
        case: &Case,
        organisation: OrganisationId,
        clearance: Clearance,
        logs: &[LogId],
        statement: &Signed<Consent>,
    ) -> Result<(), ClientError> {
        let roster = self.trust.roster(organisation).ok_or(ClientError::OrganisationNotReady)?;
        let to = KemPublic::from_slice(roster.body().clearance.get(clearance).key.as_bytes())
            .map_err(|_| ClientError::Internal("clearance key"))?;
        let mut granted = Vec::new();
        for log in logs {
            let stored = self.tx.log(*log)?.ok_or(ClientError::Internal("log"))?;
            granted.push(GrantedLog::of(self.tx, &stored)?);
        }
        let opening = case.log(LogKind::Core).and_then(|core| core.fold.genesis.opening.as_ref());
        let kem = opening.map(|opening| opening.kem.as_slice()).unwrap_or_default();
        let letter = KeyLetter::referral(&case.stored, kem, granted, statement).to_bytes()?;
        let intake = organisation.intake();
        let envelope = envelope::seal_letter(&to, intake, &letter, self.author.random)
            .map_err(|_| ClientError::Internal("letter"))?;
        let (blob, of) = (BlobId::of(&envelope), Some(case.stored.case));
        self.tx.add_letter(&Letter { blob, mailbox: intake, case: of, envelope })?;
        Ok(self.tx.enqueue(ItemKind::Letter, of, blob.as_bytes())?)
    }

    /// Repeats in a shared log what `core` says and the other organisation may know: kind and codes, language, floors,
    /// safe contact, whether the country of origin may be told, whether a return was found safe.
    fn mirror(&self, case: &mut Case, log: LogId) -> Result<u64, ClientError> {
        let Some(core) = case.log(LogKind::Core).and_then(|log| log.fold.core.clone()) else { return Ok(0) };
        let Some(there) = case.by_id(log)?.fold.core.clone() else { return Ok(0) };
        let mut bodies = Vec::new();
        let codes = CodesSet {
            kind: core.kind.filter(|_| core.kind != there.kind),
            grievances: (core.grievances != there.grievances).then_some(core.grievances),
            situations: (core.situations != there.situations).then_some(core.situations),
            indicators: None,
        };
        if codes != CodesSet::default() {
            bodies.push(Body::CodesSet(codes));
        }
        if core.facts.language.is_some() && core.facts.language != there.facts.language {
            bodies.push(Body::FactsSet(Facts { language: core.facts.language, ..Facts::default() }));
        }
        bodies.extend(
            core.floors.into_iter().filter(|floor| !there.floors.contains(floor)).map(Body::PriorityFloor),
        );
        if let Some(plan) = core.safe_contact
            && there.safe_contact.as_ref() != Some(&plan)
        {
            bodies.push(Body::SafeContactSet(SafeContactSet { plan }));
        }
        if core.origin_contact_allowed != there.origin_contact_allowed {
            let allowed = core.origin_contact_allowed;
            bodies.push(Body::OriginContactSet(OriginContactSet { allowed }));
        }
        // Closings apart from openings, which take a supervisor's desk.
        for said in [false, true] {
            let (ours, theirs) = (core.safeguards, there.safeguards);
            let changed = |ours: bool, theirs: bool| (ours != theirs && ours == said).then_some(ours);
            let set = SafeguardSet {
                return_is_safe: changed(ours.return_is_safe, theirs.return_is_safe),
                best_interests_decided: changed(ours.best_interests_decided, theirs.best_interests_decided),
                deceased: changed(ours.deceased, theirs.deceased),
            };
            if set != SafeguardSet::default() {
                bodies.push(Body::SafeguardSet(set));
            }
        }
        let mut written = 0;
        for body in bodies {
            written += u64::from(self.append(case, log, body)?.is_some());
        }
        Ok(written)
    }

    /// Tells another organisation, in the log shared with it, what this side holds of what it wrote. Only logs that it
    /// reads are named there.
    fn acknowledge(&self, case: &mut Case, outcome: &mut Outcome) -> Result<(), ClientError> {
        let side = self.author.organisation;
        let mut due = Vec::new();
        for shared in case.of_kind(LogKind::Referral).filter(|log| log.is_shared()) {
            let Some(organisation) = shared.fold.genesis.with else { continue };
            let declared = shared.fold.core.as_ref().and_then(|core| core.receipts.get(&side));
            let declared = declared.map(Vec::as_slice).unwrap_or_default();
            let readable: Vec<&CaseLog> = case
                .logs
                .iter()
                .filter(|log| log.log.kind != LogKind::Work && log.fold.members.contains(&organisation))
                .collect();
            let unsaid = readable.iter().any(|log| {
                let covered = log.covered(declared);
                log.applied().any(|event| {
                    log.organisation(&event.id()) == Some(organisation)
                        && !event.event().kind.is_bookkeeping()
                        && !covered.contains(&event.id())
                })
            });
            if unsaid {
                let mut heads: Vec<LogHeads> = readable
                    .iter()
                    .map(|log| LogHeads { log: log.log.log, heads: log.fold.heads.clone() })
                    .collect();
                heads.sort_by_key(|entry| entry.log);
                due.push((shared.log.log, Receipt { heads }));
            }
        }
        for (log, receipt) in due {
            outcome.written += u64::from(self.append(case, log, Body::Receipt(receipt))?.is_some());
        }
        Ok(())
    }

    /// Takes an organisation out of the logs that it may read no more: the date has passed, it said no, the owner took
    /// the referral back, or a later consent is narrower. Only where every consent that let it in is known here, lest
    /// a desk that is behind undoes what another one did.
    fn take_out(
        &self,
        case: &mut Case,
        organisation: OrganisationId,
        allowed: Option<&Allowed>,
        outcome: &mut Outcome,
    ) -> Result<(), ClientError> {
        let mut over = Vec::new();
        for log in case.logs.iter().filter(|log| log.fold.members.contains(&organisation)) {
            let entitled = allowed.is_some_and(|allowed| {
                log.log.kind == LogKind::Referral || allowed.logs.contains(&log.log.kind)
            });
            let known = log.applied().all(|event| match event.body() {
                Body::MemberAdd(add) if add.organisation == organisation => {
                    add.statement.as_ref().is_some_and(|added| statement(case, &added.hash()).is_some())
                }
                _ => true,
            });
            if !entitled && known {
                over.push(log.log.log);
            }
        }
        for log in over {
            let body = Body::MemberRemove(MemberRemove { organisation });
            outcome.written += u64::from(self.append(case, log, body)?.is_some());
        }
        Ok(())
    }
}

/// The consents that stand in `core`.
fn consents(case: &Case) -> impl Iterator<Item = &ConsentView> {
    let core = case.log(LogKind::Core).and_then(|log| log.fold.core.as_ref());
    core.into_iter().flat_map(|core| &core.consents)
}

/// A consent of hers as it stands in `core`.
fn statement(case: &Case, consent: &Hash) -> Option<Signed<Consent>> {
    case.of_kind(LogKind::Core).flat_map(CaseLog::applied).find_map(|event| match event.body() {
        Body::ConsentGrant(grant) if grant.statement.hash() == *consent => Some(grant.statement.clone()),
        _ => None,
    })
}

/// The log to share with an organisation: one that has not ended. What ended once is over; a new consent opens another.
fn usable(case: &Case, organisation: OrganisationId) -> Option<LogId> {
    shared_with(case, organisation)
        .find(|log| {
            let open = matches!(reply(log, organisation), None | Some(Reply::Accepted));
            let fresh = !log.applied().any(|event| {
                matches!(event.body(), Body::MemberAdd(_) | Body::MemberRemove(_) | Body::ConsentWithdraw(_))
            });
            open && (fresh || log.is_shared())
        })
        .map(|log| log.log.log)
}
