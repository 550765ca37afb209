//! What has to go to the relay. An item stays until it is proven to be there or refused for good.

use amana_domain::ids::CaseId;

use super::{Tx, id, number};
use crate::VaultError;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// First contact of a case: mailboxes, openings and the key letter, all or nothing. `reference` = case id.
    Filing,
    /// One event for its mailbox. `reference` = event id.
    Event,
    /// A kept letter for its intake. `reference` = blob id.
    Letter,
    /// A mailbox to create with its access list. `reference` = mailbox id.
    Mailbox,
    /// This device's request to join. `reference` = organisation id.
    Join,
}

impl ItemKind {
    fn name(self) -> &'static str {
        match self {
            Self::Filing => "filing",
            Self::Event => "event",
            Self::Letter => "letter",
            Self::Mailbox => "mailbox",
            Self::Join => "join",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Filing, Self::Event, Self::Letter, Self::Mailbox, Self::Join]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its number; lower goes first.
    pub item: i64,
    /// What it is.
    pub kind: ItemKind,
    /// The case, where it belongs to one.
    pub case: Option<CaseId>,
    /// What it names.
    pub reference: Vec<u8>,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Not before this time, ms since 1970 UTC.
    pub next_ms: u64,
}

impl Tx<'_> {
    /// Puts something in the outbox; one that is there already becomes pending again.
    pub fn enqueue(&self, kind: ItemKind, case: Option<CaseId>, reference: &[u8]) -> Result<(), VaultError> {
        self.run(
            "INSERT INTO outbox (kind, case_id, ref) VALUES (?, ?, ?)
             ON CONFLICT (kind, ref) DO UPDATE SET state = 'pending', attempts = 0, next_ms = 0, error = NULL",
            (kind.name(), case.as_ref().map(|case| case.as_bytes().as_slice()), reference),
        )?;
        Ok(())
    }

    /// Items to send, oldest first.
    pub fn pending(&self) -> Result<Vec<OutboxItem>, VaultError> {
        self.all(
            "SELECT item, kind, case_id, ref, attempts, next_ms FROM outbox WHERE state = 'pending' ORDER BY item",
            [],
            |row| {
                Ok(OutboxItem {
                    item: row.get(0)?,
                    kind: ItemKind::from_name(&row.get::<_, String>(1)?).ok_or(rusqlite::Error::InvalidQuery)?,
                    case: row.get::<_, Option<Vec<u8>>>(2)?.map(|bytes| id(bytes, CaseId::from_slice)).transpose()?,
                    reference: row.get(3)?,
                    attempts: row.get(4)?,
                    next_ms: row.get::<_, i64>(5)?.cast_unsigned(),
                })
            },
        )
    }

    /// Whether anything at all has to go to the relay, or was refused there.
    pub fn owes_any(&self) -> Result<bool, VaultError> {
        Ok(self.one("SELECT 1 FROM outbox LIMIT 1", [], |_| Ok(()))?.is_some())
    }

    /// The item is at the relay: nothing left to do.
    pub fn done(&self, kind: ItemKind, reference: &[u8]) -> Result<(), VaultError> {
        self.run("DELETE FROM outbox WHERE kind = ? AND ref = ?", (kind.name(), reference))?;
        Ok(())
    }

    /// The relay refused the item for good; it is kept with the code.
    pub fn refused(&self, item: i64, code: &str) -> Result<(), VaultError> {
        self.run("UPDATE outbox SET state = 'refused', error = ? WHERE item = ?", (code, item))?;
        Ok(())
    }

    /// The item failed for now.
    pub fn postponed(&self, item: i64, next_ms: u64, code: &str) -> Result<(), VaultError> {
        self.run(
            "UPDATE outbox SET attempts = attempts + 1, next_ms = ?, error = ? WHERE item = ?",
            (number(next_ms), code, item),
        )?;
        Ok(())
    }

    /// Items that were refused, with the code.
    pub fn refusals(&self) -> Result<Vec<(ItemKind, Option<CaseId>, String)>, VaultError> {
        self.all("SELECT kind, case_id, error FROM outbox WHERE state = 'refused' ORDER BY item", [], |row| {
            Ok((
                ItemKind::from_name(&row.get::<_, String>(0)?).ok_or(rusqlite::Error::InvalidQuery)?,
                row.get::<_, Option<Vec<u8>>>(1)?.map(|bytes| id(bytes, CaseId::from_slice)).transpose()?,
                row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            ))
        })
    }
}
