//! Settings and small secrets of this device.

use zeroize::Zeroizing;

use super::Tx;
use crate::VaultError;

/// A setting: its name and value.
pub type Setting = (String, Zeroizing<Vec<u8>>);

impl Tx<'_> {
    /// Reads a setting.
    pub fn meta(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.one("SELECT value FROM meta WHERE name = ?", [name], |row| Ok(Zeroizing::new(row.get(0)?)))
    }

    /// Settings whose name begins so, in order of their names.
    pub fn meta_named(&self, prefix: &str) -> Result<Vec<Setting>, VaultError> {
        self.all(
            "SELECT name, value FROM meta WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1 ORDER BY name",
            [prefix],
            |row| Ok((row.get(0)?, Zeroizing::new(row.get(1)?))),
        )
    }

    /// Writes a setting.
    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        self.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )?;
        Ok(())
    }

    /// Removes a setting.
    pub fn delete_meta(&self, name: &str) -> Result<(), VaultError> {
        self.run("DELETE FROM meta WHERE name = ?", [name])?;
        Ok(())
    }
}
