//! Carries out the plan and writes down what the relay's signed acknowledgements prove.

use std::collections::HashMap;

use amana_crypto::{KemPublic, StrictVerifier, envelope};
use amana_domain::{
    canonical,
    event::{AuthenticEvent, Body, Genesis, LogRef},
    ids::{BlobId, CaseId, EventId, Hash, MailboxId, Nonce, OrganisationId},
    role::{Clearance, LogKind},
};
use amana_protocol::{
    ErrorCode, Principal,
    ack::AckEntry,
    mailbox::{chain_start, mailbox_id},
    pow,
    wire::{
        Admission, Answer, Append, AppendResult, File, Letter as WireLetter, NewMailbox, Push, RelayInfo,
    },
};
use amana_vault::{
    Tx,
    store::{ItemKind, Letter, Mailbox, OutboxItem, StoredCase, StoredLog},
};

use super::{
    Report, Warning,
    api::Api,
    places::Places,
    plan::{Step, plan},
    seal::{Blob, Sealer},
};
use crate::{
    Client, ClientError,
    client::{meta, stored_case},
    letter::{GrantedLog, KeyLetter},
    transport::Method,
};

const DAY_MS: u64 = 86_400_000;
/// Envelopes of one push, in bytes: half of what a relay takes, and little to send again when a line breaks.
const MAX_PUSH: usize = 4 << 20;
/// Nonces tried before the clock is looked at again.
const POW_STRIDE: u64 = 1 << 20;

impl Client {
    /// Sends what is pending; returns how many items were proven to have arrived.
    pub(super) async fn push(
        &mut self,
        api: &mut Api<'_>,
        info: &RelayInfo,
        report: &mut Report,
    ) -> Result<u64, ClientError> {
        let pending = self.write(|tx| Ok(tx.pending()?))?;
        let mut arrived = 0;
        for step in plan(&pending, self.desk().is_none()) {
            let items = match &step {
                Step::File(item) | Step::Mailbox(item) => vec![item.clone()],
                Step::Events(items) | Step::Letters(items) => items.clone(),
            };
            let done = match step {
                Step::File(item) => self.push_filing(api, info, &item, report).await,
                Step::Mailbox(item) => self.push_mailbox(api, &item).await,
                Step::Events(items) => self.push_events(api, &items).await,
                Step::Letters(items) => self.push_letters(api, info, &items).await,
            };
            match done {
                Ok(count) => {
                    arrived += count;
                    report.pushed += count;
                    api.tell(report);
                }
                // Without relay, or without standing there, nothing else will go through either.
                Err(
                    error @ (ClientError::RelayUnreachable
                    | ClientError::DeviceRemoved
                    | ClientError::CertificateExpired
                    | ClientError::Vault(_)),
                ) => return Err(error),
                Err(error) => self.postpone(&items, &error)?,
            }
        }
        Ok(arrived)
    }

    /// The request failed as a whole: each item is tried again later, or is refused for good.
    fn postpone(&mut self, items: &[OutboxItem], error: &ClientError) -> Result<(), ClientError> {
        let now = self.env.now_ms();
        let lasting = is_lasting(error);
        self.write(|tx| {
            for item in items {
                if lasting {
                    tx.refused(item.item, error.code())?;
                } else {
                    let pause = 1000u64 << item.attempts.min(12);
                    tx.postponed(item.item, now.saturating_add(pause), error.code())?;
                }
            }
            Ok(())
        })
    }

