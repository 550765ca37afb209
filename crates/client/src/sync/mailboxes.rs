//! Reads mailboxes, many in one request; checks sequence and chain of each against what was seen before.

use std::collections::BTreeMap;

use amana_domain::{
    ids::{BlobId, CaseId, Hash, MailboxId},
    role::LogKind,
};
use amana_protocol::{
    ErrorCode,
    frames::{self, Frames},
    limits::{MAX_FRAMES, MAX_READS},
    mailbox::{chain_next, chain_start},
    reading::{self, ReadFrom, ReadMailboxes},
};
use amana_vault::store::Mailbox;

use super::{Report, Warning, api::Api, ingest::Run};
use crate::{Client, ClientError, client::RequestKey};

/// Most envelopes of one mailbox request.
const MAILBOX_LIMIT: u32 = 2048;
/// Envelopes that one request for many mailboxes asks for: about as many of the smallest as an answer takes.
const EXPECTED: u64 = MAX_FRAMES as u64 / 2;

/// What a mailbox's frames say when compared with what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Continuity {
    Sound,
    /// Less than was shown or acknowledged before.
    Rollback,
    /// Another history than the one seen before.
    Fork,
}

/// Which mailboxes are read before which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Letters: they name cases.
    Intake,
    /// What the queue shows.
    Core,
    Rest,
}

/// A mailbox to read.
#[derive(Clone, Copy, Debug)]
struct Behind {
    mailbox: MailboxId,
    case: Option<CaseId>,
    /// How many envelopes are known to be there.
    expected: u64,
}

/// What one answer about many mailboxes did.
struct Progress {
    /// Envelopes that were read.
    count: u64,
    /// Mailboxes that were not reached, or not read to their end.
    left: Vec<Behind>,
}

impl Client {
    /// Reads every mailbox that holds something new and that this device can open. A desk reads its intake first, then
    /// `core`, then the others: what `core` says stands in the queue before the rest is asked for. A phone asks for
    /// everything of a case at once.
    pub(super) async fn pull_mailboxes(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        // A letter or `log.open` read in one pass names the mailboxes of the next.
        loop {
            let mut read = 0;
            for rank in [Rank::Intake, Rank::Core, Rank::Rest] {
                let behind = self.behind(rank)?;
                if rank == Rank::Rest && !behind.is_empty() {
                    self.project_changed()?;
                }
                read += self.read_all(api, behind, report).await?;
            }
            if read == 0 {
                return Ok(());
            }
        }
    }

    /// Reads these mailboxes from their cursors, whatever is known of them.
    pub(super) async fn pull_again(
        &mut self,
        api: &mut Api<'_>,
        mailboxes: impl IntoIterator<Item = MailboxId>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let behind = self.read(|tx| {
            let again = mailboxes.into_iter().map(|mailbox| {
                Ok(Behind { mailbox, case: tx.log_in(mailbox)?.map(|log| log.case), expected: 1 })
            });
            again.collect::<Result<Vec<_>, ClientError>>()
        })?;
        self.read_all(api, behind, report).await?;
        Ok(())
    }

    fn behind(&mut self, wanted: Rank) -> Result<Vec<Behind>, ClientError> {
        let intake = self.desk().map(|desk| desk.organisation.intake());
        let mailboxes = self.read(|tx| Ok(tx.mailboxes_behind()?))?;
        let behind = mailboxes.into_iter().filter_map(|(mailbox, log)| {
            let rank = match log {
                _ if Some(mailbox.mailbox) == intake => Rank::Intake,
                Some(log) if log.log.kind == LogKind::Core && intake.is_some() => Rank::Core,
                Some(_) => Rank::Rest,
                None => return None,
            };
            let expected = mailbox.head.saturating_sub(mailbox.cursor).max(1);
            (rank == wanted).then(|| Behind {
                mailbox: mailbox.mailbox,
                case: log.map(|log| log.case),
                expected,
            })
        });
        Ok(behind.collect())
    }

