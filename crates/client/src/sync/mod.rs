//! Sync: everything this device and the relay owe each other, until nothing is left to do.
//!
//! One run: trust (directory, rosters) → admission (desks) → push → pull → consequences (receipts) → push …
//! Planning is pure ([`plan`]); the executor carries plans out and writes down what was proven. An item that fails
//! never holds up the others, and nothing leaves the outbox before its proof is in the vault.

mod access;
pub(crate) mod api;
mod consequences;
mod directory;
mod ingest;
mod mailboxes;
mod observer;
mod parallel;
mod places;
mod plan;
mod pull;
mod push;
mod referrals;
mod reoffer;
mod seal;
mod trust;

pub(crate) use consequences::{expected_due, project, row};
pub(crate) use ingest::wrap_context;
pub(crate) use push::{canonical_bytes, first_grants, mailbox_owners, owner_of, set_filing_letter};
use std::sync::Arc;

use amana_domain::ids::{CaseId, LogId};
use api::Api;
pub use observer::{Observer, Progress, Stage};
use observer::{Unwatched, Watch};
use serde::Serialize;

use crate::{Client, ClientError, client::meta};

/// Difference between the clocks from which on the user is told, ms.
const SKEW_WARNING_MS: u64 = 120_000;
/// Most rounds of one run: each ends with everything pushed and pulled; only a flood keeps a run longer.
const MAX_ROUNDS: usize = 64;

/// Something the user should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// Stable code.
    pub code: &'static str,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The log it is about.
    pub log: Option<LogId>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events and letters that the relay has acknowledged.
    pub pushed: u64,
    /// Events that were taken in.
    pub pulled: u64,
    /// What the user should know, each once.
    pub warnings: Vec<Warning>,
}

impl Report {
    pub(crate) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(crate) fn warn_code(&mut self, code: &'static str) {
        self.warn(Warning { code, case: None, log: None });
    }
}

impl Client {
    /// Pushes and pulls until nothing is left to do. Whatever was done before an error stays done.
    pub async fn sync(&mut self) -> Result<Report, ClientError> {
        let mut report = Report::default();
        self.sync_watched(&mut report, &Unwatched).await?;
        Ok(report)
    }

    /// The same, told to an observer as it goes. `report` has what was done also if this fails or is dropped on the
    /// way, which loses nothing: the next run goes on from there, and may be given the same report.
    pub async fn sync_watched(
        &mut self,
        report: &mut Report,
        observer: &dyn Observer,
    ) -> Result<(), ClientError> {
        let transport = Arc::clone(&self.transport);
        let env = self.env.clone();
        let watch = Watch::new(observer, report);
        let mut api = Api::new(transport.as_ref(), self.url.clone(), &env, 0).watched(watch);
        let result = self.run(&mut api, report).await;
        if api.skew_ms.unsigned_abs() > SKEW_WARNING_MS {
            report.warn_code("clock_skew");
        }
        let skew = api.skew_ms.to_be_bytes();
        self.write(|tx| Ok(tx.set_meta(meta::SKEW, &skew)?))?;
        let result = result.and_then(|()| self.warn_refusals(report));
        api.tell(report);
        result
    }

    async fn run(&mut self, api: &mut Api<'_>, report: &mut Report) -> Result<(), ClientError> {
        api.stage(Stage::Relay, report);
        let info = self.sync_trust(api, report).await?;
        api.stage(Stage::Team, report);
        if !self.sync_admission(api, report).await? {
            return Ok(());
        }
        self.note_generation(api, &info.generation, report)?;
        if self.desk().is_some() {
            self.try_new_keys()?;
            self.rekey_urgent()?;
        }
        self.open_waiting_persons()?;
        self.wake_referrals()?;
        api.stage(Stage::Cases, report);
        for _ in 0..MAX_ROUNDS {
            let pushed = self.push(api, &info, report).await?;
            let pulled = self.pull(api, report).await?;
            let written = self.consequences(report)?;
            if pushed + pulled + written == 0 {
                break;
            }
        }
        self.warn_silence(report)?;
        for case in std::mem::take(&mut self.disbelieved) {
            report.warn(Warning { code: "grant_without_consent", case: Some(case), log: None });
        }
        Ok(())
    }
}
