//! Cases of people without a phone: the case key that their team speaks with.

use amana_domain::ids::CaseId;
use zeroize::Zeroizing;

use super::{StoredSecret, Tx};
use crate::VaultError;

impl Tx<'_> {
    /// Keeps the seed of a case key; the one that is there stays.
    pub fn add_proxy(&self, case: CaseId, sign: &[u8; 32]) -> Result<(), VaultError> {
        self.run(
            "INSERT OR IGNORE INTO proxies VALUES (?, ?)",
            (case.as_bytes().as_slice(), sign.as_slice()),
        )?;
        Ok(())
    }

    /// The seed of a case key, if this team speaks for the person.
    pub fn proxy(&self, case: CaseId) -> Result<Option<StoredSecret>, VaultError> {
        self.one("SELECT sign_seed FROM proxies WHERE case_id = ?", [case.as_bytes().as_slice()], |row| {
            Ok(Zeroizing::new(row.get(0)?))
        })
    }
}
