//! Takes in what a mailbox held: letters become keys, envelopes become events, events become state.

use std::collections::BTreeSet;

use amana_crypto::{
    KemSecret, LogKey, Plaintext, Seed, StrictVerifier, earlier::open_earlier, envelope, wrap::unwrap_secret,
};
use amana_domain::{
    event::{AuthenticEvent, Body, CaseRoot, EpochBody, Genesis, Wrap},
    ids::{BlobId, CaseId, EpochId, EventId, LogId, MailboxId, Nonce},
    role::Clearance,
};
use amana_protocol::{frames::Frames, mailbox::mailbox_id};
use amana_vault::{
    Tx,
    store::{ItemKind, Letter, Mailbox, StoredLog},
};

use super::parallel;
use crate::{
    Client, ClientError, Desk,
    client::kem_secret,
    letter::{KeyLetter, ProxyLetter},
    sync::push::canonical_bytes,
};

/// An envelope that was opened and whose signature holds.
struct Opened {
    event: AuthenticEvent,
    content: Plaintext,
    /// The number of the key that opened it, among those of its claim.
    key: usize,
}

/// A run of envelopes of one mailbox, and the mailbox as it is after them.
pub(super) struct Run<'a> {
    pub mailbox: Mailbox,
    pub read: Frames<'a>,
}

/// A log that is said to be in a mailbox, and its keys. Letters may claim a mailbox that is not theirs: each claim
/// opens what is its own, and nothing else.
struct Claim {
    log: StoredLog,
    keys: Vec<LogKey>,
}

/// What became of an envelope.
enum Outcome {
    /// No claim's key opens it, or only the keys of claims that it does not belong to.
    Unopened,
    /// It can be opened and is no event of any log.
    Foreign,
    /// The event of the claim with this number.
    Event(usize, Box<Opened>),
}