    /// Reads mailboxes to their ends; returns how many envelopes. A phone never asks for mailboxes of two cases in one
    /// request, and each in its case's name.
    async fn read_all(
        &mut self,
        api: &mut Api<'_>,
        behind: Vec<Behind>,
        report: &mut Report,
    ) -> Result<u64, ClientError> {
        let per_case = self.desk().is_none();
        let mut groups: BTreeMap<Option<CaseId>, Vec<Behind>> = BTreeMap::new();
        for mailbox in behind {
            groups.entry(mailbox.case.filter(|_| per_case)).or_default().push(mailbox);
        }
        let mut count = 0;
        for (case, group) in groups {
            let stored = match case {
                Some(case) => self.read(|tx| Ok(tx.case(case)?))?,
                None => None,
            };
            let key = self.request_key(stored.as_ref())?;
            // The last one comes first.
            let mut batches = batches(group);
            batches.reverse();
            while let Some(mut batch) = batches.pop() {
                if let [mailbox] = batch[..] {
                    count += self.read_one(api, &key, mailbox, report).await?;
                    continue;
                }
                match self.read_many(api, &key, &batch, report).await {
                    Ok(progress) => {
                        count += progress.count;
                        if !progress.left.is_empty() {
                            batches.push(progress.left);
                        }
                    }
                    // An answer that makes no sense: the mailbox that is to blame must not keep the others from being
                    // read, and stands alone in the end.
                    Err(ClientError::RelayAnswer | ClientError::Relay(_)) => {
                        let second = batch.split_off(batch.len() / 2);
                        batches.push(second);
                        batches.push(batch);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(count)
    }

    async fn read_many(
        &mut self,
        api: &mut Api<'_>,
        key: &RequestKey,
        batch: &[Behind],
        report: &mut Report,
    ) -> Result<Progress, ClientError> {
        let known: Vec<(Behind, Mailbox)> = self.read(|tx| {
            let mut known = Vec::with_capacity(batch.len());
            for behind in batch {
                known.extend(tx.mailbox(behind.mailbox)?.map(|mailbox| (*behind, mailbox)));
            }
            Ok(known)
        })?;
        let asked: Vec<ReadFrom> =
            known.iter().map(|(_, known)| ReadFrom(known.mailbox, known.cursor)).collect();
        let body = ReadMailboxes { mailboxes: asked.clone() };
        let body = api.ask("/v1/mailboxes/read", &body, key).await?;
        let (_, sections) = reading::decode(&body, &asked).map_err(|_| ClientError::RelayAnswer)?;
        let reached = sections.len();
        let mut left: Vec<Behind> = known[reached..].iter().map(|(behind, _)| *behind).collect();
        let mut runs = Vec::new();
        let mut seen = Vec::new();
        let mut broken = None;
        let mut count = 0;
        for (at, (section, (behind, known))) in sections.into_iter().zip(&known).enumerate() {
            let gap = Warning { code: "relay_gap", case: behind.case, log: None };
            let read = match section.found {
                Ok(read) => read,
                Err(ErrorCode::NoMailbox | ErrorCode::MailboxGone) => {
                    seen.push(Mailbox { gone: true, ..known.clone() });
                    continue;
                }
                Err(_) => {
                    report.warn(gap);
                    continue;
                }
            };
            match continuity(known, &read) {
                Err(_) => report.warn(gap),
                Ok((Continuity::Sound, _)) if read.blobs.is_empty() => {
                    // It announced more than it hands out.
                    if known.cursor < known.head {
                        report.warn(gap);
                        seen.push(Mailbox { head: known.cursor, ..known.clone() });
                    }
                }
                Ok((Continuity::Sound, chain)) => {
                    if !self.keeps_its_word(known, &read)? {
                        broken = Some((at, Continuity::Fork));
                        break;
                    }
                    count += read.blobs.len() as u64;
                    let mailbox = advanced(known, &read, &chain);
                    if mailbox.cursor < read.header.head {
                        left.push(Behind { expected: read.header.head - mailbox.cursor, ..*behind });
                    }
                    runs.push(Run { mailbox, read });
                }
                Ok((other, _)) => {
                    broken = Some((at, other));
                    break;
                }
            }
        }
        self.write(|tx| seen.iter().try_for_each(|mailbox| Ok(tx.put_mailbox(mailbox)?)))?;
        report.pulled += self.ingest(runs)?;
        api.tell(report);
        if let Some((at, continuity)) = broken {
            let case = known[at].0.case;
            match self.broken(api, continuity, case, report) {
                // Everything is read from the beginning: what this answer says of the others counts no longer.
                Ok(()) => left.extend(known[at + 1..reached].iter().map(|(behind, _)| *behind)),
                Err(ClientError::RelayAnswer) => {
                    report.warn(Warning { code: "relay_gap", case, log: None });
                    left.extend(known[at + 1..reached].iter().map(|(behind, _)| *behind));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Progress { count, left })
    }

    /// Reads one mailbox to its end; returns how many envelopes. What is wrong with it stays its own affair.
    async fn read_one(
        &mut self,
        api: &mut Api<'_>,
        key: &RequestKey,
        behind: Behind,
        report: &mut Report,
    ) -> Result<u64, ClientError> {
        match self.read_mailbox(api, key, behind, report).await {
            Err(ClientError::Relay(ErrorCode::NoMailbox | ErrorCode::MailboxGone)) => {
                // Left, deleted, or lost: nothing to read there until the feed or a new offer says otherwise.
                self.write(|tx| {
                    if let Some(mut known) = tx.mailbox(behind.mailbox)? {
                        known.gone = true;
                        tx.put_mailbox(&known)?;
                    }
                    Ok(0)
                })
            }
            // One mailbox that makes no sense must not keep the others from being read.
            Err(ClientError::RelayAnswer | ClientError::Relay(_)) => {
                report.warn(Warning { code: "relay_gap", case: behind.case, log: None });
                Ok(0)
            }
            done => done,
        }
    }

    async fn read_mailbox(
        &mut self,
        api: &mut Api<'_>,
        key: &RequestKey,
        Behind { mailbox, case, .. }: Behind,
        report: &mut Report,
    ) -> Result<u64, ClientError> {
        let mut count = 0;
        loop {
            let Some(known) = self.read(|tx| Ok(tx.mailbox(mailbox)?))? else { return Ok(count) };
            let path = format!("/v1/mailboxes/{mailbox}?after={}&limit={MAILBOX_LIMIT}", known.cursor);
            let body = api.read(&path, key).await?;
            let read = frames::decode(&body).map_err(|_| ClientError::RelayAnswer)?;
            let (continuity, chain) = continuity(&known, &read)?;
            if continuity != Continuity::Sound {
                self.broken(api, continuity, case, report)?;
                return Ok(count);
            }
            if read.blobs.is_empty() {
                // It announced more than it hands out.
                if known.cursor < known.head {
                    report.warn(Warning { code: "relay_gap", case, log: None });
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
            let mailbox = advanced(&known, &read, &chain);
            let done = mailbox.cursor >= read.header.head;
            report.pulled += self.ingest(vec![Run { mailbox, read }])?;
            api.tell(report);
            if done {
                return Ok(count);
            }
        }
    }

    /// Whether what was in a mailbox before this device was let in, and has no rows in its feed, is what the relay swore
    /// to have there.
    fn keeps_its_word(&mut self, known: &Mailbox, read: &Frames<'_>) -> Result<bool, ClientError> {
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

    /// The relay went back or another way in this mailbox.
    fn broken(
        &mut self,
        api: &mut Api<'_>,
        continuity: Continuity,
        case: Option<CaseId>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let code = if continuity == Continuity::Fork { "relay_fork" } else { "relay_rollback" };
        report.warn(Warning { code, case, log: None });
        self.offer_again(api, report, code)
    }
}

/// Splits into requests whose answers are about full.
fn batches(behind: Vec<Behind>) -> Vec<Vec<Behind>> {
    let mut batches: Vec<Vec<Behind>> = Vec::new();
    let mut expected = 0u64;
    for mailbox in behind {
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_READS && expected < EXPECTED => batch.push(mailbox),
            _ => {
                expected = 0;
                batches.push(vec![mailbox]);
            }
        }
        expected = expected.saturating_add(mailbox.expected);
    }
    batches
}

/// The mailbox after these frames.
fn advanced(known: &Mailbox, read: &Frames<'_>, chain: &Hash) -> Mailbox {
    Mailbox {
        cursor: read.header.to,
        chain: *chain.as_bytes(),
        head: known.head.max(read.header.head),
        ..known.clone()
    }
}

/// Follows the chain through the frames.
fn continuity(known: &Mailbox, read: &Frames<'_>) -> Result<(Continuity, Hash), ClientError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(n: usize, expected: u64) -> Behind {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        Behind { mailbox: MailboxId::from_bytes(id), case: None, expected }
    }

    #[test]
    fn requests_are_as_large_as_their_answers_and_keep_the_order() {
        for (expected, each) in [(1, 2048), (3, 683), (2048, 1), (u64::MAX, 1), (0, 4096)] {
            let all: Vec<Behind> = (0..10_000).map(|n| behind(n, expected)).collect();
            let batches = batches(all.clone());
            assert!(batches.iter().rev().skip(1).all(|batch| batch.len() == each), "{expected}");
            let order: Vec<MailboxId> = batches.concat().iter().map(|behind| behind.mailbox).collect();
            assert_eq!(order, all.iter().map(|behind| behind.mailbox).collect::<Vec<_>>());
        }
        assert_eq!(batches(vec![]).len(), 0);
    }
}
