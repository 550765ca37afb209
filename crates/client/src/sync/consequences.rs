//! What follows from new events: receipts, projections.

use std::collections::BTreeSet;

use amana_domain::{
    event::{Body, Receipt},
    fold::Party,
    ids::{CaseId, EventId, LogId},
    role::LogKind,
};
use amana_vault::{
    Tx,
    store::{CaseRow, DueRow},
};

use super::{
    Report, Warning,
    access::correct_lists,
    referrals::{Outcome, keep_wake, settle_referrals},
};
use crate::{
    Client, ClientError, Env, Identity, Trust,
    case::{Author, Case, CaseLog},
    keys,
    ops::due_rows,
    view::{CaseView, Viewer, index, view},
};

/// Cases of one transaction.
const BATCH: usize = 256;

/// Who settles cases.
struct Settler<'a> {
    identity: &'a Identity,
    trust: &'a Trust,
    viewer: Viewer,
    env: &'a Env,
    /// Whether the directory is too old to give anything to others.
    stale: bool,
}

/// What came of a case.
struct Settled {
    case: CaseId,
    /// Receipts, epochs and lists that were written.
    written: u64,
    view: Option<CaseView>,
    gaps: Vec<LogId>,
    /// What a referral waits for.
    waiting: BTreeSet<&'static str>,
}

impl Client {
    /// Writes receipts and projections of every case that changed; returns how many receipts.
    pub(super) fn consequences(&mut self, report: &mut Report) -> Result<u64, ClientError> {
        let mut written = 0;
        for cases in self.read(|tx| Ok(tx.dirty()?))?.chunks(BATCH) {
            let settled = match self.settle(cases) {
                // What is wrong with one case must not undo what was done for the others.
                Err(error) if !matches!(error, ClientError::Vault(_)) && cases.len() > 1 => {
                    let mut settled = Vec::new();
                    for case in cases {
                        settled.extend(self.settle(std::slice::from_ref(case))?);
                    }
                    settled
                }
                settled => settled?,
            };
            for Settled { case, written: events, view, gaps, waiting } in settled {
                written += events;
                for code in waiting {
                    report.warn(Warning { code, case: Some(case), log: None });
                }
                for log in gaps {
                    report.warn(Warning { code: "relay_gap", case: Some(case), log: Some(log) });
                }
                if view.as_ref().is_some_and(|view| view.update_needed) {
                    report.warn(Warning { code: "update_needed", case: Some(case), log: None });
                }
                if view.as_ref().is_some_and(|view| !view.refused.is_empty()) {
                    report.warn(Warning { code: "event_refused", case: Some(case), log: None });
                }
            }
        }
        Ok(written + self.break_rings()?)
    }

    /// Brings the rows of changed cases up to date before everything of them is here. They stay due.
    pub(super) fn project_changed(&mut self) -> Result<(), ClientError> {
        let viewer = self.viewer();
        let trust = &self.trust;
        for cases in self.vault.read(|tx| tx.dirty())?.chunks(BATCH) {
            self.vault.write(|tx| {
                cases
                    .iter()
                    .try_for_each(|case| project(tx, &Case::load(tx, trust, *case)?, viewer).map(drop))
            })?;
        }
        Ok(())
    }

    /// Settles cases in one transaction.
    fn settle(&mut self, cases: &[CaseId]) -> Result<Vec<Settled>, ClientError> {
        let (viewer, stale) = (self.viewer(), self.directory_is_stale()?);
        let settler = Settler { identity: &self.identity, trust: &self.trust, viewer, env: &self.env, stale };
        self.vault.write(|tx| {
            let mut settled = Vec::with_capacity(cases.len());
            for case in cases {
                settled.extend(settler.settle(tx, *case)?);
            }
            Ok(settled)
        })
    }

    /// From where this device looks at cases.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer(self.desk().map(|desk| desk.organisation))
    }

    /// When the oldest event of a case was sent that nobody has declared to hold, by its author's clock.
    pub(super) fn unanswered_since(&mut self, id: CaseId) -> Result<Option<u64>, ClientError> {
        let trust = &self.trust;
        self.vault.write(|tx| {
            let case = Case::load(tx, trust, id)?;
            let Some(core) = case.core() else { return Ok::<_, ClientError>(None) };
            let held = core.receipts.get(&Some(case.root.owner)).map(Vec::as_slice).unwrap_or_default();
            Ok(case
                .logs
                .iter()
                .flat_map(|log| {
                    let covered = log.covered(held);
                    log.applied()
                        .filter(|event| !event.event().kind.is_bookkeeping())
                        .filter(|event| log.at_relay.contains(&event.id()) && !covered.contains(&event.id()))
                        .map(|event| event.event().claimed_ms)
                        .collect::<Vec<_>>()
                })
                .min())
        })
    }
}