impl Client {
    /// Takes in runs of envelopes and moves the cursors, all in one transaction but for letters. Returns how many
    /// events were new.
    pub(super) fn ingest(&mut self, runs: Vec<Run<'_>>) -> Result<u64, ClientError> {
        let claims = self.read(|tx| runs.iter().map(|run| claims(tx, run.mailbox.mailbox)).collect())?;
        let claims: Vec<Vec<Claim>> = claims;
        // Whatever a letter claims: in the intake lie letters.
        let intake = self.desk().map(|desk| desk.organisation.intake());
        let is_intake = |run: &Run<'_>| Some(run.mailbox.mailbox) == intake;
        let mut added = 0;
        let mut envelopes: Vec<(usize, u64, &[u8])> = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            if is_intake(run) {
                added += self.ingest_letters(run.mailbox.clone(), &run.read)?;
            } else {
                let numbered = run.read.blobs.iter().zip(run.read.header.from + 1..);
                envelopes.extend(numbered.map(|(blob, seq)| (at, seq, *blob)));
            }
        }
        let outcomes = parallel::map(&envelopes, |(at, _, envelope)| open(envelope, &claims[*at]));
        added += self.write(|tx| {
            let mut added = 0;
            let owes = tx.owes_any()?;
            for ((at, seq, envelope), outcome) in envelopes.iter().zip(&outcomes) {
                match outcome {
                    Outcome::Unopened => tx.add_unopened(runs[*at].mailbox.mailbox, *seq, envelope)?,
                    Outcome::Foreign => {}
                    Outcome::Event(claim, opened) => {
                        added += add_event(tx, &claims[*at][*claim], opened, owes)?
                    }
                }
            }
            for (run, claims) in runs.iter().zip(&claims).filter(|(run, _)| !is_intake(run)) {
                for claim in claims {
                    tx.mark_dirty(claim.log.case)?;
                }
                tx.put_mailbox(&run.mailbox)?;
            }
            Ok(added)
        })?;
        for ((at, ..), outcome) in envelopes.iter().zip(&outcomes) {
            if let Outcome::Event(claim, opened) = outcome {
                added += self.follow_keys(&claims[*at][*claim].log, std::slice::from_ref(&**opened))?;
            }
        }
        // Keys of the team that came after the event which brought the log's key.
        let closed: BTreeSet<usize> = envelopes
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| matches!(outcome, Outcome::Unopened))
            .map(|((at, ..), _)| *at)
            .collect();
        for claim in closed.into_iter().flat_map(|at| &claims[at]) {
            let left = self.read(|tx| Ok(!tx.unopened(claim.log.log.mailbox)?.is_empty()))?;
            if left {
                added += self.try_wraps(&claim.log)?;
            }
        }
        Ok(added)
    }

    /// First contact: a letter names a case and the keys of its logs.
    fn ingest_letters(&mut self, mailbox: Mailbox, read: &Frames<'_>) -> Result<u64, ClientError> {
        self.take_letters(mailbox.mailbox, &read.blobs, Some(&mailbox))
    }

    /// Opens letters and takes what they grant; moves the intake's cursor with it.
    pub(crate) fn take_letters(
        &mut self,
        intake: MailboxId,
        envelopes: &[&[u8]],
        advanced: Option<&Mailbox>,
    ) -> Result<u64, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let principal = amana_protocol::Principal::Organisation(organisation);
        let secrets = self.team_secrets()?;
        let secrets: Vec<&KemSecret> = secrets.iter().map(|secret| &secret.key).collect();
        let mut granted = parallel::map(envelopes, |envelope| {
            let opened = envelope::open_letter(envelope, intake, &secrets).ok();
            let proxy =
                opened.as_ref().and_then(|(_, content)| ProxyLetter::from_bytes(content, organisation));
            let letter = opened.and_then(|(_, content)| KeyLetter::from_bytes(&content)).filter(is_sound);
            (BlobId::of(envelope), *envelope, letter, proxy)
        });
        let now_ms = self.env.now_ms();
        for (_, _, letter, _) in &mut granted {
            if let Some(without) = letter.take_if(|letter| !letter.is_allowed_to(organisation, now_ms)) {
                self.disbelieved.push(without.case);
            }
        }
        let claimed: Vec<LogId> = granted
            .iter()
            .filter_map(|(_, _, letter, _)| letter.as_ref())
            .flat_map(|letter| letter.logs.iter().map(|log| log.log))
            .collect();
        self.write(|tx| {
            for (blob, envelope, letter, proxy) in granted {
                if let Some((proxy, sign)) = &proxy {
                    tx.add_proxy(proxy.case, sign)?;
                }
                let case = letter.as_ref().map(|letter| letter.case);
                let case = case.or(proxy.as_ref().map(|(proxy, _)| proxy.case));
                tx.add_letter(&Letter { blob, mailbox: intake, case, envelope: envelope.to_vec() })?;
                let Some(letter) = letter else { continue };
                tx.add_case(
                    letter.case,
                    &letter.root,
                    letter.kem.as_deref().map_or(&[][..], |kem| kem),
                    None,
                )?;
                for log in &letter.logs {
                    tx.add_log(letter.case, &log.log_ref())?;
                    for key in &log.keys {
                        if let Ok(bytes) = <[u8; 32]>::try_from(key.key.as_slice()) {
                            tx.claim_log_key(log.log, key.epoch, &bytes)?;
                        }
                    }
                    // The feed may have announced it before anybody could read it.
                    if tx.mailbox(log.mailbox)?.is_none() {
                        tx.put_mailbox(&super::push::fresh_mailbox(log.mailbox, &principal))?;
                    }
                }
            }
            Ok(advanced.map_or(Ok(()), |mailbox| tx.put_mailbox(mailbox))?)
        })?;
        // What a mailbox held may have been read before the letter with its key.
        let mut added = 0;
        let waiting = self.read(|tx| {
            let mut waiting = Vec::new();
            for log in claimed {
                for log in tx.claims_of(log)? {
                    if !tx.unopened(log.log.mailbox)?.is_empty() {
                        waiting.push(log);
                    }
                }
            }
            Ok(waiting)
        })?;
        for log in waiting {
            added += self.try_wraps(&log)?;
        }
        Ok(added)
    }

    /// `log.open` and `epoch` events bring keys: unwrap them and try again what no key opened.
    fn follow_keys(&mut self, log: &StoredLog, opened: &[Opened]) -> Result<u64, ClientError> {
        let (mut added, mut fresh) = (0, false);
        for item in opened {
            match item.event.body() {
                Body::LogOpen(open) => {
                    self.write(|tx| Ok(tx.add_log(log.case, &open.log)?))?;
                    let later = StoredLog { case: log.case, log: open.log };
                    if self.take_opening(&later, &open.wraps)? {
                        added += self.retry_unopened(&later)?;
                    }
                }
                Body::Epoch(epoch) => {
                    fresh |= self.take_epoch(log, item.event.id(), epoch)? == Some(true);
                }
                _ => {}
            }
        }
        if fresh {
            // The key of one epoch brings that of the one before, which was passed by without it.
            added += self.try_wraps(log)?;
        }
        Ok(added)
    }

    /// Takes the key with which a later log was announced; says whether it is new here.
    pub(crate) fn take_opening(&mut self, log: &StoredLog, wraps: &[Wrap]) -> Result<bool, ClientError> {
        let epoch = EpochId::from(log.log.log);
        let context = wrap_context(log.case, log.log.log, epoch)?;
        match self.unwrap(log.case, wraps, &context)? {
            Some(key) => self.write(|tx| Ok(tx.claim_log_key(log.log.log, epoch, key.expose())?)),
            None => Ok(false),
        }
    }

    /// Takes the key of an epoch, and those of the epochs before it; says whether any is new here. `None` = no key of this
    /// epoch for this device so far.
    pub(crate) fn take_epoch(
        &mut self,
        log: &StoredLog,
        event: EventId,
        body: &EpochBody,
    ) -> Result<Option<bool>, ClientError> {
        let Ok(nonce) = EpochId::from_slice(&body.nonce) else { return Ok(None) };
        let id = EpochId::from(event);
        let context = wrap_context(log.case, log.log.log, nonce)?;
        let mut fresh = false;
        let key = match self.unwrap(log.case, &body.wraps, &context)? {
            Some(key) => {
                fresh = self.write(|tx| Ok(tx.prove_log_key(log.log.log, id, key.expose())?))?;
                LogKey::from_bytes(*key.expose())
            }
            // Who joined later has it from a letter: of what letters claim, the key that opens what it sealed.
            None => {
                let held = self.write(|tx| Ok(tx.log_keys(log.log.log)?))?;
                let claimed = held.iter().filter(|(epoch, _)| *epoch == id);
                let mut right = None;
                for (_, key) in claimed {
                    let key = LogKey::from_bytes(**key);
                    for (epoch, sealed) in &body.earlier {
                        let context = canonical_bytes(&(log.case, log.log.log, nonce, epoch))?;
                        if open_earlier(&key, &context, sealed).is_ok() {
                            right = Some(LogKey::from_bytes(*key.expose()));
                        }
                    }
                }
                let Some(key) = right else { return Ok(None) };
                self.write(|tx| Ok(tx.prove_log_key(log.log.log, id, key.expose())?))?;
                key
            }
        };
        let mut found = Vec::new();
        for (epoch, sealed) in &body.earlier {
            let context = canonical_bytes(&(log.case, log.log.log, nonce, epoch))?;
            if let Ok(earlier) = open_earlier(&key, &context, sealed) {
                found.push((*epoch, earlier));
            }
        }
        self.write(|tx| {
            for (epoch, key) in &found {
                fresh |= tx.claim_log_key(log.log.log, *epoch, key.expose())?;
            }
            Ok(Some(fresh))
        })
    }

    /// Tries again what no key opened, and follows the keys that come to light by it, until nothing more opens.
    pub(crate) fn retry_unopened(&mut self, log: &StoredLog) -> Result<u64, ClientError> {
        let (added, found) = self.write(|tx| {
            let kept = tx.unopened(log.log.mailbox)?;
            let claim = [Claim { log: *log, keys: log_keys(tx, log.log.log)? }];
            let (mut added, mut found) = (0, Vec::new());
            for ((seq, _), outcome) in kept.iter().zip(parallel::map(&kept, |(_, kept)| open(kept, &claim))) {
                match outcome {
                    Outcome::Unopened => continue,
                    Outcome::Foreign => {}
                    Outcome::Event(_, opened) => {
                        added += add_event(tx, &claim[0], &opened, true)?;
                        found.push(*opened);
                    }
                }
                tx.remove_unopened(log.log.mailbox, *seq)?;
            }
            Ok((added, found))
        })?;
        if !found.is_empty() {
            self.write(|tx| Ok(tx.mark_dirty(log.case)?))?;
        }
        Ok(added + self.follow_keys(log, &found)?)
    }

    /// Tries the wraps addressed to this phone's case key, to this team's clearance keys, or to this desk alone.
    fn unwrap(&mut self, case: CaseId, wraps: &[Wrap], context: &[u8]) -> Result<Option<Seed>, ClientError> {
        let secrets: Vec<(Option<(Clearance, u64)>, KemSecret)> = match self.desk() {
            None => {
                let keys = self.write(|tx| Ok(tx.case(case)?))?.and_then(|case| case.keys);
                keys.map(|keys| (None, kem_secret(&keys.kem))).into_iter().collect()
            }
            Some(_) => self
                .team_secrets()?
                .into_iter()
                .map(|secret| (Some((secret.clearance, secret.generation)), secret.key))
                .collect(),
        };
        let desk = self.desk();
        let organisation = desk.map(|desk| desk.organisation);
        let device = desk.map(Desk::device);
        for wrap in wraps.iter().filter(|wrap| wrap.organisation == organisation) {
            if wrap.device.is_some() {
                if wrap.device == device
                    && let Some(desk) = desk
                    && let Ok(key) = unwrap_secret(&desk.kem, context, &wrap.wrap)
                {
                    return Ok(Some(key));
                }
                continue;
            }
            for (which, secret) in &secrets {
                let fits = which.is_none_or(|(clearance, generation)| {
                    wrap.clearance == Some(clearance) && u64::from(wrap.generation) == generation
                });
                if fits && let Ok(key) = unwrap_secret(secret, context, &wrap.wrap) {
                    return Ok(Some(key));
                }
            }
        }
        Ok(None)
    }
}

