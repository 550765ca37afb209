//! The event log.

use amana_domain::ids::{EventId, LogId, MailboxId};

use super::{Tx, id, number};
use crate::VaultError;

/// An event as stored: its signature was checked before it came here.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Its id.
    pub id: EventId,
    /// `sig(64) ‖ message`.
    pub content: Vec<u8>,
    /// Whether the relay provably has it.
    pub at_relay: bool,
}

impl Tx<'_> {
    /// Adds an event whose signature has been checked; true if it was not there. It counts until a fold says otherwise:
    /// whoever adds it marks the case as due in the same transaction.
    pub fn add_event(
        &self,
        id: EventId,
        log: LogId,
        content: &[u8],
        at_relay: bool,
    ) -> Result<bool, VaultError> {
        let added = self.run(
            "INSERT OR IGNORE INTO events (id, log, content, at_relay, verdict) VALUES (?, ?, ?, ?, 'applied')",
            (id.as_bytes().as_slice(), log.as_bytes().as_slice(), content, at_relay),
        )?;
        if added == 0 && at_relay {
            self.mark_at_relay(id)?;
        }
        Ok(added > 0)
    }

    /// Records the proof that the relay has an event.
    pub fn mark_at_relay(&self, id: EventId) -> Result<(), VaultError> {
        self.run("UPDATE events SET at_relay = 1 WHERE id = ? AND at_relay = 0", [id.as_bytes().as_slice()])?;
        Ok(())
    }

    /// The relay has lost a log's events: none counts as being there until proven again.
    pub fn forget_at_relay(&self, log: LogId) -> Result<(), VaultError> {
        self.run("UPDATE events SET at_relay = 0 WHERE log = ?", [log.as_bytes().as_slice()])?;
        Ok(())
    }

    /// The events of a log in order of arrival.
    pub fn events(&self, log: LogId) -> Result<Vec<StoredEvent>, VaultError> {
        self.all(
            "SELECT id, content, at_relay FROM events WHERE log = ? ORDER BY arrival",
            [log.as_bytes().as_slice()],
            |row| {
                Ok(StoredEvent {
                    id: id(row.get(0)?, EventId::from_slice)?,
                    content: row.get(1)?,
                    at_relay: row.get(2)?,
                })
            },
        )
    }

    /// One event.
    pub fn event(&self, event: EventId) -> Result<Option<StoredEvent>, VaultError> {
        self.one(
            "SELECT id, content, at_relay FROM events WHERE id = ?",
            [event.as_bytes().as_slice()],
            |row| {
                Ok(StoredEvent {
                    id: id(row.get(0)?, EventId::from_slice)?,
                    content: row.get(1)?,
                    at_relay: row.get(2)?,
                })
            },
        )
    }

    /// How many events there are.
    pub fn event_count(&self) -> Result<u64, VaultError> {
        let count: Option<i64> = self.one("SELECT count(*) FROM events", [], |row| row.get(0))?;
        Ok(count.unwrap_or(0).cast_unsigned())
    }

    /// Keeps the verdicts of the last fold.
    pub fn set_verdict(&self, event: EventId, verdict: &str) -> Result<(), VaultError> {
        self.run(
            "UPDATE events SET verdict = ?2 WHERE id = ?1 AND verdict <> ?2",
            (event.as_bytes().as_slice(), verdict),
        )?;
        Ok(())
    }

    /// The verdicts of a log as kept.
    pub fn verdicts(&self, log: LogId) -> Result<Vec<(EventId, String)>, VaultError> {
        self.all(
            "SELECT id, verdict FROM events WHERE log = ? ORDER BY id",
            [log.as_bytes().as_slice()],
            |row| Ok((id(row.get(0)?, EventId::from_slice)?, row.get(1)?)),
        )
    }

    /// Keeps an envelope that no key opens yet.
    pub fn add_unopened(&self, mailbox: MailboxId, seq: u64, envelope: &[u8]) -> Result<(), VaultError> {
        self.run(
            "INSERT OR IGNORE INTO unopened VALUES (?, ?, ?)",
            (mailbox.as_bytes().as_slice(), number(seq), envelope),
        )?;
        Ok(())
    }

    /// Envelopes of a mailbox that no key opened so far.
    pub fn unopened(&self, mailbox: MailboxId) -> Result<Vec<(u64, Vec<u8>)>, VaultError> {
        self.all(
            "SELECT seq, envelope FROM unopened WHERE mailbox = ? ORDER BY seq",
            [mailbox.as_bytes().as_slice()],
            |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)),
        )
    }

    /// An envelope was opened after all, or is no event of this log.
    pub fn remove_unopened(&self, mailbox: MailboxId, seq: u64) -> Result<(), VaultError> {
        self.run(
            "DELETE FROM unopened WHERE mailbox = ? AND seq = ?",
            (mailbox.as_bytes().as_slice(), number(seq)),
        )?;
        Ok(())
    }
}
