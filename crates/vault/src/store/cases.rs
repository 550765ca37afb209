//! Cases, their logs and the keys that open them.

use amana_domain::{
    event::LogRef,
    ids::{CaseId, EpochId, LogId, MailboxId},
    role::LogKind,
};
use zeroize::Zeroizing;

use super::{StoredSecret, Tx, id};
use crate::VaultError;

/// Most claims to be the key of one epoch that are kept.
const MAX_CLAIMS: u32 = 64;

/// The secrets of the phone that filed a case.
pub struct CaseKeys {
    /// Seed of the Ed25519 case key.
    pub sign: Zeroizing<[u8; 32]>,
    /// Seed of the X-Wing case key.
    pub kem: Zeroizing<[u8; 32]>,
    /// Seed of the per-case relay key.
    pub relay: Zeroizing<[u8; 32]>,
}

/// A case as stored.
pub struct StoredCase {
    /// The case.
    pub case: CaseId,
    /// The case root, canonical.
    pub root: Vec<u8>,
    /// The migrant's X-Wing public key of this case.
    pub kem: Vec<u8>,
    /// The phone's secrets; `None` at a desk.
    pub keys: Option<CaseKeys>,
}

/// A log as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredLog {
    /// The case it belongs to.
    pub case: CaseId,
    /// Kind, number, id and mailbox.
    pub log: LogRef,
}

fn case_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredCase> {
    let seed = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<[u8; 32]>>(column)?.map(Zeroizing::new));
    let keys = match (seed(3)?, seed(4)?, seed(5)?) {
        (Some(sign), Some(kem), Some(relay)) => Some(CaseKeys { sign, kem, relay }),
        _ => None,
    };
    Ok(StoredCase { case: id(row.get(0)?, CaseId::from_slice)?, root: row.get(1)?, kem: row.get(2)?, keys })
}