/// A letter speaks for a case only if its root makes that case.
fn is_sound(letter: &KeyLetter) -> bool {
    CaseRoot::from_bytes(&letter.root).is_ok_and(|root| root.case() == Ok(letter.case))
}

/// The bytes that a wrapped log key is bound to.
pub(crate) fn wrap_context(case: CaseId, log: LogId, epoch: EpochId) -> Result<Vec<u8>, ClientError> {
    canonical_bytes(&(case, log, epoch))
}

fn log_keys(tx: &Tx<'_>, log: LogId) -> Result<Vec<LogKey>, ClientError> {
    Ok(tx.log_keys(log)?.into_iter().map(|(_, key)| LogKey::from_bytes(*key)).collect())
}

fn claims(tx: &Tx<'_>, mailbox: MailboxId) -> Result<Vec<Claim>, ClientError> {
    let logs = tx.logs_in(mailbox)?.into_iter();
    logs.map(|log| Ok(Claim { keys: log_keys(tx, log.log.log)?, log })).collect()
}

/// Opens an envelope with the keys of whichever claim fits, checks that it is an event of that log under its own salt,
/// and its signature. A claim may be false and have the right key: what is no event of its log may be another one's,
/// whose letter is still to come, and stays.
fn open(envelope: &[u8], claims: &[Claim]) -> Outcome {
    for (at, Claim { log, keys }) in claims.iter().enumerate() {
        let Ok(opened) = envelope::open_event(envelope, log.log.mailbox, keys) else { continue };
        let Ok(event) = AuthenticEvent::read(&opened.content, &StrictVerifier) else {
            return Outcome::Foreign;
        };
        let lies_here = !matches!(event.body(), Body::Genesis(genesis) if !lies_in(genesis, log));
        if event.event().log() != log.log.log || event.event().case != log.case || !lies_here {
            continue;
        }
        if !opened.fits(&keys[opened.key_index], event.id()) {
            return Outcome::Foreign;
        }
        return Outcome::Event(
            at,
            Box::new(Opened { event, content: opened.content, key: opened.key_index }),
        );
    }
    Outcome::Unopened
}

