//! Takes in what a mailbox held: letters become keys, envelopes become events, events become state.

use amana_crypto::{
    KemSecret, LogKey, Seed, StrictVerifier, earlier::open_earlier, envelope, signing, wrap::unwrap_secret,
};
use amana_domain::{
    event::{AuthenticEvent, Body, CaseRoot, EpochBody, Genesis, Wrap},
    ids::{BlobId, CaseId, EpochId, EventId, LogId, MailboxId, Nonce},
    role::Clearance,
};
use amana_protocol::{frames::Frames, mailbox::mailbox_id};
use amana_vault::{
    Tx,
    store::{Letter, Mailbox, StoredLog},
};

use crate::{Client, ClientError, Desk, client::kem_secret, letter::KeyLetter, sync::push::canonical_bytes};

/// An envelope that was opened and whose signature holds.
struct Opened {
    event: AuthenticEvent,
    content: Vec<u8>,
    key: LogKey,
}

impl Client {
    /// Takes in a run of envelopes and moves the cursor, all in one transaction. Returns how many events were new.
    pub(super) fn ingest(&mut self, mailbox: Mailbox, read: &Frames<'_>) -> Result<u64, ClientError> {
        // Letters may claim a mailbox that is not theirs: each claim opens what is its own, and nothing else.
        let claims = self.write(|tx| {
            let logs = tx.logs_in(mailbox.mailbox)?;
            logs.into_iter().map(|log| Ok((log_keys(tx, log.log.log)?, log))).collect::<Result<Vec<_>, _>>()
        })?;
        if claims.is_empty() {
            return self.ingest_letters(mailbox, read);
        }
        let first = read.header.from + 1;
        let mut left: Vec<(u64, &[u8])> =
            read.blobs.iter().zip(first..).map(|(blob, seq)| (seq, *blob)).collect();
        let mut found = Vec::new();
        for (keys, log) in claims {
            let (opened, unopened) = open_all(&log, &keys, &left);
            left = unopened;
            found.push((log, opened));
        }
        let mut added = self.write(|tx| {
            for (seq, envelope) in left {
                tx.add_unopened(mailbox.mailbox, seq, envelope)?;
            }
            let mut added = 0;
            for (log, opened) in &found {
                added += add_events(tx, log, opened)?;
                tx.mark_dirty(log.case)?;
            }
            tx.put_mailbox(&mailbox)?;
            Ok(added)
        })?;
        for (log, opened) in &found {
            added += self.follow_keys(log, opened)?;
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
        let mut granted = Vec::new();
        for envelope in envelopes {
            let opened = envelope::open_letter(envelope, intake, &secrets).ok();
            let letter = opened.and_then(|(_, content)| KeyLetter::from_bytes(&content)).filter(is_sound);
            granted.push((BlobId::of(envelope), *envelope, letter));
        }
        let now_ms = self.env.now_ms();
        for (_, _, letter) in &mut granted {
            if let Some(without) = letter.take_if(|letter| !letter.is_allowed_to(organisation, now_ms)) {
                self.disbelieved.push(without.case);
            }
        }
        let claimed: Vec<LogId> = granted
            .iter()
            .filter_map(|(_, _, letter)| letter.as_ref())
            .flat_map(|letter| letter.logs.iter().map(|log| log.log))
            .collect();
        self.write(|tx| {
            for (blob, envelope, letter) in granted {
                let case = letter.as_ref().map(|letter| letter.case);
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
        for log in claimed {
            let Some(log) = self.write(|tx| Ok(tx.log(log)?))? else { continue };
            if !self.write(|tx| Ok(tx.unopened(log.log.mailbox)?))?.is_empty() {
                added += self.retry_unopened(&log)?;
                self.write(|tx| Ok(tx.mark_dirty(log.case)?))?;
            }
        }
        Ok(added)
    }

    /// `log.open` and `epoch` events bring keys: unwrap them and try again what no key opened.
    fn follow_keys(&mut self, log: &StoredLog, opened: &[Opened]) -> Result<u64, ClientError> {
        let mut added = 0;
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
                    let fresh = self.take_epoch(log, item.event.id(), epoch)?;
                    if fresh {
                        added += self.retry_unopened(log)?;
                    }
                }
                _ => {}
            }
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

    /// Takes the key of an epoch, and those of the epochs before it; says whether any is new here.
    pub(crate) fn take_epoch(
        &mut self,
        log: &StoredLog,
        event: EventId,
        body: &EpochBody,
    ) -> Result<bool, ClientError> {
        let Ok(nonce) = EpochId::from_slice(&body.nonce) else { return Ok(false) };
        let id = EpochId::from(event);
        let context = wrap_context(log.case, log.log.log, nonce)?;
        let mut fresh = false;
        let key = match self.unwrap(log.case, &body.wraps, &context)? {
            Some(key) => {
                fresh = self.write(|tx| Ok(tx.prove_log_key(log.log.log, id, key.expose())?))?;
                LogKey::from_bytes(*key.expose())
            }
            // Who joined later has it from a letter.
            None => {
                let held = self.write(|tx| Ok(tx.log_keys(log.log.log)?))?;
                let Some((_, key)) = held.iter().find(|(epoch, _)| *epoch == id) else { return Ok(false) };
                LogKey::from_bytes(**key)
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
            Ok(fresh)
        })
    }

    pub(crate) fn retry_unopened(&mut self, log: &StoredLog) -> Result<u64, ClientError> {
        self.write(|tx| {
            let kept = tx.unopened(log.log.mailbox)?;
            let keys = log_keys(tx, log.log.log)?;
            let envelopes: Vec<(u64, &[u8])> =
                kept.iter().map(|(seq, envelope)| (*seq, envelope.as_slice())).collect();
            let (opened, still) = open_all(log, &keys, &envelopes);
            for (seq, _) in &envelopes {
                if !still.iter().any(|(other, _)| other == seq) {
                    tx.remove_unopened(log.log.mailbox, *seq)?;
                }
            }
            add_events(tx, log, &opened)
        })
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

/// Opens envelopes, checks that each is an event of this log under its own salt, and all signatures at once.
fn open_all<'e>(
    log: &StoredLog,
    keys: &[LogKey],
    envelopes: &[(u64, &'e [u8])],
) -> (Vec<Opened>, Vec<(u64, &'e [u8])>) {
    let mut contents = Vec::with_capacity(envelopes.len());
    let mut unopened = Vec::new();
    for (seq, envelope) in envelopes {
        match envelope::open_event(envelope, log.log.mailbox, keys) {
            Ok(opened) => {
                let key = &keys[opened.key_index];
                contents.push((key, opened));
            }
            Err(_) => unopened.push((*seq, *envelope)),
        }
    }
    let split: Vec<_> = contents
        .iter()
        .filter_map(|(key, opened)| {
            let (event, message, signature) = AuthenticEvent::split(&opened.content).ok()?;
            let fits = event.log() == log.log.log && event.case == log.case && opened.fits(key, event.id());
            fits.then_some((event, message, signature, (&opened.content, *key)))
        })
        .collect();
    let items: Vec<signing::SignedItem<'_>> = split
        .iter()
        .map(|(event, message, signature, _)| signing::SignedItem {
            key: event.author,
            message,
            signature: *signature,
        })
        .collect();
    let valid = signing::verify_all(&items);
    let opened = split
        .iter()
        .zip(valid)
        .filter(|(_, valid)| *valid)
        .filter_map(|((_, _, _, (content, key)), _)| {
            let event = AuthenticEvent::read_stored(content, &StrictVerifier).ok()?;
            if let Body::Genesis(genesis) = event.body()
                && !lies_in(genesis, log)
            {
                return None;
            }
            Some(Opened { event, content: content.to_vec(), key: LogKey::from_bytes(*key.expose()) })
        })
        .collect();
    (opened, unopened)
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

fn add_events(tx: &Tx<'_>, log: &StoredLog, opened: &[Opened]) -> Result<u64, ClientError> {
    let mut added = 0;
    for item in opened {
        // Nobody else can have sealed the event that names the log: its key is the right one.
        if item.event.event().is_genesis() {
            tx.prove_log_key(log.log.log, EpochId::from(log.log.log), item.key.expose())?;
        }
        if tx.add_event(item.event.id(), log.log.log, &item.content, true)? {
            added += 1;
        }
        // Nothing to send any more: the relay has it.
        tx.done(amana_vault::store::ItemKind::Event, item.event.id().as_bytes())?;
    }
    Ok(added)
}
