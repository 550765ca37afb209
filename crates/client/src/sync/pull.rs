//! Reads feeds and mailboxes; checks sequence and chain of every mailbox against what was seen before.

use std::collections::BTreeSet;

use amana_domain::{
    canonical,
    ids::{BlobId, Hash, MailboxId},
    role::LogKind,
};
use amana_protocol::{
    ErrorCode, Principal, frames,
    mailbox::{chain_next, chain_start, feed_start},
    wire::{FeedAnswer, FeedChange},
};
use amana_vault::store::{Mailbox, StoredCase};

use super::{Report, Warning, api::Api, push::fresh_mailbox};
use crate::{Client, ClientError};

/// Most rows of one feed request.
const FEED_LIMIT: u32 = 4096;
/// Most envelopes of one mailbox request.
const MAILBOX_LIMIT: u32 = 2048;

/// What a mailbox's frames say when compared with what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Continuity {
    Sound,
    /// Less than was shown or acknowledged before.
    Rollback,
    /// Another history than the one seen before.
    Fork,
}

impl Client {
    /// Takes in everything new; returns how many events.
    pub(super) async fn pull(&mut self, api: &mut Api<'_>, report: &mut Report) -> Result<u64, ClientError> {
        let before = report.pulled;
        let cases: Vec<Option<StoredCase>> = if self.desk().is_some() {
            vec![None]
        } else {
            self.write(|tx| Ok(tx.cases()?))?.into_iter().map(Some).collect()
        };
        for case in &cases {
            // A case that was never filed has no feed yet.
            if let Some(case) = case
                && self.write(|tx| Ok(tx.mailboxes()?.is_empty() || tx.letters_of(case.case)?.is_empty()))?
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
        // A letter or `log.open` read in one pass names the mailboxes of the next.
        while self.pull_mailboxes(api, report).await? > 0 {}
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
                for row in &rows {
                    if let FeedChange::Blob { seq, blob, .. } = row.change
                        && let Some(expected) = tx.expected_at(row.mailbox, seq)?
                    {
                        if expected != blob {
                            return Ok(false);
                        }
                        tx.shown_at(row.mailbox, seq)?;
                    } else if let FeedChange::Blob { seq, .. } = row.change
                        && tx.mailbox(row.mailbox)?.is_some_and(|known| seq <= known.cursor)
                    {
                        doubtful.insert(row.mailbox);
                    }
                    let mut known =
                        tx.mailbox(row.mailbox)?.unwrap_or_else(|| fresh_mailbox(row.mailbox, &principal));
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
                    tx.put_mailbox(&known)?;
                    if !matches!(row.change, FeedChange::Blob { .. })
                        && let Some(log) = tx.log_in(row.mailbox)?
                    {
                        tx.mark_dirty(log.case)?;
                    }
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
        for mailbox in doubtful {
            self.pull_mailbox(api, mailbox, case, report).await?;
        }
        Ok(())
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

    /// Reads every mailbox that holds something new and that this device can open: intake first, then `core`.
    async fn pull_mailboxes(&mut self, api: &mut Api<'_>, report: &mut Report) -> Result<u64, ClientError> {
        let intake = self.desk().map(|desk| desk.organisation.intake());
        let mut behind = self.write(|tx| {
            let mut behind = Vec::new();
            for mailbox in tx.mailboxes_behind()? {
                let log = tx.log_in(mailbox.mailbox)?;
                let rank = match log {
                    _ if Some(mailbox.mailbox) == intake => 0,
                    Some(log) if log.log.kind == LogKind::Core => 1,
                    Some(_) => 2,
                    None => continue,
                };
                behind.push((rank, mailbox, log.map(|log| log.case)));
            }
            Ok(behind)
        })?;
        behind.sort_by_key(|(rank, mailbox, _)| (*rank, mailbox.mailbox));
        let mut read = 0;
        for (_, mailbox, case) in behind {
            let stored = match case {
                Some(case) => self.write(|tx| Ok(tx.case(case)?))?,
                None => None,
            };
            match self.pull_mailbox(api, mailbox.mailbox, stored.as_ref(), report).await {
                Ok(count) => read += count,
                Err(ClientError::Relay(ErrorCode::NoMailbox | ErrorCode::MailboxGone)) => {
                    // Left, deleted, or lost: nothing to read there until the feed or a new offer says otherwise.
                    self.write(|tx| {
                        if let Some(mut known) = tx.mailbox(mailbox.mailbox)? {
                            known.gone = true;
                            tx.put_mailbox(&known)?;
                        }
                        Ok(())
                    })?;
                }
                // One mailbox that makes no sense must not keep the others from being read.
                Err(ClientError::RelayAnswer | ClientError::Relay(_)) => {
                    report.warn(Warning { code: "relay_gap", case, log: None });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    /// Reads one mailbox to its end; returns how many envelopes.
    async fn pull_mailbox(
        &mut self,
        api: &mut Api<'_>,
        mailbox: MailboxId,
        case: Option<&StoredCase>,
        report: &mut Report,
    ) -> Result<u64, ClientError> {
        let key = self.request_key(case)?;
        let mut count = 0;
        loop {
            let Some(known) = self.write(|tx| Ok(tx.mailbox(mailbox)?))? else { return Ok(count) };
            let path = format!("/v1/mailboxes/{mailbox}?after={}&limit={MAILBOX_LIMIT}", known.cursor);
            let body = api.read(&path, &key).await?;
            let read = frames::decode(&body).map_err(|_| ClientError::RelayAnswer)?;
            let (continuity, chain) = continuity(&known, &read)?;
            if continuity != Continuity::Sound {
                let code = if continuity == Continuity::Fork { "relay_fork" } else { "relay_rollback" };
                report.warn(Warning { code, case: case.map(|case| case.case), log: None });
                self.offer_again(api, report, code)?;
                return Ok(count);
            }
            if read.blobs.is_empty() {
                // It announced more than it hands out.
                if known.cursor < known.head {
                    report.warn(Warning { code: "relay_gap", case: case.map(|case| case.case), log: None });
                    let seen = Mailbox { head: known.cursor, ..known };
                    self.write(|tx| Ok(tx.put_mailbox(&seen)?))?;
                }
                return Ok(count);
            }
            if !self.keeps_its_word(&known, &read)? {
                self.offer_again(api, report, "relay_fork")?;
                return Ok(count);
            }
            count += read.blobs.len() as u64;
            let advanced = Mailbox {
                cursor: read.header.to,
                chain: *chain.as_bytes(),
                head: known.head.max(read.header.head),
                ..known
            };
            let done = advanced.cursor >= read.header.head;
            report.pulled += self.ingest(advanced, &read)?;
            if done {
                return Ok(count);
            }
        }
    }
}

impl Client {
    /// Whether what was in a mailbox before this device was let in, and has no rows in its feed, is what the relay swore
    /// to have there.
    fn keeps_its_word(&mut self, known: &Mailbox, read: &frames::Frames<'_>) -> Result<bool, ClientError> {
        if known.joined <= known.cursor {
            return Ok(true);
        }
        self.write(|tx| {
            for (seq, blob) in (read.header.from + 1..).zip(&read.blobs) {
                let expected = tx.expected_at(known.mailbox, seq)?;
                if expected.is_some_and(|expected| expected != BlobId::of(blob)) {
                    return Ok(false);
                }
            }
            tx.shown_up_to(known.mailbox, known.joined.min(read.header.to))?;
            Ok(true)
        })
    }
}

/// Follows the chain through the frames.
fn continuity(known: &Mailbox, read: &frames::Frames<'_>) -> Result<(Continuity, Hash), ClientError> {
    let header = &read.header;
    if header.from != known.cursor {
        return if header.head < known.cursor {
            Ok((Continuity::Rollback, chain_start(&known.mailbox)))
        } else {
            Err(ClientError::RelayAnswer)
        };
    }
    let start = Hash::from_bytes(known.chain);
    let chain = read.blobs.iter().fold(start, |chain, blob| chain_next(&chain, &BlobId::of(blob)));
    if header.head < known.head {
        return Ok((Continuity::Rollback, chain));
    }
    if header.to == header.head && chain != header.chain {
        return Ok((Continuity::Fork, chain));
    }
    Ok((Continuity::Sound, chain))
}