/// Whether this first event made exactly this log's mailbox.
fn lies_in(genesis: &Genesis, log: &StoredLog) -> bool {
    CaseRoot::from_bytes(&genesis.root).is_ok_and(|root| {
        let owners = super::push::mailbox_owners(genesis, root.owner);
        genesis.log == log.log.kind
            && genesis.n == log.log.n
            && mailbox_id(&owners, &Nonce::from_bytes(genesis.nonce)) == Some(log.log.mailbox)
    })
}

fn add_event(tx: &Tx<'_>, claim: &Claim, opened: &Opened, owes: bool) -> Result<u64, ClientError> {
    let Claim { log, keys } = claim;
    let id = opened.event.id();
    // Nobody else can have sealed the event that names the log: its key is the right one, and its case.
    if opened.event.event().is_genesis() {
        tx.settle_log(log.case, log.log.log)?;
        tx.prove_log_key(log.log.log, EpochId::from(log.log.log), keys[opened.key].expose())?;
    }
    let added = tx.add_event(id, log.log.log, &opened.content, true)?;
    // Nothing to send any more: the relay has it.
    if owes {
        tx.done(ItemKind::Event, id.as_bytes())?;
    }
    Ok(u64::from(added))
}

#[cfg(test)]
mod tests {
    use amana_crypto::SigningKey;
    use amana_domain::{
        event::{Draft, LogRef, MessageText, RosterRef},
        ids::{DeploymentId, OrganisationId, VerifyKey},
        role::LogKind,
    };

