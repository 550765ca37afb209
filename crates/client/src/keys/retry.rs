//! What a later team key opens: letters and wraps that this desk met before it held the key.

use amana_domain::event::Body;
use amana_vault::store::StoredLog;

use crate::{Client, ClientError, case::Case, client::meta};

impl Client {
    /// Tries again everything that no key opened, once after this desk was given a key of its team.
    pub(crate) fn try_new_keys(&mut self) -> Result<(), ClientError> {
        if self.write(|tx| Ok(tx.meta(meta::NEW_KEYS)?))?.is_none() {
            return Ok(());
        }
        let intake = self.require_desk()?.organisation.intake();
        let letters = self.write(|tx| Ok(tx.unread_letters(intake)?))?;
        let envelopes: Vec<&[u8]> = letters.iter().map(|letter| letter.envelope.as_slice()).collect();
        self.take_letters(intake, &envelopes, None)?;
        for log in self.write(|tx| Ok(tx.locked_logs()?))? {
            self.try_wraps(&log)?;
        }
        self.write(|tx| Ok(tx.delete_meta(meta::NEW_KEYS)?))
    }

    /// Looks for the key of a log where it was announced, and for those of its epochs.
    fn try_wraps(&mut self, log: &StoredLog) -> Result<(), ClientError> {
        let trust = &self.trust;
        let case = self.vault.write(|tx| Case::load(tx, trust, log.case))?;
        let mut found = false;
        for event in case.logs.iter().flat_map(|known| known.events.values()) {
            match event.body() {
                Body::LogOpen(open) if open.log == log.log => found |= self.take_opening(log, &open.wraps)?,
                Body::Epoch(epoch) if event.event().log() == log.log.log => {
                    found |= self.take_epoch(log, event.id(), epoch)?;
                }
                _ => {}
            }
        }
        if found {
            self.retry_unopened(log)?;
            self.write(|tx| Ok(tx.mark_dirty(log.case)?))?;
        }
        Ok(())
    }
}
