//! A case in memory: its logs, folded, and how to write to them.

use std::collections::{BTreeMap, BTreeSet};

use amana_crypto::{Random, SigningKey, StrictVerifier};
use amana_domain::{
    event::{AuthenticEvent, Body, CaseRoot, Draft, LogHeads, LogRef, RosterRef},
    fold::{self, CoreState, LogFold, Party, Reason, Verdict},
    ids::{CaseId, EpochId, EventId, LogId, OrganisationId},
    role::LogKind,
};
use amana_vault::{
    Tx,
    store::{ItemKind, StoredCase},
};

use crate::{
    ClientError, Trust,
    client::stored_case,
    keys::{self, Choice},
};

/// One log with everything in it.
pub(crate) struct CaseLog {
    pub log: LogRef,
    pub events: BTreeMap<EventId, AuthenticEvent>,
    /// Events that the relay provably has.
    pub at_relay: BTreeSet<EventId>,
    pub fold: LogFold,
    /// The relay lets this side read it no more.
    pub left: bool,
}

/// A case with those of its logs that this device can read.
pub(crate) struct Case {
    pub stored: StoredCase,
    pub root: CaseRoot,
    pub logs: Vec<CaseLog>,
}

/// Who writes.
pub(crate) struct Author<'a> {
    pub key: &'a SigningKey,
    /// The author's organisation; none for the migrant.
    pub organisation: Option<OrganisationId>,
    pub roster: RosterRef,
    pub now_ms: u64,
    pub random: &'a dyn Random,
}

impl CaseLog {
    /// A log of which nothing is at the relay yet.
    pub fn folded(
        log: LogRef,
        events: BTreeMap<EventId, AuthenticEvent>,
        trust: &Trust,
    ) -> Result<Self, ClientError> {
        let fold =
            fold::fold(log.log, events.values(), trust.book()).map_err(|_| ClientError::Internal("fold"))?;
        Ok(Self { log, events, at_relay: BTreeSet::new(), fold, left: false })
    }

    /// Events that count, in fold order.
    pub fn applied(&self) -> impl Iterator<Item = &AuthenticEvent> {
        self.fold.order.iter().filter(|id| self.fold.applied(id)).filter_map(|id| self.events.get(id))
    }

    /// In what capacity an event was written.
    pub fn party(&self, id: &EventId) -> Option<Party> {
        self.fold.parties.get(id).map(|(_, party)| *party)
    }

    /// For which organisation an event was written.
    pub fn organisation(&self, id: &EventId) -> Option<OrganisationId> {
        self.fold.parties.get(id).and_then(|(organisation, _)| *organisation)
    }

    /// Whether it is the log that the owner and another organisation share now.
    pub fn is_shared(&self) -> bool {
        let with = self.fold.genesis.with.filter(|_| self.log.kind == LogKind::Referral);
        !self.left && with.is_some_and(|with| self.fold.members.contains(&with))
    }

    /// Everything that an event has in its past, itself included.
    pub fn past(&self, id: &EventId) -> BTreeSet<EventId> {
        self.covered(&[LogHeads { log: self.log.log, heads: vec![*id] }])
    }

    /// Everything that these heads cover.
    pub fn covered(&self, heads: &[LogHeads]) -> BTreeSet<EventId> {
        fold::covered(self.log.log, self.events.values(), heads)
    }
}

impl Case {
    /// Loads and folds a case.
    pub fn load(tx: &Tx<'_>, trust: &Trust, case: CaseId) -> Result<Self, ClientError> {
        let stored = stored_case(tx, case)?;
        let root = CaseRoot::from_bytes(&stored.root).map_err(|_| ClientError::Internal("case root"))?;
        let mut logs = Vec::new();
        for log in tx.logs_of(case)? {
            let mut events = BTreeMap::new();
            let mut at_relay = BTreeSet::new();
            for row in tx.events(log.log.log)? {
                let event = AuthenticEvent::read_stored(&row.content, &StrictVerifier)
                    .map_err(|_| ClientError::Internal("stored event"))?;
                if row.at_relay {
                    at_relay.insert(row.id);
                }
                events.insert(row.id, event);
            }
            // Without its first event a log is still on its way.
            if let Ok(fold) = fold::fold(log.log.log, events.values(), trust.book())
                && fold.root == root
            {
                let left = tx.mailbox(log.log.mailbox)?.is_some_and(|mailbox| mailbox.gone);
                logs.push(CaseLog { log: log.log, events, at_relay, fold, left });
            }
        }
        Ok(Self { stored, root, logs })
    }

    /// The logs of one kind; the one to write to first (the least id).
    pub fn of_kind(&self, kind: LogKind) -> impl Iterator<Item = &CaseLog> {
        self.logs.iter().filter(move |log| log.log.kind == kind)
    }

    /// The log of a kind that writers use.
    pub fn log(&self, kind: LogKind) -> Option<&CaseLog> {
        self.of_kind(kind).next()
    }