    use super::*;

    const KEY: [u8; 32] = [5; 32];

    fn claim(log: u8, case: u8) -> Claim {
        let mailbox = MailboxId::from_bytes([1; 16]);
        let log = LogRef { kind: LogKind::Talk, n: 0, log: LogId::from_bytes([log; 32]), mailbox };
        let case = CaseId::from_slice(&[case; 16]).unwrap();
        Claim { log: StoredLog { case, log }, keys: vec![LogKey::from_bytes(KEY)] }
    }

    fn sealed(of: &Claim, id: EventId, content: &[u8]) -> Vec<u8> {
        envelope::seal_event(&of.keys[0], of.log.log.mailbox, id, content).unwrap()
    }

    fn event(of: &Claim) -> AuthenticEvent {
        let key = SigningKey::from_seed(&Seed::from_bytes([7; 32]));
        let draft = Draft {
            deployment: DeploymentId::from_hash(&[1; 32]),
            case: of.log.case,
            log: Some(of.log.log.log),
            epoch: None,
            author: key.verify_key(),
            seq: 0,
            prev: None,
            heads: vec![],
            roster: RosterRef::none(OrganisationId::from_root(&VerifyKey::from_bytes([2; 32]))),
            claimed_ms: 1,
            body: Body::Message(MessageText { text: "hello".into(), language: None }),
        };
        draft.sign(|message| key.sign(message)).unwrap()
    }

    #[test]
    fn a_false_claim_with_the_right_key_takes_no_event_from_the_log_it_belongs_to() {
        let right = claim(9, 9);
        let event = event(&right);
        let envelope = sealed(&right, event.id(), &event.to_content());
        // Whoever was a member once knows key and mailbox, and may file a case whose letter names them.
        for (log, case) in [(1, 1), (1, 9), (9, 1)] {
            assert!(
                matches!(open(&envelope, &[claim(log, case)]), Outcome::Unopened),
                "it may be another one's"
            );
            let both = open(&envelope, &[claim(log, case), claim(9, 9)]);
            assert!(matches!(both, Outcome::Event(1, opened) if opened.event.id() == event.id()));
        }
        assert!(matches!(open(&envelope, &[claim(9, 9)]), Outcome::Event(0, _)));
    }

    #[test]
    fn what_is_no_event_or_lies_under_another_salt_is_dropped() {
        let right = claim(9, 9);
        let event = event(&right);
        let other = EventId::from_bytes([3; 32]);
        for content in [b"nonsense".to_vec(), event.to_content()] {
            assert!(matches!(open(&sealed(&right, other, &content), &[claim(9, 9)]), Outcome::Foreign));
        }
    }
}
