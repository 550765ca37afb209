//! From items of the outbox to envelopes.

use std::collections::{BTreeMap, btree_map::Entry};

use amana_crypto::{LogKey, envelope};
use amana_domain::{
    event::AuthenticEvent,
    ids::{BlobId, EpochId, EventId, LogId, MailboxId},
};
use amana_protocol::wire::Append;
use amana_vault::{
    Tx,
    store::{ItemKind, OutboxItem, StoredLog},
};

use crate::ClientError;

/// What one request carries: items and the blobs they became.
pub(super) struct Blob {
    pub item: i64,
    pub kind: ItemKind,
    pub reference: Vec<u8>,
    pub mailbox: MailboxId,
    pub blob: BlobId,
    pub event: Option<EventId>,
    /// Whether people are shown how far it has come.
    pub shown: bool,
}

/// A log with the keys of its epochs.
type KeyedLog = (StoredLog, Vec<(EpochId, LogKey)>);

/// Seals events under their epochs' keys. The result is the same on every replica. Logs and keys are read once.
pub(super) struct Sealer<'a> {
    tx: &'a Tx<'a>,
    logs: BTreeMap<LogId, KeyedLog>,
}

impl<'a> Sealer<'a> {
    pub fn new(tx: &'a Tx<'a>) -> Self {
        Self { tx, logs: BTreeMap::new() }
    }

    pub fn seal_item(&mut self, item: &OutboxItem) -> Result<(Append, Blob), ClientError> {
        let event = EventId::from_slice(&item.reference).map_err(|_| ClientError::Internal("event"))?;
        let event = self.tx.event(event)?.ok_or(ClientError::Internal("event"))?;
        self.seal(&event.content, item)
    }

    pub fn seal(&mut self, content: &[u8], item: &OutboxItem) -> Result<(Append, Blob), ClientError> {
        let (event, ..) =
            AuthenticEvent::split(content).map_err(|_| ClientError::Internal("stored event"))?;
        let (log, keys) = self.log(event.log())?;
        let (_, key) =
            keys.iter().find(|(epoch, _)| *epoch == event.epoch()).ok_or(ClientError::Internal("log key"))?;
        let mailbox = log.log.mailbox;
        let envelope = envelope::seal_event(key, mailbox, event.id(), content)
            .map_err(|_| ClientError::Internal("envelope"))?;
        let blob = Blob {
            item: item.item,
            kind: ItemKind::Event,
            reference: event.id().as_bytes().to_vec(),
            mailbox,
            blob: BlobId::of(&envelope),
            event: Some(event.id()),
            shown: !event.kind.is_bookkeeping(),
        };
        Ok((Append(mailbox, envelope), blob))
    }

    fn log(&mut self, id: LogId) -> Result<&KeyedLog, ClientError> {
        match self.logs.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let log = self.tx.log(id)?.ok_or(ClientError::Internal("log"))?;
                let keys = self.tx.log_keys(id)?;
                let keys = keys.into_iter().map(|(epoch, key)| (epoch, LogKey::from_bytes(*key))).collect();
                Ok(place.insert((log, keys)))
            }
        }
    }
}