/// Reads a log from the columns log, case_id, kind, n and mailbox, from `first` on.
pub(super) fn log_row(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<StoredLog> {
    let kind: LogKind =
        row.get::<_, String>(first + 2)?.parse().map_err(|_| rusqlite::Error::InvalidQuery)?;
    Ok(StoredLog {
        case: id(row.get(first + 1)?, CaseId::from_slice)?,
        log: LogRef {
            kind,
            n: row.get(first + 3)?,
            log: id(row.get(first)?, LogId::from_slice)?,
            mailbox: id(row.get(first + 4)?, MailboxId::from_slice)?,
        },
    })
}

impl Tx<'_> {
    /// Adds a case; one that is there stays as it is.
    pub fn add_case(
        &self,
        case: CaseId,
        root: &[u8],
        kem: &[u8],
        keys: Option<&CaseKeys>,
    ) -> Result<(), VaultError> {
        self.run(
            "INSERT OR IGNORE INTO cases VALUES (?, ?, ?, ?, ?, ?)",
            (
                case.as_bytes().as_slice(),
                root,
                kem,
                keys.map(|keys| keys.sign.as_slice()),
                keys.map(|keys| keys.kem.as_slice()),
                keys.map(|keys| keys.relay.as_slice()),
            ),
        )?;
        Ok(())
    }

    /// One case.
    pub fn case(&self, case: CaseId) -> Result<Option<StoredCase>, VaultError> {
        self.one("SELECT * FROM cases WHERE case_id = ?", [case.as_bytes().as_slice()], case_row)
    }

    /// The ids of all cases.
    pub fn case_ids(&self) -> Result<Vec<CaseId>, VaultError> {
        self.all("SELECT case_id FROM cases ORDER BY case_id", [], |row| id(row.get(0)?, CaseId::from_slice))
    }

    /// All cases with their keys.
    pub fn cases(&self) -> Result<Vec<StoredCase>, VaultError> {
        self.all("SELECT * FROM cases ORDER BY case_id", [], case_row)
    }

    /// Adds what is said of a log; what the same case said before stays, and once its first event is here nothing else
    /// counts ([`Tx::settle_log`]).
    pub fn add_log(&self, case: CaseId, log: &LogRef) -> Result<(), VaultError> {
        self.run(
            "INSERT OR IGNORE INTO logs SELECT ?1, ?2, ?3, ?4, ?5
             WHERE NOT EXISTS (SELECT 1 FROM logs JOIN events ON events.id = logs.log WHERE logs.log = ?1)",
            (
                log.log.as_bytes().as_slice(),
                case.as_bytes().as_slice(),
                log.kind.to_string(),
                log.n,
                log.mailbox.as_bytes().as_slice(),
            ),
        )?;
        Ok(())
    }

    /// The logs of a case, by kind and number; of two alike the least id first.
    pub fn logs_of(&self, case: CaseId) -> Result<Vec<StoredLog>, VaultError> {
        self.all(
            "SELECT log, case_id, kind, n, mailbox FROM logs WHERE case_id = ? ORDER BY kind, n, log",
            [case.as_bytes().as_slice()],
            |row| log_row(row, 0),
        )
    }

    /// The first event of a log has come, and says of which case it is: other claims are dropped.
    pub fn settle_log(&self, case: CaseId, log: LogId) -> Result<(), VaultError> {
        self.run(
            "DELETE FROM logs WHERE log = ? AND case_id != ?",
            (log.as_bytes().as_slice(), case.as_bytes().as_slice()),
        )?;
        Ok(())
    }

    /// One log whose first event is here.
    pub fn log(&self, log: LogId) -> Result<Option<StoredLog>, VaultError> {
        Ok(self.claims_of(log)?.into_iter().next())
    }

    /// What is said of a log: until its first event is here, each case may claim it.
    pub fn claims_of(&self, log: LogId) -> Result<Vec<StoredLog>, VaultError> {
        self.all(
            "SELECT log, case_id, kind, n, mailbox FROM logs WHERE log = ? ORDER BY case_id",
            [log.as_bytes().as_slice()],
            |row| log_row(row, 0),
        )
    }

    /// The log whose mailbox this is: of several that claim it, the one whose first event is here.
    pub fn log_in(&self, mailbox: MailboxId) -> Result<Option<StoredLog>, VaultError> {
        Ok(self.logs_in(mailbox)?.into_iter().next())
    }

    /// Every log that is said to be in this mailbox, the one whose first event is here first.
    pub fn logs_in(&self, mailbox: MailboxId) -> Result<Vec<StoredLog>, VaultError> {
        self.all(
            "SELECT log, case_id, kind, n, mailbox FROM logs WHERE mailbox = ?
             ORDER BY EXISTS (SELECT 1 FROM events WHERE events.id = logs.log) DESC, log, case_id",
            [mailbox.as_bytes().as_slice()],
            |row| log_row(row, 0),
        )
    }

    /// Every log.
    pub fn logs(&self) -> Result<Vec<StoredLog>, VaultError> {
        self.all(
            "SELECT log, case_id, kind, n, mailbox FROM logs ORDER BY case_id, kind, n, log",
            [],
            |row| log_row(row, 0),
        )
    }

    /// Keeps what a letter or another member says to be the key of an epoch, unless the right one is known. True if it
    /// is new.
    pub fn claim_log_key(&self, log: LogId, epoch: EpochId, key: &[u8; 32]) -> Result<bool, VaultError> {
        let added = self.run(
            "INSERT OR IGNORE INTO log_keys SELECT ?1, ?2, ?3, 0
             WHERE NOT EXISTS (SELECT 1 FROM log_keys WHERE log = ?1 AND epoch = ?2 AND proven = 1)
               AND (SELECT count(*) FROM log_keys WHERE log = ?1 AND epoch = ?2) < ?4",
            (log.as_bytes().as_slice(), epoch.as_bytes().as_slice(), key.as_slice(), MAX_CLAIMS),
        )?;
        Ok(added > 0)
    }

    /// Keeps the key of an epoch that this device made, that the epoch's own event brought, or that opened something;
    /// drops other claims. True if it was not known.
    pub fn prove_log_key(&self, log: LogId, epoch: EpochId, key: &[u8; 32]) -> Result<bool, VaultError> {
        let row = (log.as_bytes().as_slice(), epoch.as_bytes().as_slice(), key.as_slice());
        self.run("DELETE FROM log_keys WHERE log = ? AND epoch = ? AND key != ?", row)?;
        let known =
            self.run("UPDATE log_keys SET proven = 1 WHERE log = ? AND epoch = ? AND key = ?", row)?;
        if known == 0 {
            self.run("INSERT INTO log_keys VALUES (?, ?, ?, 1)", row)?;
        }
        Ok(known == 0)
    }

    /// Epochs of a log whose key is known for certain: proven, or claimed by nobody else.
    pub fn held_epochs(&self, log: LogId) -> Result<Vec<EpochId>, VaultError> {
        self.all(
            "SELECT epoch FROM log_keys WHERE log = ? GROUP BY epoch HAVING max(proven) = 1 OR count(*) = 1",
            [log.as_bytes().as_slice()],
            |row| id(row.get(0)?, EpochId::from_slice),
        )
    }

    /// Logs that a later key may open: without any key, or with envelopes that no key has opened.
    pub fn locked_logs(&self) -> Result<Vec<StoredLog>, VaultError> {
        self.all(
            "SELECT log, case_id, kind, n, mailbox FROM logs
             WHERE mailbox IN (SELECT mailbox FROM unopened)
                OR NOT EXISTS (SELECT 1 FROM log_keys WHERE log_keys.log = logs.log)
             ORDER BY case_id, kind, n, log",
            [],
            |row| log_row(row, 0),
        )
    }

    /// The keys of a log that this device holds; of an epoch the proven one, else every one that is claimed.
    pub fn log_keys(&self, log: LogId) -> Result<Vec<(EpochId, StoredSecret)>, VaultError> {
        self.all(
            "SELECT epoch, key FROM log_keys WHERE log = ? ORDER BY epoch, key",
            [log.as_bytes().as_slice()],
            |row| Ok((id(row.get(0)?, EpochId::from_slice)?, Zeroizing::new(row.get(1)?))),
        )
    }
}
