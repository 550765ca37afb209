//! Reads feeds and checks them against what was seen before.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use amana_domain::{
    canonical,
    ids::{Hash, MailboxId},
};
use amana_protocol::{
    Principal,
    mailbox::feed_start,
    wire::{FeedAnswer, FeedChange},
};
use amana_vault::store::{Mailbox, StoredCase};

use super::{Report, Warning, api::Api, push::fresh_mailbox};
use crate::{Client, ClientError};

/// Most rows of one feed request.
const FEED_LIMIT: u32 = 4096;

impl Client {
    /// Takes in everything new; returns how many events.
    pub(super) async fn pull(&mut self, api: &mut Api<'_>, report: &mut Report) -> Result<u64, ClientError> {
        let before = report.pulled;
        let cases: Vec<Option<StoredCase>> = if self.desk().is_some() {
            vec![None]
        } else {
            self.write(|tx| Ok(tx.cases()?))?.into_iter().map(Some).collect()
        };
        let nothing_filed = self.read(|tx| Ok(tx.mailboxes()?.is_empty()))?;
        for case in &cases {
            // A case that was never filed has no feed yet.
            if let Some(case) = case
                && (nothing_filed || self.read(|tx| Ok(tx.letters_of(case.case)?.is_empty()))?)
            {
                continue;
            }
            match self.pull_feed(api, case.as_ref(), report).await {
                // One case's feed that makes no sense must not keep the others from being read.
                Err(ClientError::RelayAnswer | ClientError::Relay(_)) if case.is_some() => {
                    let case = case.as_ref().map(|case| case.case);
                    report.warn(Warning { code: "relay_gap", case, log: None });
                }
                done => done?,
            }
        }
        self.pull_mailboxes(api, report).await?;
        Ok(report.pulled - before)
    }

    fn feed_principal(&self, case: Option<&StoredCase>) -> Result<Principal, ClientError> {
        match (case, self.desk()) {
            (Some(case), _) => self.principal(case),
            (None, Some(desk)) => Ok(Principal::Organisation(desk.organisation)),
            (None, None) => Err(ClientError::Internal("feed")),
        }
    }

    async fn pull_feed(
        &mut self,
        api: &mut Api<'_>,
        case: Option<&StoredCase>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let key = self.request_key(case)?;
        let principal = self.feed_principal(case)?;
        let name = principal.to_bytes();
        let mut doubtful = BTreeSet::new();
        loop {
            let known = self.write(|tx| Ok(tx.feed(&name)?))?;
            let (cursor, chain) = known.map_or_else(
                || (0, feed_start(&principal)),
                |(cursor, chain)| (cursor, Hash::from_bytes(chain)),
            );
            let body = api.read(&format!("/v1/feed?after={cursor}&limit={FEED_LIMIT}"), &key).await?;
            let answer: FeedAnswer = canonical::from_slice(&body).map_err(|_| ClientError::RelayAnswer)?;
            self.note_generation(api, &answer.generation, report)?;
            if answer.head < cursor {
                // The relay knows less than it showed before: an old copy of its data.
                self.offer_again(api, report, "relay_rollback")?;
                continue;
            }
            if answer.chain != chain {
                // As much as before, but not the same: a copy that went its own way.
                self.offer_again(api, report, "relay_fork")?;
                if cursor == 0 {
                    return Err(ClientError::RelayAnswer);
                }
                continue;
            }
            let rows = answer.rows;
            let Some(last) = rows.last().map(|row| row.feed_seq) else {
                break;
            };
            if last <= cursor || !rows.is_sorted_by(|a, b| a.feed_seq < b.feed_seq) {
                return Err(ClientError::RelayAnswer);
            }
            let next = answer.next;
            let honest = self.write(|tx| {
                // A page names a mailbox again and again: it is read once and written once.
                let mut mailboxes: BTreeMap<MailboxId, Mailbox> = BTreeMap::new();
                let expects = tx.expects_any()?;
                for row in &rows {
                    let known = match mailboxes.entry(row.mailbox) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(place) => place.insert(
                            tx.mailbox(row.mailbox)?
                                .unwrap_or_else(|| fresh_mailbox(row.mailbox, &principal)),
                        ),
                    };
                    if let FeedChange::Blob { seq, blob, .. } = row.change {
                        let expected = if expects { tx.expected_at(row.mailbox, seq)? } else { None };
                        match expected {
                            Some(expected) if expected != blob => return Ok(false),
                            Some(_) => tx.shown_at(row.mailbox, seq)?,
                            None if seq <= known.cursor => drop(doubtful.insert(row.mailbox)),
                            None => {}
                        }
                    }
                    match row.change {
                        FeedChange::Blob { seq, .. } => known.head = known.head.max(seq),
                        FeedChange::Joined { seq } => {
                            known.head = known.head.max(seq).max(known.cursor);
                            known.joined = known.joined.max(seq);
                            known.gone = false;
                        }
                        FeedChange::Left => {
                            known.gone = true;
                            tx.forgive(row.mailbox)?;
                        }
                    }
                    if !matches!(row.change, FeedChange::Blob { .. })
                        && let Some(log) = tx.log_in(row.mailbox)?
                    {
                        tx.mark_dirty(log.case)?;
                    }
                }
                for known in mailboxes.values() {
                    tx.put_mailbox(known)?;
                }
                tx.set_feed(&name, last, next.as_bytes())?;
                Ok(true)
            })?;
            if !honest {
                // It swore to another blob at this place.
                self.offer_again(api, report, "relay_fork")?;
                continue;
            }
            if !answer.more {
                break;
            }
        }
        self.check_owed(api, &name, report)?;
        // Something new at a place that was read already: most often it came between feed and mailbox, but a relay that
        // had shown a longer history before shows here.
        self.pull_again(api, doubtful, report).await
    }

    /// Whatever the relay acknowledged before its feed was read to the end must have been shown there.
    fn check_owed(&mut self, api: &mut Api<'_>, feed: &[u8], report: &mut Report) -> Result<(), ClientError> {
        let owed = self.write(|tx| {
            let mut owed = Vec::new();
            for mailbox in tx.owed(feed)? {
                owed.push(tx.log_in(mailbox)?.map(|log| (log.case, log.log.log)));
            }
            Ok(owed)
        })?;
        if owed.is_empty() {
            return Ok(());
        }
        for log in owed {
            let (case, log) = log.unzip();
            report.warn(Warning { code: "relay_gap", case, log });
        }
        self.offer_again(api, report, "relay_gap")
    }
}