    async fn push_filing(
        &mut self,
        api: &mut Api<'_>,
        info: &RelayInfo,
        item: &OutboxItem,
        report: &mut Report,
    ) -> Result<u64, ClientError> {
        let case = item.case.ok_or(ClientError::Internal("filing"))?;
        let stored = self.write(|tx| stored_case(tx, case))?;
        let owner = owner_of(&stored)?;
        let Some(letter) = self.letter_to_owner(&stored, owner)? else {
            // No roster, no key to seal to: the case stays on the phone.
            report.warn(Warning { code: "organisation_not_ready", case: Some(case), log: None });
            return Ok(0);
        };
        let principal = self.principal(&stored)?;
        let (mailboxes, appends, mut blobs) = self.write(|tx| {
            let mut mailboxes = Vec::new();
            let mut appends = Vec::new();
            let mut blobs = Vec::new();
            let mut sealer = Sealer::new(tx);
            for log in first_logs(tx, case)? {
                let Some(genesis) = tx.event(EventId::from_bytes(*log.log.log.as_bytes()))? else { continue };
                let event = AuthenticEvent::read_stored(&genesis.content, &StrictVerifier)
                    .map_err(|_| ClientError::Internal("genesis"))?;
                let Body::Genesis(body) = event.body() else { return Err(ClientError::Internal("genesis")) };
                mailboxes.push(new_mailbox(body, &log.log, owner)?);
                let (append, blob) = sealer.seal(&genesis.content, item)?;
                appends.push(append);
                blobs.push(blob);
            }
            Ok((mailboxes, appends, blobs))
        })?;
        // An organisation that enters a case for somebody pays nothing.
        let admission = match self.desk() {
            None => Some(self.admission(&letter.blob, api, info)?),
            Some(_) => None,
        };
        blobs.push(Blob {
            item: item.item,
            kind: ItemKind::Letter,
            reference: letter.blob.as_bytes().to_vec(),
            mailbox: letter.mailbox,
            blob: letter.blob,
            event: None,
            shown: false,
        });
        let file = File { mailboxes, appends, letters: vec![WireLetter(owner, letter.envelope)], admission };
        let key = self.request_key(Some(&stored))?;
        let answer: Answer = api.send(Method::Post, "/v1/file", &file, Some(&key)).await?;
        let count = self.take_answer(&answer, &blobs, &principal, &info.key)?;
        if count == blobs.len() as u64 {
            self.write(|tx| Ok(tx.done(ItemKind::Filing, &item.reference)?))?;
        }
        Ok(count)
    }

    /// The letter that lets the owner read the case: kept from an earlier try, or sealed now against the newest
    /// verified roster and kept before it is sent. `None` without a roster.
    fn letter_to_owner(
        &mut self,
        stored: &StoredCase,
        owner: OrganisationId,
    ) -> Result<Option<Letter>, ClientError> {
        if let Some(kept) = self.write(|tx| filing_letter(tx, stored.case))? {
            return Ok(Some(kept));
        }
        let Some(roster) = self.trust.roster(owner) else { return Ok(None) };
        let key = roster.body().clearance.get(Clearance::Open).key.as_bytes();
        let to = KemPublic::from_slice(key).map_err(|_| ClientError::Internal("clearance key"))?;
        let random = self.env.random.clone();
        self.write(|tx| {
            let content = KeyLetter::grant(stored, first_grants(tx, stored.case)?).to_bytes()?;
            let mailbox = owner.intake();
            let envelope = envelope::seal_letter(&to, mailbox, &content, random.as_ref())
                .map_err(|_| ClientError::Internal("letter"))?;
            let letter = Letter { blob: BlobId::of(&envelope), mailbox, case: Some(stored.case), envelope };
            tx.add_letter(&letter)?;
            Ok(Some(letter))
        })
    }

    fn admission(&self, letter: &BlobId, api: &Api<'_>, info: &RelayInfo) -> Result<Admission, ClientError> {
        let day = u32::try_from(api.relay_ms() / DAY_MS).map_err(|_| ClientError::Internal("day"))?;
        let mut start = 0;
        loop {
            if let Some(nonce) = pow::find(letter, day, info.pow_bits, start, POW_STRIDE, || false) {
                return Ok(Admission::Pow { day, nonce });
            }
            start += POW_STRIDE;
        }
    }

    /// Sends events in requests of bounded size. A request that is refused for good is halved until the event that
    /// is to blame stands alone.
    async fn push_events(&mut self, api: &mut Api<'_>, items: &[OutboxItem]) -> Result<u64, ClientError> {
        let case = items[0].case.ok_or(ClientError::Internal("event"))?;
        let stored = self.write(|tx| stored_case(tx, case))?;
        let mut arrived = 0;
        let mut left: Vec<&[OutboxItem]> = vec![items];
        while let Some(batch) = left.pop() {
            let (appends, blobs, taken) = self.seal_batch(batch)?;
            if taken < batch.len() {
                left.push(&batch[taken..]);
            }
            if blobs.is_empty() {
                continue;
            }
            match self.append(api, &stored, appends, blobs).await {
                Ok(count) => arrived += count,
                Err(error) if is_lasting(&error) && taken > 1 => {
                    let (first, second) = batch[..taken].split_at(taken / 2);
                    left.push(second);
                    left.push(first);
                }
                Err(error) if is_lasting(&error) => self.postpone(&batch[..taken], &error)?,
                Err(error) => return Err(error),
            }
        }
        Ok(arrived)
    }

