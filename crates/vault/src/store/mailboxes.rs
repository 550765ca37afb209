//! What is known of mailboxes and feeds at the relay, and the letters that travelled through intakes.

use amana_domain::ids::{BlobId, CaseId, MailboxId};

use super::{StoredLog, Tx, cases::log_row, id, number};
use crate::VaultError;

/// A mailbox at the relay as this device knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its id.
    pub mailbox: MailboxId,
    /// As whom this device reads it.
    pub principal: Vec<u8>,
    /// Everything up to this sequence has been taken in.
    pub cursor: u64,
    /// The chain at the cursor.
    pub chain: [u8; 32],
    /// The highest sequence that the relay has shown or acknowledged.
    pub head: u64,
    /// This device may no longer read it, or it was deleted.
    pub gone: bool,
    /// The newest sequence when this device was let in: its feed names nothing up to there.
    pub joined: u64,
}

/// A key letter.
pub struct Letter {
    /// Its id.
    pub blob: BlobId,
    /// The intake it lies in.
    pub mailbox: MailboxId,
    /// The case, where known.
    pub case: Option<CaseId>,
    /// As the relay stores it.
    pub envelope: Vec<u8>,
}

fn mailbox_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mailbox> {
    Ok(Mailbox {
        mailbox: id(row.get(0)?, MailboxId::from_slice)?,
        principal: row.get(1)?,
        cursor: row.get::<_, i64>(2)?.cast_unsigned(),
        chain: row.get(3)?,
        head: row.get::<_, i64>(4)?.cast_unsigned(),
        gone: row.get(5)?,
        joined: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}

impl Tx<'_> {
    /// Writes what is known of a mailbox.
    pub fn put_mailbox(&self, mailbox: &Mailbox) -> Result<(), VaultError> {
        self.run(
            "INSERT OR REPLACE INTO mailboxes VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                mailbox.mailbox.as_bytes().as_slice(),
                &mailbox.principal,
                number(mailbox.cursor),
                mailbox.chain.as_slice(),
                number(mailbox.head),
                mailbox.gone,
                number(mailbox.joined),
            ),
        )?;
        Ok(())
    }

    /// One mailbox.
    pub fn mailbox(&self, mailbox: MailboxId) -> Result<Option<Mailbox>, VaultError> {
        self.one("SELECT * FROM mailboxes WHERE mailbox = ?", [mailbox.as_bytes().as_slice()], mailbox_row)
    }

    /// All mailboxes.
    pub fn mailboxes(&self) -> Result<Vec<Mailbox>, VaultError> {
        self.all("SELECT * FROM mailboxes ORDER BY mailbox", [], mailbox_row)
    }

    /// Mailboxes of which the relay holds more than was taken in, each with its log as [`Tx::log_in`] finds it.
    pub fn mailboxes_behind(&self) -> Result<Vec<(Mailbox, Option<StoredLog>)>, VaultError> {
        let mut behind = self.all(
            "SELECT m.mailbox, principal, cursor, chain, head, gone, joined, l.log, l.case_id, l.kind, l.n, l.mailbox
             FROM mailboxes m LEFT JOIN logs l ON l.mailbox = m.mailbox
             WHERE cursor < head AND gone = 0
             ORDER BY m.mailbox, EXISTS (SELECT 1 FROM events WHERE events.id = l.log) DESC, l.log, l.case_id",
            [],
            |row| {
                let log = row.get::<_, Option<Vec<u8>>>(7)?;
                Ok((mailbox_row(row)?, log.map(|_| log_row(row, 7)).transpose()?))
            },
        )?;
        behind.dedup_by_key(|(mailbox, _)| mailbox.mailbox);
        Ok(behind)
    }

    /// Remembers what the relay swore to have at a place, until it shows it.
    pub fn expect_at(&self, mailbox: MailboxId, seq: u64, blob: BlobId) -> Result<(), VaultError> {
        self.run(
            "INSERT OR IGNORE INTO acks VALUES (?, ?, ?)",
            (mailbox.as_bytes().as_slice(), seq.cast_signed(), blob.as_bytes().as_slice()),
        )?;
        Ok(())
    }

    /// Whether the relay has sworn to anything that it has not shown yet.
    pub fn expects_any(&self) -> Result<bool, VaultError> {
        Ok(self.one("SELECT 1 FROM acks LIMIT 1", [], |_| Ok(()))?.is_some())
    }

    /// What the relay swore to have at a place and has not shown yet.
    pub fn expected_at(&self, mailbox: MailboxId, seq: u64) -> Result<Option<BlobId>, VaultError> {
        self.one(
            "SELECT blob FROM acks WHERE mailbox = ? AND seq = ?",
            (mailbox.as_bytes().as_slice(), seq.cast_signed()),
            |row| id(row.get(0)?, BlobId::from_slice),
        )
    }

    /// The relay has shown what it swore to have.
    pub fn shown_at(&self, mailbox: MailboxId, seq: u64) -> Result<(), VaultError> {
        self.run(
            "DELETE FROM acks WHERE mailbox = ? AND seq = ?",
            (mailbox.as_bytes().as_slice(), seq.cast_signed()),
        )?;
        Ok(())
    }

    /// A mailbox that this device has left owes nothing.
    pub fn forgive(&self, mailbox: MailboxId) -> Result<(), VaultError> {
        self.run("DELETE FROM acks WHERE mailbox = ?", [mailbox.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Everything up to `seq` was read and is what the relay swore to.
    pub fn shown_up_to(&self, mailbox: MailboxId, seq: u64) -> Result<(), VaultError> {
        self.run(
            "DELETE FROM acks WHERE mailbox = ? AND seq <= ?",
            (mailbox.as_bytes().as_slice(), number(seq)),
        )?;
        Ok(())
    }

    /// Mailboxes read by this principal of which its feed still owes something that the relay swore to have.
    pub fn owed(&self, principal: &[u8]) -> Result<Vec<MailboxId>, VaultError> {
        self.all(
            "SELECT DISTINCT mailbox FROM acks JOIN mailboxes USING (mailbox) WHERE principal = ? AND seq > joined
             ORDER BY mailbox",
            [principal],
            |row| id(row.get(0)?, MailboxId::from_slice),
        )
    }

    /// Nothing is expected any more: everything is offered again.
    pub fn forget_expected(&self) -> Result<(), VaultError> {
        self.run("DELETE FROM acks", [])?;
        Ok(())
    }

    /// The access list of a mailbox as this device last wrote it: its version and its members, canonical.
    pub fn list(&self, mailbox: MailboxId) -> Result<Option<(u64, Vec<u8>)>, VaultError> {
        self.one(
            "SELECT version, list FROM lists WHERE mailbox = ?",
            [mailbox.as_bytes().as_slice()],
            |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)),
        )
    }

    /// The relay has this access list now.
    pub fn set_list(&self, mailbox: MailboxId, version: u64, list: &[u8]) -> Result<(), VaultError> {
        self.run(
            "INSERT OR REPLACE INTO lists VALUES (?, ?, ?)",
            (mailbox.as_bytes().as_slice(), number(version), list),
        )?;
        Ok(())
    }

    /// The relay may have lost every access list.
    pub fn forget_lists(&self) -> Result<(), VaultError> {
        self.run("DELETE FROM lists", [])?;
        Ok(())
    }

    /// How far a principal's feed was read, and its chain there; `None` = not yet.
    pub fn feed(&self, principal: &[u8]) -> Result<Option<(u64, [u8; 32])>, VaultError> {
        self.one("SELECT cursor, chain FROM feeds WHERE principal = ?", [principal], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })
    }

    /// Records how far a principal's feed was read, and its chain there.
    pub fn set_feed(&self, principal: &[u8], cursor: u64, chain: &[u8; 32]) -> Result<(), VaultError> {
        self.run(
            "INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)",
            (principal, number(cursor), chain.as_slice()),
        )?;
        Ok(())
    }

    /// Every feed is read from the beginning again.
    pub fn reset_feeds(&self) -> Result<(), VaultError> {
        self.run("DELETE FROM feeds", [])?;
        Ok(())
    }

    /// Keeps a letter.
    pub fn add_letter(&self, letter: &Letter) -> Result<(), VaultError> {
        self.run(
            "INSERT INTO letters VALUES (?, ?, ?, ?)
             ON CONFLICT (blob) DO UPDATE SET case_id = coalesce(case_id, excluded.case_id)",
            (
                letter.blob.as_bytes().as_slice(),
                letter.mailbox.as_bytes().as_slice(),
                letter.case.as_ref().map(|case| case.as_bytes().as_slice()),
                &letter.envelope,
            ),
        )?;
        Ok(())
    }

    /// The letters that were kept.
    pub fn letters(&self) -> Result<Vec<Letter>, VaultError> {
        self.all("SELECT blob, mailbox, case_id, envelope FROM letters ORDER BY blob", [], letter_row)
    }

    /// Letters of an intake that nothing could be made of so far.
    pub fn unread_letters(&self, mailbox: MailboxId) -> Result<Vec<Letter>, VaultError> {
        self.all(
            "SELECT blob, mailbox, case_id, envelope FROM letters WHERE mailbox = ? AND case_id IS NULL ORDER BY blob",
            [mailbox.as_bytes().as_slice()],
            letter_row,
        )
    }

    /// The letters of a case.
    pub fn letters_of(&self, case: CaseId) -> Result<Vec<Letter>, VaultError> {
        self.all(
            "SELECT blob, mailbox, case_id, envelope FROM letters WHERE case_id = ? ORDER BY blob",
            [case.as_bytes().as_slice()],
            letter_row,
        )
    }

    /// One letter.
    pub fn letter(&self, blob: BlobId) -> Result<Option<Letter>, VaultError> {
        self.one(
            "SELECT blob, mailbox, case_id, envelope FROM letters WHERE blob = ?",
            [blob.as_bytes().as_slice()],
            letter_row,
        )
    }
}

fn letter_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Letter> {
    Ok(Letter {
        blob: id(row.get(0)?, BlobId::from_slice)?,
        mailbox: id(row.get(1)?, MailboxId::from_slice)?,
        case: row.get::<_, Option<Vec<u8>>>(2)?.map(|bytes| id(bytes, CaseId::from_slice)).transpose()?,
        envelope: row.get(3)?,
    })
}
