//! Access lists of mailboxes: a pure function of the folded membership of their logs.

use amana_domain::{
    event::Body,
    ids::{CaseId, MailboxId},
    role::LogKind,
};
use amana_protocol::{
    ErrorCode, Principal,
    wire::{MailboxCreate, MailboxPut, MailboxState},
};
use amana_vault::{
    Tx,
    store::{ItemKind, OutboxItem},
};

use super::{
    api::Api,
    push::{canonical_bytes, fresh_mailbox, new_mailbox},
};
use crate::{
    Client, ClientError,
    case::{Case, CaseLog},
    client::stored_case,
    keys::life_member,
    transport::Method,
    view::Viewer,
};

/// How often a list that somebody else changed meanwhile is written again in one run.
const TRIES: u32 = 3;

/// Who may read and write a log's mailbox besides its owners: the organisations that are members now.
fn wanted(case: &Case, log: &CaseLog) -> Vec<Principal> {
    let life = life_member(case, log);
    log.fold.members.iter().filter(|member| **member != life).copied().map(Principal::Organisation).collect()
}

/// Whether this side owns the mailbox of a log.
fn is_owner(case: &Case, log: &CaseLog, viewer: Viewer) -> bool {
    match viewer.0 {
        Some(organisation) => organisation == life_member(case, log),
        None => log.log.kind != LogKind::Work,
    }
}

/// Puts every mailbox in the outbox whose list is not what membership asks for; returns how many.
pub(super) fn correct_lists(tx: &Tx<'_>, case: &Case, viewer: Viewer) -> Result<u64, ClientError> {
    let mut due = 0;
    for log in case.logs.iter().filter(|log| is_owner(case, log, viewer)) {
        let changed = log.applied().any(|event| {
            matches!(event.body(), Body::MemberAdd(_) | Body::MemberRemove(_) | Body::ConsentWithdraw(_))
        });
        let wanted = canonical_bytes(&wanted(case, log))?;
        let stands = tx.list(log.log.mailbox)?.is_some_and(|(_, list)| list == wanted);
        // A list that membership never touched is as it was made: empty.
        if changed && !stands {
            tx.enqueue(ItemKind::Mailbox, Some(case.stored.case), log.log.mailbox.as_bytes())?;
            due += 1;
        }
    }
    Ok(due)
}

/// A mailbox to make, or whose list is to be written.
struct Due {
    create: MailboxCreate,
    list: Vec<Principal>,
    /// Whether anybody ever came in or went.
    changed: bool,
    version: u64,
}

impl Client {
    fn mailbox_due(&mut self, id: CaseId, mailbox: MailboxId) -> Result<Due, ClientError> {
        let trust = &self.trust;
        self.vault.write(|tx| {
            let case = Case::load(tx, trust, id)?;
            let log = case
                .logs
                .iter()
                .find(|log| log.log.mailbox == mailbox)
                .ok_or(ClientError::Internal("mailbox"))?;
            let create = new_mailbox(&log.fold.genesis, &log.log, case.root.owner)?;
            let list = wanted(&case, log);
            let changed = log.fold.members.len() > 1
                || log
                    .applied()
                    .any(|event| matches!(event.body(), Body::MemberRemove(_) | Body::ConsentWithdraw(_)));
            let version = tx.list(mailbox)?.map_or(0, |(version, _)| version);
            Ok::<_, ClientError>(Due {
                create: MailboxCreate { owners: create.owners, nonce: create.nonce },
                list,
                changed,
                version,
            })
        })
    }

    /// Makes a mailbox, or brings its access list up to date by compare-and-swap.
    pub(super) async fn push_mailbox(
        &mut self,
        api: &mut Api<'_>,
        item: &OutboxItem,
    ) -> Result<u64, ClientError> {
        let mailbox = MailboxId::from_slice(&item.reference).map_err(|_| ClientError::Internal("mailbox"))?;
        let case = item.case.ok_or(ClientError::Internal("mailbox"))?;
        let stored = self.write(|tx| stored_case(tx, case))?;
        let Due { create, list, changed, mut version } = self.mailbox_due(case, mailbox)?;
        let principal = self.principal(&stored)?;
        if !create.owners.contains(&principal) {
            // A guest waits for an owner to make it again.
            self.write(|tx| Ok(tx.done(ItemKind::Mailbox, &item.reference)?))?;
            return Ok(0);
        }
        let key = self.request_key(Some(&stored))?;
        let path = format!("/v1/mailboxes/{mailbox}");
        let mut tries = 0;
        let written = loop {
            let put = MailboxPut {
                create: Some(create.clone()),
                list_version: version,
                readers: list.clone(),
                writers: list.clone(),
            };
            match api.send::<MailboxState>(Method::Put, &path, &put, Some(&key)).await {
                Ok(state) => break Some(state.list_version),
                // It is there with the list it was made with: nothing to write.
                Err(ClientError::Relay(ErrorCode::ListConflict)) if !changed => break None,
                // Another owner wrote since. What it wrote follows from membership too: who has seen more writes last.
                Err(ClientError::Relay(ErrorCode::ListConflict)) if tries < TRIES => {
                    tries += 1;
                    version = api.version.ok_or(ClientError::RelayAnswer)?;
                }
                Err(error) => return Err(error),
            }
        };
        let list = canonical_bytes(&list)?;
        self.write(|tx| {
            if tx.mailbox(mailbox)?.is_none() {
                tx.put_mailbox(&fresh_mailbox(mailbox, &principal))?;
            }
            if let Some(version) = written {
                tx.set_list(mailbox, version, &list)?;
            }
            Ok(tx.done(ItemKind::Mailbox, &item.reference)?)
        })?;
        Ok(0)
    }
}
