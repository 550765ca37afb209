//! What a later team key opens: letters and wraps that this desk met before it held the key.

use amana_crypto::StrictVerifier;
use amana_domain::{
    event::{AuthenticEvent, Body},
    role::LogKind,
};
use amana_vault::store::StoredLog;

use crate::{Client, ClientError, client::meta};

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

    /// Looks for the key of a log where it was announced, and for those of its epochs; tries again what no key opened.
    /// Returns how many events were new.
    pub(crate) fn try_wraps(&mut self, log: &StoredLog) -> Result<u64, ClientError> {
        let kept = self.read(|tx| {
            let mut kept = tx.events(log.log.log)?;
            for known in tx.logs_of(log.case)? {
                if known.log.kind == LogKind::Core && known.log.log != log.log.log {
                    kept.extend(tx.events(known.log.log)?);
                }
            }
            Ok(kept)
        })?;
        let mut epochs = Vec::new();
        for row in kept {
            let event = AuthenticEvent::read_stored(&row.content, &StrictVerifier)
                .map_err(|_| ClientError::Internal("stored event"))?;
            match event.body() {
                Body::LogOpen(open) if open.log == log.log => {
                    self.take_opening(log, &open.wraps)?;
                }
                Body::Epoch(_) if event.event().log() == log.log.log => epochs.push(event),
                _ => {}
            }
        }
        // The newest first: its key brings those before. Until no epoch more has one.
        epochs.reverse();
        loop {
            let waiting = epochs.len();
            let mut left = Vec::new();
            for event in epochs {
                let Body::Epoch(epoch) = event.body() else { continue };
                if self.take_epoch(log, event.id(), epoch)?.is_none() {
                    left.push(event);
                }
            }
            epochs = left;
            if epochs.is_empty() || epochs.len() == waiting {
                return self.retry_unopened(log);
            }
        }
    }
}
