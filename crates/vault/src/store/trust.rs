//! Directory chain, rosters and the team's clearance secrets.

use amana_domain::{ids::OrganisationId, role::Clearance};
use zeroize::Zeroizing;

use super::{StoredSecret, Tx, id, number};
use crate::VaultError;

fn clearance_name(clearance: Clearance) -> &'static str {
    match clearance {
        Clearance::Open => "open",
        Clearance::Need => "need",
        Clearance::Strict => "strict",
    }
}

fn clearance_of(name: &str) -> Option<Clearance> {
    [Clearance::Open, Clearance::Need, Clearance::Strict]
        .into_iter()
        .find(|known| clearance_name(*known) == name)
}

impl Tx<'_> {
    /// The directory chain, oldest first.
    pub fn directories(&self) -> Result<Vec<Vec<u8>>, VaultError> {
        self.all("SELECT bytes FROM directories ORDER BY version", [], |row| row.get(0))
    }

    /// Adds a verified directory.
    pub fn add_directory(&self, version: u64, bytes: &[u8]) -> Result<(), VaultError> {
        self.run("INSERT OR IGNORE INTO directories VALUES (?, ?)", (number(version), bytes))?;
        Ok(())
    }

    /// Every roster head, by organisation and number.
    pub fn roster_heads(&self) -> Result<Vec<(OrganisationId, Vec<u8>)>, VaultError> {
        self.all("SELECT organisation, head FROM rosters ORDER BY organisation, n", [], |row| {
            Ok((id(row.get(0)?, OrganisationId::from_slice)?, row.get(1)?))
        })
    }

    /// Replaces an organisation's chain from `n` on: a longer chain won.
    pub fn truncate_rosters(&self, organisation: OrganisationId, n: u64) -> Result<(), VaultError> {
        self.run(
            "DELETE FROM rosters WHERE organisation = ? AND n >= ?",
            (organisation.as_bytes().as_slice(), number(n)),
        )?;
        Ok(())
    }

    /// Adds a verified roster head.
    pub fn add_roster(&self, organisation: OrganisationId, n: u64, head: &[u8]) -> Result<(), VaultError> {
        self.run(
            "INSERT OR IGNORE INTO rosters (organisation, n, head) VALUES (?, ?, ?)",
            (organisation.as_bytes().as_slice(), number(n), head),
        )?;
        Ok(())
    }

    /// Keeps the part of a roster, whose hash has been checked.
    pub fn set_roster_part(
        &self,
        organisation: OrganisationId,
        n: u64,
        part: &[u8],
    ) -> Result<(), VaultError> {
        self.run(
            "UPDATE rosters SET part = ? WHERE organisation = ? AND n = ?",
            (part, organisation.as_bytes().as_slice(), number(n)),
        )?;
        Ok(())
    }

    /// The part of a roster.
    pub fn roster_part(&self, organisation: OrganisationId, n: u64) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self
            .one(
                "SELECT part FROM rosters WHERE organisation = ? AND n = ?",
                (organisation.as_bytes().as_slice(), number(n)),
                |row| row.get::<_, Option<Vec<u8>>>(0),
            )?
            .flatten())
    }

    /// Keeps the secret of a clearance key, which has been checked against the roster, in place of one that was not it.
    pub fn add_clearance_secret(
        &self,
        clearance: Clearance,
        generation: u64,
        seed: &[u8; 32],
    ) -> Result<(), VaultError> {
        self.run(
            "INSERT OR REPLACE INTO clearance_secrets VALUES (?, ?, ?)",
            (clearance_name(clearance), number(generation), seed.as_slice()),
        )?;
        Ok(())
    }

    /// Secrets of clearance keys that this device holds, newest first.
    pub fn clearance_secrets(&self) -> Result<Vec<(Clearance, u64, StoredSecret)>, VaultError> {
        self.all(
            "SELECT clearance, generation, seed FROM clearance_secrets ORDER BY generation DESC",
            [],
            |row| {
                let clearance =
                    clearance_of(&row.get::<_, String>(0)?).ok_or(rusqlite::Error::InvalidQuery)?;
                let seed: [u8; 32] = row.get(2)?;
                Ok((clearance, row.get::<_, i64>(1)?.cast_unsigned(), Zeroizing::new(seed)))
            },
        )
    }
}