impl Settler<'_> {
    fn settle(&self, tx: &Tx<'_>, id: CaseId) -> Result<Option<Settled>, ClientError> {
        let Self { identity, trust, viewer, env, stale } = *self;
        let Some(stored) = tx.case(id)? else { return Ok(None) };
        let key = identity.own_key(&stored)?;
        let owner = super::push::owner_of(&stored)?;
        let roster = identity.roster_ref(trust, owner);
        let device = match identity {
            Identity::Desk(desk) => Some(desk.device()),
            Identity::Phone => None,
        };
        let now_ms = env.now_ms();
        let random = env.random.as_ref();
        let mut case = Case::load(tx, trust, id)?;
        let gaps: Vec<LogId> = case.logs.iter().filter(|log| has_gap(log)).map(|log| log.log.log).collect();
        let mut written = 0;
        let aside = device.is_some_and(|device| keys::readers::recused(&case).contains(&device));
        let author = Author { key: &key, organisation: viewer.0, roster, now_ms, random };
        if let Some(receipt) = receipt_due(&case, viewer).filter(|_| !aside)
            && let Some(log) = case.main().map(|log| log.log.log)
        {
            match case.append(tx, trust, log, &author, Body::Receipt(receipt)) {
                Ok(_) => written = 1,
                // A read-only or not yet readable log takes no receipt; everything else goes on.
                Err(
                    ClientError::UpdateNeeded | ClientError::Forbidden | ClientError::OrganisationNotReady,
                ) => {}
                Err(error) => return Err(error),
            }
        }
        let referrals =
            if aside { Outcome::default() } else { settle_referrals(tx, trust, &mut case, &author, stale)? };
        written += referrals.written;
        keep_wake(tx, id, referrals.wake_ms)?;
        // What a withdrawal ends, the phone locks at once; desks do with the next thing they write. Where somebody stands
        // aside keys go to desks one by one, and whoever notices that one is left out gives her hers.
        let locks = match viewer.0 {
            None => case.logs.iter().any(|log| !log.fold.removals.is_empty()),
            Some(organisation) => !aside && organisation == owner && keys::readers::has_recusal(&case, owner),
        };
        if locks {
            written += keys::rekey_case(tx, trust, &mut case, &author)?;
        }
        written += correct_lists(tx, &case, viewer)?;
        let view = project(tx, &case, viewer)?;
        tx.clear_dirty(id)?;
        Ok(Some(Settled { case: id, written, view, gaps, waiting: referrals.warnings }))
    }
}

/// Whether an event builds on one that is not here: somebody has it, and the relay did not hand it out.
fn has_gap(log: &CaseLog) -> bool {
    log.events.values().any(|event| {
        let event = event.event();
        event.prev.iter().chain(&event.heads).any(|past| !log.events.contains_key(past))
    })
}

/// A receipt is due when something that others wrote is not covered by what this side has declared already.
/// Receipts themselves need none.
fn receipt_due(case: &Case, viewer: Viewer) -> Option<Receipt> {
    let core = case.core()?;
    let declared = core.receipts.get(&viewer.0).map(Vec::as_slice).unwrap_or_default();
    let due = case.logs.iter().filter(|log| log.log.kind != LogKind::Work).any(|log| {
        let covered: BTreeSet<EventId> = log.covered(declared);
        log.applied().any(|event| {
            let id = event.id();
            let own = match log.party(&id) {
                Some(Party::Migrant) => viewer.0.is_none(),
                Some(_) => log.organisation(&id) == viewer.0,
                None => true,
            };
            !own && !event.event().kind.is_bookkeeping() && !covered.contains(&id)
        })
    });
    due.then(|| Receipt { heads: case.heads() })
}

/// Writes a case's verdicts and row.
pub(crate) fn project(tx: &Tx<'_>, case: &Case, viewer: Viewer) -> Result<Option<CaseView>, ClientError> {
    case.keep_verdicts(tx)?;
    let Some(view) = view(case, viewer) else {
        tx.delete_search(case.stored.case)?;
        return Ok(None);
    };
    tx.put_case_row(&row(&view)?)?;
    tx.set_merge(view.case, view.merged_into, view.unread)?;
    tx.set_due(view.case, &expected_due(&view, viewer))?;
    index(tx, &view)?;
    Ok(Some(view))
}

/// What falls due in a case, as the vault keeps it. Times are the team's affair, not the migrant's.
pub(crate) fn expected_due(view: &CaseView, viewer: Viewer) -> Vec<DueRow> {
    if viewer.0.is_some() { due_rows(view) } else { Vec::new() }
}

/// The row that lists read.
pub(crate) fn row(view: &CaseView) -> Result<CaseRow, ClientError> {
    Ok(CaseRow {
        case: view.case,
        open: view.in_queue(),
        priority: view.priority as u8,
        due_ms: view.clock_due_ms.unwrap_or(i64::MAX),
        number: view.number.clone(),
        summary: serde_json::to_vec(view).map_err(|_| ClientError::Internal("summary"))?,
    })
}