    /// `core`, or where that is not read the referral log that plays its part: the one that is shared now, else the last
    /// one there was.
    pub fn main(&self) -> Option<&CaseLog> {
        let core = || self.of_kind(LogKind::Core);
        let referrals = || self.of_kind(LogKind::Referral);
        core()
            .find(|log| !log.left)
            .or_else(|| referrals().find(|log| log.is_shared()))
            .or_else(|| core().next())
            .or_else(|| referrals().last())
    }

    /// The state of [`Self::main`].
    pub fn core(&self) -> Option<&CoreState> {
        self.main().and_then(|log| log.fold.core.as_ref())
    }

    /// Heads of every log but work logs, ascending: what this device holds.
    pub fn heads(&self) -> Vec<LogHeads> {
        let mut heads: Vec<LogHeads> = self
            .logs
            .iter()
            .filter(|log| log.log.kind != LogKind::Work)
            .map(|log| LogHeads { log: log.log.log, heads: log.fold.heads.clone() })
            .collect();
        heads.sort_by_key(|entry| entry.log);
        heads
    }

    /// One of the logs.
    pub fn by_id(&self, log: LogId) -> Result<&CaseLog, ClientError> {
        self.logs.iter().find(|known| known.log.log == log).ok_or(ClientError::NotFound)
    }

    /// Writes one event to a log and puts it in the outbox, under a key that nobody holds who is no longer entitled to
    /// it: a new one is made first where that is due. Refused here is refused everywhere: nothing is written that the
    /// fold would not count.
    pub fn append(
        &mut self,
        tx: &Tx<'_>,
        trust: &Trust,
        log: LogId,
        author: &Author<'_>,
        body: Body,
    ) -> Result<EventId, ClientError> {
        let known = self.by_id(log)?;
        if known.fold.update_needed {
            return Err(ClientError::UpdateNeeded);
        }
        let content = !body.kind().is_bookkeeping();
        let epoch = match keys::choose(tx, trust, self, known, author, content)? {
            Choice::Use(epoch) => epoch,
            Choice::Rotate => Some(keys::rotate(tx, trust, self, log, author)?),
        };
        self.append_under(tx, trust, log, author, epoch, body)
    }

    /// Writes one event to a log under the key of an epoch.
    pub fn append_under(
        &mut self,
        tx: &Tx<'_>,
        trust: &Trust,
        log: LogId,
        author: &Author<'_>,
        epoch: Option<EpochId>,
        body: Body,
    ) -> Result<EventId, ClientError> {
        let case = self.stored.case;
        let known = self.logs.iter_mut().find(|known| known.log.log == log).ok_or(ClientError::NotFound)?;
        let key = author.key.verify_key();
        let last = known
            .events
            .values()
            .map(AuthenticEvent::event)
            .filter(|event| event.author == key)
            .max_by_key(|event| event.seq);
        let draft = Draft {
            deployment: trust.deployment(),
            case,
            log: Some(log),
            epoch,
            author: key,
            seq: last.map_or(0, |event| event.seq + 1),
            prev: last.map(|event| event.id()),
            heads: known.fold.heads_to_name(),
            roster: author.roster,
            claimed_ms: author.now_ms,
            body,
        };
        let event =
            draft.sign(|message| author.key.sign(message)).map_err(|_| ClientError::Internal("event"))?;
        let id = event.id();
        known.events.insert(id, event.clone());
        let folded = fold::fold(log, known.events.values(), trust.book())
            .map_err(|_| ClientError::Internal("fold"))?;
        let refusal = match folded.verdicts.get(&id) {
            Some(Verdict::Applied) => None,
            Some(Verdict::Refused(Reason::NotAllowed)) => Some(ClientError::NotAllowed),
            Some(Verdict::Refused(_)) => Some(ClientError::Forbidden),
            _ => Some(ClientError::OrganisationNotReady),
        };
        if let Some(refusal) = refusal {
            known.events.remove(&id);
            return Err(refusal);
        }
        known.fold = folded;
        tx.add_event(id, log, &event.to_content(), false)?;
        tx.enqueue(ItemKind::Event, Some(case), id.as_bytes())?;
        tx.mark_dirty(case)?;
        Ok(id)
    }

    /// Keeps the fold's verdicts where `verify` can compare them.
    pub fn keep_verdicts(&self, tx: &Tx<'_>) -> Result<(), ClientError> {
        for log in &self.logs {
            let kept: BTreeMap<EventId, String> = tx.verdicts(log.log.log)?.into_iter().collect();
            for (id, verdict) in &log.fold.verdicts {
                let name = verdict_name(*verdict);
                if kept.get(id).is_none_or(|kept| kept != name) {
                    tx.set_verdict(*id, name)?;
                }
            }
        }
        Ok(())
    }
}

/// The name under which a verdict is kept.
pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Applied => "applied",
        Verdict::Unknown => "unknown",
        Verdict::Pending => "pending",
        Verdict::Refused(reason) => reason.code(),
    }
}
