//! A lost or rolled-back relay: everything it may lack is offered again, then read from the beginning.

use amana_domain::ids::{EventId, Generation};
use amana_protocol::mailbox::chain_start;
use amana_vault::store::ItemKind;

use super::{Report, Warning, api::Api, push::is_first};
use crate::{Client, ClientError, client::meta};

/// After this long without a receipt something may be wrong on the way, ms (three days).
const SILENCE_MS: u64 = 3 * 86_400_000;

impl Client {
    /// Compares the store's generation with the one seen before. A new one has lost what the old one held.
    pub(super) fn note_generation(
        &mut self,
        api: &mut Api<'_>,
        generation: &Generation,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let known = self.write(|tx| Ok(tx.meta(meta::GENERATION)?))?;
        if known.as_ref().is_some_and(|known| known.as_slice() == generation.as_bytes()) {
            return Ok(());
        }
        if known.is_some() {
            self.offer_again(api, report, "relay_rollback")?;
        }
        self.write(|tx| Ok(tx.set_meta(meta::GENERATION, generation.as_bytes())?))
    }

    /// Puts everything in the outbox again and reads the relay from the beginning. Blobs are idempotent: what the
    /// relay still has is only acknowledged again. Once in a run: a relay that shows less still is not believed.
    pub(super) fn offer_again(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
        code: &'static str,
    ) -> Result<(), ClientError> {
        report.warn(Warning { code, case: None, log: None });
        if api.offered {
            return Err(ClientError::RelayAnswer);
        }
        api.offered = true;
        let desk = self.desk().map(|desk| desk.organisation);
        self.write(|tx| {
            let phone = desk.is_none();
            for case in tx.case_ids()? {
                // The filing makes mailboxes, openings and letter; it comes from the phone that wrote it.
                if phone {
                    tx.enqueue(ItemKind::Filing, Some(case), case.as_bytes())?;
                }
                for log in tx.logs_of(case)? {
                    // A log that cannot be read here is made again by those who can.
                    let here = tx.event(EventId::from_bytes(*log.log.log.as_bytes()))?.is_some();
                    if here && (!phone || !is_first(log.log.kind)) {
                        tx.enqueue(ItemKind::Mailbox, Some(case), log.log.mailbox.as_bytes())?;
                    }
                    tx.forget_at_relay(log.log.log)?;
                    for event in tx.events(log.log.log)? {
                        tx.enqueue(ItemKind::Event, Some(case), event.id.as_bytes())?;
                    }
                }
            }
            if !phone {
                for letter in tx.letters()? {
                    tx.enqueue(ItemKind::Letter, letter.case, letter.blob.as_bytes())?;
                }
            }
            for mut mailbox in tx.mailboxes()? {
                mailbox.cursor = 0;
                mailbox.chain = *chain_start(&mailbox.mailbox).as_bytes();
                mailbox.head = 0;
                mailbox.gone = false;
                mailbox.joined = 0;
                tx.put_mailbox(&mailbox)?;
            }
            tx.forget_expected()?;
            // Mailboxes are made again with empty lists: every case looks at its own.
            tx.forget_lists()?;
            for case in tx.case_ids()? {
                tx.mark_dirty(case)?;
            }
            Ok(tx.reset_feeds()?)
        })
    }

    /// Items that the relay refused for good.
    pub(super) fn warn_refusals(&mut self, report: &mut Report) -> Result<(), ClientError> {
        for (_, case, _) in self.write(|tx| Ok(tx.refusals()?))? {
            report.warn(Warning { code: "event_refused", case, log: None });
        }
        Ok(())
    }

    /// Cases that were sent long ago and that nobody has declared to hold: a dropped tail can only be noticed so.
    pub(super) fn warn_silence(&mut self, report: &mut Report) -> Result<(), ClientError> {
        if self.desk().is_some() {
            return Ok(());
        }
        let now = self.env.now_ms();
        for case in self.write(|tx| Ok(tx.case_ids()?))? {
            let silent =
                self.unanswered_since(case)?.is_some_and(|since| now.saturating_sub(since) > SILENCE_MS);
            if silent {
                report.warn(Warning { code: "relay_silence", case: Some(case), log: None });
            }
        }
        Ok(())
    }
}
