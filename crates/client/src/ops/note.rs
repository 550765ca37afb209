//! `note`: an internal note of this organisation. Opens its work log when there is none yet.

use amana_crypto::{KemPublic, LogKey, envelope};
use amana_domain::{
    event::{Body, Draft, Genesis, LogRef, Text},
    ids::{BlobId, CaseId, EpochId, EventId, LogId, Nonce},
    role::{Clearance, LogKind},
    text::CaseText,
};
use amana_protocol::mailbox::mailbox_id;
use amana_vault::store::{ItemKind, Letter};

use crate::{
    Client, ClientError,
    case::Case,
    client::stored_case,
    letter::{GrantedLog, KeyLetter},
    sync::{mailbox_owners, owner_of},
};

impl Client {
    /// Writes an internal note.
    pub fn note(&mut self, case: CaseId, text: &CaseText) -> Result<EventId, ClientError> {
        let log = self.work_log(case)?;
        let text = Text { text: text.as_str().to_owned() };
        self.write_case(case, |writer| writer.append_to(log, Body::Note(text)))
    }

    /// This organisation's work log of a case; the migrant is no member and no phone can read it.
    pub(super) fn work_log(&mut self, id: CaseId) -> Result<LogId, ClientError> {
        let organisation = self.require_desk()?.organisation;
        let trust = &self.trust;
        let (existing, phone, root) = self.vault.write(|tx| {
            let case = Case::load(tx, trust, id)?;
            let existing = case
                .of_kind(LogKind::Work)
                .find(|log| log.fold.genesis.with == Some(organisation))
                .map(|log| log.log.log);
            let main = case.main().ok_or(ClientError::LogNotHereYet)?;
            Ok::<_, ClientError>((existing, main.fold.genesis.phone, case.stored.root.clone()))
        })?;
        if let Some(log) = existing {
            return Ok(log);
        }
        let roster = self.trust.roster(organisation).ok_or(ClientError::AwaitingAdmission)?;
        let open = roster.body().clearance.get(Clearance::Open).key.as_bytes();
        let to = KemPublic::from_slice(open).map_err(|_| ClientError::Internal("clearance key"))?;
        let nonce: [u8; 16] = self.env.bytes();
        let genesis = Genesis {
            root,
            log: LogKind::Work,
            n: 0,
            nonce,
            phone,
            with: Some(organisation),
            opening: None,
            narrative: None,
            message: None,
        };
        let stored = self.vault.write(|tx| stored_case(tx, id))?;
        let owner = owner_of(&stored)?;
        let mailbox = mailbox_id(&mailbox_owners(&genesis, owner), &Nonce::from_bytes(nonce))
            .ok_or(ClientError::Internal("mailbox"))?;
        let desk = self.require_desk()?;
        let draft = Draft {
            deployment: self.trust.deployment(),
            case: id,
            log: None,
            epoch: None,
            author: desk.sign.verify_key(),
            seq: 0,
            prev: None,
            heads: vec![],
            roster: self.roster_ref(owner),
            claimed_ms: self.env.now_ms(),
            body: Body::Genesis(genesis),
        };
        let event =
            draft.sign(|message| desk.sign.sign(message)).map_err(|_| ClientError::Internal("event"))?;
        let log = LogRef { kind: LogKind::Work, n: 0, log: event.event().log(), mailbox };
        let key = LogKey::make(self.env.random.as_ref());
        let random = self.env.random.clone();
        self.write(|tx| {
            tx.add_log(id, &log)?;
            tx.prove_log_key(log.log, EpochId::from(log.log), key.expose())?;
            tx.add_event(event.id(), log.log, &event.to_content(), false)?;
            let stored_log = tx.log(log.log)?.ok_or(ClientError::Internal("log"))?;
            // The team's other desks learn the key from a letter in their own intake.
            let letter = KeyLetter::grant(&stored, vec![GrantedLog::of(tx, &stored_log)?]).to_bytes()?;
            let intake = organisation.intake();
            let envelope = envelope::seal_letter(&to, intake, &letter, random.as_ref())
                .map_err(|_| ClientError::Internal("letter"))?;
            let blob = BlobId::of(&envelope);
            tx.add_letter(&Letter { blob, mailbox: intake, case: Some(id), envelope })?;
            tx.enqueue(ItemKind::Mailbox, Some(id), mailbox.as_bytes())?;
            tx.enqueue(ItemKind::Event, Some(id), event.id().as_bytes())?;
            Ok(tx.enqueue(ItemKind::Letter, Some(id), blob.as_bytes())?)
        })?;
        Ok(log.log)
    }
}