    /// Seals events until a request is full; says how many items that took. An item that cannot be sealed is left
    /// for later.
    fn seal_batch(&mut self, items: &[OutboxItem]) -> Result<(Vec<Append>, Vec<Blob>, usize), ClientError> {
        let now = self.env.now_ms();
        self.write(|tx| {
            let (mut appends, mut blobs, mut bytes) = (Vec::new(), Vec::new(), 0);
            let mut sealer = Sealer::new(tx);
            for (at, item) in items.iter().enumerate() {
                match sealer.seal_item(item) {
                    Ok((append, _)) if !appends.is_empty() && bytes + append.1.len() > MAX_PUSH => {
                        return Ok((appends, blobs, at));
                    }
                    Ok((append, blob)) => {
                        bytes += append.1.len();
                        appends.push(append);
                        blobs.push(blob);
                    }
                    Err(ClientError::Vault(error)) => return Err(error.into()),
                    Err(error) => tx.postponed(item.item, now, error.code())?,
                }
            }
            Ok((appends, blobs, items.len()))
        })
    }

    async fn push_letters(
        &mut self,
        api: &mut Api<'_>,
        info: &RelayInfo,
        items: &[OutboxItem],
    ) -> Result<u64, ClientError> {
        let mut letters = Vec::new();
        let mut blobs = Vec::new();
        self.write(|tx| {
            for item in items {
                let blob =
                    BlobId::from_slice(&item.reference).map_err(|_| ClientError::Internal("letter"))?;
                let letter = tx.letter(blob)?.ok_or(ClientError::Internal("letter"))?;
                blobs.push(Blob {
                    item: item.item,
                    kind: ItemKind::Letter,
                    reference: item.reference.clone(),
                    mailbox: letter.mailbox,
                    blob,
                    event: None,
                    shown: false,
                });
                letters.push(letter);
            }
            Ok(())
        })?;
        let Some(desk) = self.desk() else { return Err(ClientError::Internal("letters of a phone")) };
        // Intakes of other organisations take letters from a desk like its own does.
        let principal = Principal::Organisation(desk.organisation);
        let key = self.request_key(None)?;
        let appends = letters.into_iter().map(|letter| Append(letter.mailbox, letter.envelope)).collect();
        let answer: Answer = api.send(Method::Post, "/v1/push", &Push { appends }, Some(&key)).await?;
        self.take_answer(&answer, &blobs, &principal, &info.key)
    }

    async fn append(
        &mut self,
        api: &mut Api<'_>,
        stored: &StoredCase,
        appends: Vec<Append>,
        blobs: Vec<Blob>,
    ) -> Result<u64, ClientError> {
        let key = self.request_key(Some(stored))?;
        let principal = self.principal(stored)?;
        let relay = self
            .trust
            .directory()
            .map(|directory| directory.relay.key)
            .ok_or(ClientError::RelayNotPublished)?;
        let answer: Answer = api.send(Method::Post, "/v1/push", &Push { appends }, Some(&key)).await?;
        self.take_answer(&answer, &blobs, &principal, &relay)
    }

    /// Believes exactly what the relay has signed. An item without proof stays pending.
    fn take_answer(
        &mut self,
        answer: &Answer,
        blobs: &[Blob],
        principal: &Principal,
        relay: &amana_domain::ids::VerifyKey,
    ) -> Result<u64, ClientError> {
        let ack = match &answer.ack {
            Some(proof) => Some(proof.verify(relay, &StrictVerifier).map_err(|_| ClientError::RelayAnswer)?),
            None => None,
        };
        // An acknowledgement speaks for one store: that of a store from before a loss proves nothing.
        let store = self.write(|tx| Ok(tx.meta(meta::GENERATION)?))?;
        let ack = ack.filter(|ack| {
            store.as_ref().is_some_and(|store| store.as_slice() == ack.generation.as_bytes().as_slice())
        });
        let now = self.env.now_ms();
        self.write(|tx| {
            let mut arrived = 0;
            let sworn: HashMap<(MailboxId, BlobId), (u64, Hash)> = ack
                .iter()
                .flat_map(|ack| &ack.entries)
                .map(|AckEntry(mailbox, blob, seq, chain)| ((*mailbox, *blob), (*seq, *chain)))
                .collect();
            let mut places = Places::new(tx, principal);
            for blob in blobs {
                if let Some((seq, chain)) = sworn.get(&(blob.mailbox, blob.blob)) {
                    if let Some(event) = blob.event {
                        tx.mark_at_relay(event)?;
                    }
                    places.note(blob, *seq, chain)?;
                    tx.done(blob.kind, &blob.reference)?;
                    arrived += 1;
                    continue;
                }
                let refusal = answer.results.iter().find_map(|result| match result {
                    AppendResult::Refused { blob: id, error } if *id == blob.blob => Some(*error),
                    _ => None,
                });
                match refusal {
                    // The relay has lost the mailbox: make it again, then the event goes through.
                    Some(ErrorCode::NoMailbox) => {
                        let log = tx.log_in(blob.mailbox)?;
                        if let Some(log) = log {
                            tx.enqueue(ItemKind::Mailbox, Some(log.case), blob.mailbox.as_bytes())?;
                        }
                        tx.postponed(blob.item, now, ErrorCode::NoMailbox.as_str())?;
                    }
                    Some(code @ (ErrorCode::MailboxGone | ErrorCode::BadEnvelope | ErrorCode::TooLarge)) => {
                        tx.refused(blob.item, code.as_str())?;
                    }
                    Some(code) => tx.postponed(blob.item, now, code.as_str())?,
                    None => {}
                }
            }
            places.keep()?;
            Ok(arrived)
        })
    }
}

