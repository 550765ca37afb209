//! Opening a later log of a case: its genesis, its key wrapped to migrant and owner, its announcement in `core`.

use amana_crypto::{LogKey, Random};
use amana_domain::{
    event::{Body, Draft, Genesis, LogOpen, LogRef},
    ids::{EpochId, EventId, Nonce, OrganisationId},
    role::LogKind,
};
use amana_protocol::mailbox::mailbox_id;
use amana_vault::{Tx, store::ItemKind};

use crate::{
    ClientError, Trust,
    case::{Author, Case, CaseLog},
    keys::readers,
    sync::{mailbox_owners, wrap_context},
};

/// What kind of log to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewLog {
    pub kind: LogKind,
    /// The organisation that a referral log is shared with.
    pub with: Option<OrganisationId>,
    /// Whether the migrant gets the key. Of a person in a group who wants to stay unnamed to the others she does not.
    pub wrap_migrant: bool,
}

impl NewLog {
    /// A log that migrant and owner share.
    pub fn of(kind: LogKind) -> Self {
        Self { kind, with: None, wrap_migrant: true }
    }

    /// A log shared with another organisation; that one gets its key in a letter.
    pub fn referral(with: OrganisationId) -> Self {
        Self { with: Some(with), ..Self::of(LogKind::Referral) }
    }
}

/// Opens a log. The key travels only wrapped: to the migrant's case key and to the owner's fitting clearance key of its
/// newest roster (to its devices one by one where somebody stands aside).
///
/// Errors: `OrganisationNotReady` while the owner's keys are not known here.
pub(crate) fn open_log(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &mut Case,
    author: &Author<'_>,
    new: NewLog,
    random: &dyn Random,
) -> Result<LogRef, ClientError> {
    let core = case.log(LogKind::Core).ok_or(ClientError::NotFound)?;
    let core_id = core.log.log;
    let phone = core.fold.genesis.phone;
    let owner = case.root.owner;
    let kind = new.kind;
    let team = readers::team(tx, trust, case, owner, kind)?.ok_or(ClientError::OrganisationNotReady)?;
    let mut readers = if new.wrap_migrant { vec![readers::migrant(case)?] } else { Vec::new() };
    readers.extend(team);
    // Of all that were announced, also those that cannot be read here.
    let announced = core.fold.core.as_ref().map(|core| core.logs.as_slice()).unwrap_or_default();
    let n =
        announced.iter().filter(|log| log.kind == kind).map(|log| log.n.saturating_add(1)).max().unwrap_or(0);
    let mut nonce = [0; 16];
    random.fill(&mut nonce);
    let genesis = Genesis {
        root: case.stored.root.clone(),
        log: kind,
        n,
        nonce,
        phone,
        with: new.with,
        opening: None,
        narrative: None,
        message: None,
    };
    let mailbox = mailbox_id(&mailbox_owners(&genesis, owner), &Nonce::from_bytes(nonce))
        .ok_or(ClientError::Internal("mailbox"))?;
    let draft = Draft {
        deployment: trust.deployment(),
        case: case.stored.case,
        log: None,
        epoch: None,
        author: author.key.verify_key(),
        seq: 0,
        prev: None,
        heads: vec![],
        roster: author.roster,
        claimed_ms: author.now_ms,
        body: Body::Genesis(genesis),
    };
    let event = draft.sign(|message| author.key.sign(message)).map_err(|_| ClientError::Internal("event"))?;
    let log = LogRef { kind, n, log: event.event().log(), mailbox };
    let epoch = EpochId::from(log.log);
    let key = LogKey::make(random);
    let context = wrap_context(case.stored.case, log.log, epoch)?;
    let wraps = readers::wrap_to(&readers, &context, &key, random)?;
    tx.add_log(case.stored.case, &log)?;
    tx.prove_log_key(log.log, epoch, key.expose())?;
    let id: EventId = event.id();
    tx.add_event(id, log.log, &event.to_content(), false)?;
    let events = std::iter::once((id, event)).collect();
    case.logs.push(CaseLog::folded(log, events, trust)?);
    // The mailbox first, then the log's first event, then the announcement that lets others look there.
    tx.enqueue(ItemKind::Mailbox, Some(case.stored.case), mailbox.as_bytes())?;
    tx.enqueue(ItemKind::Event, Some(case.stored.case), id.as_bytes())?;
    case.append(tx, trust, core_id, author, Body::LogOpen(LogOpen { log, wraps }))?;
    Ok(log)
}
