//! Where the blobs of one answer came to lie.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use amana_domain::ids::{CaseId, Hash, MailboxId};
use amana_protocol::{Principal, mailbox::chain_next};
use amana_vault::{Tx, store::Mailbox};

use super::{push::fresh_mailbox, seal::Blob};
use crate::ClientError;

/// What is known of the mailboxes of one answer: read once, written once.
pub(super) struct Places<'a> {
    tx: &'a Tx<'a>,
    principal: &'a Principal,
    /// Mailboxes of logs with the log's case; `None` for an intake, which is read from the beginning: letters come
    /// from elsewhere too.
    known: BTreeMap<MailboxId, Option<(Mailbox, CaseId)>>,
    /// Cases in which something is shown as sent from now on.
    changed: BTreeSet<CaseId>,
}

impl<'a> Places<'a> {
    pub fn new(tx: &'a Tx<'a>, principal: &'a Principal) -> Self {
        Self { tx, principal, known: BTreeMap::new(), changed: BTreeSet::new() }
    }

    /// The furthest a mailbox has come; the cursor moves on when this is exactly the next blob.
    pub fn note(
        &mut self,
        Blob { mailbox, blob, shown, .. }: &Blob,
        seq: u64,
        chain: &Hash,
    ) -> Result<(), ClientError> {
        let mailbox = *mailbox;
        let place = match self.known.entry(mailbox) {
            Entry::Occupied(place) => place.into_mut(),
            Entry::Vacant(place) => place.insert(match self.tx.log_in(mailbox)? {
                Some(log) => {
                    let known = self.tx.mailbox(mailbox)?;
                    Some((known.unwrap_or_else(|| fresh_mailbox(mailbox, self.principal)), log.case))
                }
                None => None,
            }),
        };
        let Some((known, case)) = place else { return Ok(()) };
        if *shown {
            self.changed.insert(*case);
        }
        // A place that was not shown yet: the feed has to name the same blob there.
        if seq > known.head {
            self.tx.expect_at(mailbox, seq, *blob)?;
        }
        if seq == known.cursor + 1 && chain_next(&Hash::from_bytes(known.chain), blob) == *chain {
            known.cursor = seq;
            known.chain = *chain.as_bytes();
        }
        known.head = known.head.max(seq);
        Ok(())
    }

    pub fn keep(self) -> Result<(), ClientError> {
        for (known, _) in self.known.into_values().flatten() {
            self.tx.put_mailbox(&known)?;
        }
        for case in self.changed {
            self.tx.mark_dirty(case)?;
        }
        Ok(())
    }
}
