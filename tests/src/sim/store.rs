//! Everything that the honest relay ever stored, read from its own database.

use std::{collections::BTreeMap, path::Path};

use amana_domain::ids::{BlobId, MailboxId, OrganisationId};
use rusqlite::{Connection, OpenFlags};

/// A blob as it lies at the relay.
pub struct StoredBlob {
    pub mailbox: MailboxId,
    pub seq: u64,
    pub id: BlobId,
    pub envelope: Vec<u8>,
}

/// A roster as it lies at the relay.
pub struct StoredRoster {
    pub organisation: OrganisationId,
    pub n: u64,
    pub head: Vec<u8>,
    pub part: Option<Vec<u8>>,
}

/// The relay's database, opened for reading beside the relay.
pub struct RelayStore(Connection);

impl RelayStore {
    /// Opens the database of a data folder.
    pub fn open(folder: &Path) -> Self {
        Self(Connection::open_with_flags(folder.join("relay.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap())
    }

    /// All blobs of all mailboxes, by mailbox and sequence.
    pub fn blobs(&self) -> Vec<StoredBlob> {
        let mut query = self
            .0
            .prepare(
                "SELECT mailbox.name, blob.place & 4294967295, blob.id, blob.envelope
                 FROM blob JOIN mailbox ON mailbox.id = blob.mailbox ORDER BY mailbox.name, blob.place",
            )
            .unwrap();
        query
            .query_map([], |row| {
                Ok(StoredBlob {
                    mailbox: MailboxId::from_slice(&row.get::<_, Vec<u8>>(0)?).unwrap(),
                    seq: row.get::<_, i64>(1)?.cast_unsigned(),
                    id: BlobId::from_slice(&row.get::<_, Vec<u8>>(2)?).unwrap(),
                    envelope: row.get(3)?,
                })
            })
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    /// All blobs by mailbox, each in the order of its sequence.
    pub fn mailboxes(&self) -> BTreeMap<MailboxId, Vec<StoredBlob>> {
        let mut mailboxes: BTreeMap<MailboxId, Vec<StoredBlob>> = BTreeMap::new();
        for blob in self.blobs() {
            mailboxes.entry(blob.mailbox).or_default().push(blob);
        }
        mailboxes
    }

    /// All rosters of all organisations with their parts, in order.
    pub fn rosters(&self) -> Vec<StoredRoster> {
        let mut query = self
            .0
            .prepare("SELECT organisation, n, signed, part FROM roster ORDER BY organisation, n")
            .unwrap();
        query
            .query_map([], |row| {
                Ok(StoredRoster {
                    organisation: OrganisationId::from_slice(&row.get::<_, Vec<u8>>(0)?).unwrap(),
                    n: row.get::<_, i64>(1)?.cast_unsigned(),
                    head: row.get(2)?,
                    part: row.get(3)?,
                })
            })
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }
}
