//! New keys for the urgent cases, in the sync of whoever removed a desk. All others get theirs when they are next written.

use crate::{Client, ClientError, client::meta, keys};

/// Up to which priority open cases get new keys at once: P0 and P1.
const URGENT: u8 = 1;

impl Client {
    /// After a removal: gives every log of the open P0 and P1 cases a new key. Whatever interrupts it, the next sync
    /// goes on. Returns how many epochs began.
    pub(crate) fn rekey_urgent(&mut self) -> Result<u64, ClientError> {
        if self.write(|tx| Ok(tx.meta(meta::REKEY_DUE)?))?.is_none() {
            return Ok(0);
        }
        let mut made = 0;
        let urgent = self.write(|tx| Ok(tx.queue(u32::MAX)?))?;
        for row in urgent.into_iter().take_while(|row| row.priority <= URGENT) {
            made += self.write_case(row.case, |writer| {
                keys::rekey_case(writer.tx, writer.trust, &mut writer.case, &writer.author)
            })?;
        }
        self.write(|tx| Ok(tx.delete_meta(meta::REKEY_DUE)?))?;
        Ok(made)
    }
}