/// Whether the relay will say the same to the same request at any time.
fn is_lasting(error: &ClientError) -> bool {
    matches!(error, ClientError::Relay(ErrorCode::MailboxGone | ErrorCode::TooLarge | ErrorCode::BadEnvelope))
}

fn filing_letter_name(case: CaseId) -> String {
    format!("filing_letter:{case}")
}

/// Names the letter that goes out with the filing of a case: a desk that enters one has other letters about it too.
pub(crate) fn set_filing_letter(tx: &Tx<'_>, case: CaseId, letter: &BlobId) -> Result<(), ClientError> {
    Ok(tx.set_meta(&filing_letter_name(case), letter.as_bytes())?)
}

/// The letter that was kept for a filing; a phone has only this one of each case.
fn filing_letter(tx: &Tx<'_>, case: CaseId) -> Result<Option<Letter>, ClientError> {
    match tx.meta(&filing_letter_name(case))? {
        Some(blob) => {
            let blob = BlobId::from_slice(&blob).map_err(|_| ClientError::Internal("letter"))?;
            Ok(tx.letter(blob)?)
        }
        None => Ok(tx.letters_of(case)?.into_iter().next()),
    }
}

/// What the owner gets with the filing: the keys of the first logs. Later ones have clearances of their own and are
/// announced in `core`.
pub(crate) fn first_grants(tx: &Tx<'_>, case: CaseId) -> Result<Vec<GrantedLog>, ClientError> {
    first_logs(tx, case)?.iter().map(|log| GrantedLog::of(tx, log)).collect()
}

/// The logs that filing opens, all under the `open` clearance.
fn first_logs(tx: &Tx<'_>, case: CaseId) -> Result<Vec<StoredLog>, ClientError> {
    let mut logs = tx.logs_of(case)?;
    logs.retain(|log| is_first(log.log.kind));
    Ok(logs)
}

/// Whether filing opens logs of this kind.
pub(super) fn is_first(kind: LogKind) -> bool {
    matches!(kind, LogKind::Core | LogKind::Talk | LogKind::Narrative)
}

/// A mailbox of which nothing has been read.
pub(super) fn fresh_mailbox(mailbox: MailboxId, principal: &Principal) -> Mailbox {
    Mailbox {
        mailbox,
        principal: principal.to_bytes(),
        cursor: 0,
        chain: *chain_start(&mailbox).as_bytes(),
        head: 0,
        gone: false,
        joined: 0,
    }
}

pub(crate) fn owner_of(stored: &StoredCase) -> Result<OrganisationId, ClientError> {
    amana_domain::event::CaseRoot::from_bytes(&stored.root)
        .map(|root| root.owner)
        .map_err(|_| ClientError::Internal("case root"))
}

/// Owners and nonce of a log's mailbox, from its genesis.
pub(super) fn new_mailbox(
    genesis: &Genesis,
    log: &LogRef,
    owner: OrganisationId,
) -> Result<NewMailbox, ClientError> {
    let owners = mailbox_owners(genesis, owner);
    let nonce = Nonce::from_bytes(genesis.nonce);
    if mailbox_id(&owners, &nonce) != Some(log.mailbox) {
        return Err(ClientError::Internal("mailbox"));
    }
    Ok(NewMailbox { id: log.mailbox, owners, nonce, readers: vec![], writers: vec![] })
}

/// Who owns a log's mailbox: the phone and the owning organisation; of a work log its organisation alone.
pub(crate) fn mailbox_owners(genesis: &Genesis, owner: OrganisationId) -> Vec<Principal> {
    let mut owners = match genesis.log {
        LogKind::Work => vec![Principal::Organisation(genesis.with.unwrap_or(owner))],
        _ => vec![Principal::Phone(genesis.phone), Principal::Organisation(owner)],
    };
    owners.sort_unstable();
    owners
}

/// Canonical bytes of a structure; failing is a bug.
pub(crate) fn canonical_bytes(value: &impl serde::Serialize) -> Result<Vec<u8>, ClientError> {
    canonical::to_vec(value).map_err(|_| ClientError::Internal("encoding"))
}
