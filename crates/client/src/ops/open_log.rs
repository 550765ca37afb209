//! Opening a later log of a case: its genesis, its key wrapped to migrant and owner, its announcement in `core`.

use amana_crypto::{KemPublic, LogKey, Random, wrap};
use amana_domain::{
    event::{Body, Draft, Genesis, LogOpen, LogRef, Wrap},
    ids::{EpochId, EventId, Nonce},
    role::{Clearance, LogKind},
};
use amana_protocol::mailbox::mailbox_id;
use amana_vault::{Tx, store::ItemKind};
use serde_bytes::ByteBuf;

use crate::{
    ClientError, Trust,
    case::{Author, Case, CaseLog},
    sync::{mailbox_owners, wrap_context},
};

/// Opens a log of a kind that the migrant is a member of. The key travels only wrapped: to the migrant's case key and
/// to the owner's fitting clearance key of its newest roster.
pub(crate) fn open_log(
    tx: &Tx<'_>,
    trust: &Trust,
    case: &mut Case,
    author: &Author<'_>,
    kind: LogKind,
    random: &dyn Random,
) -> Result<LogRef, ClientError> {
    let core = case.log(LogKind::Core).ok_or(ClientError::NotFound)?;
    let core_id = core.log.log;
    let opening = core.fold.genesis.opening.as_ref().ok_or(ClientError::Internal("opening"))?;
    let migrant = KemPublic::from_slice(&opening.kem).map_err(|_| ClientError::Internal("case key"))?;
    let phone = core.fold.genesis.phone;
    let owner = case.root.owner;
    let roster = trust.roster(owner).ok_or(ClientError::OrganisationNotReady)?;
    let clearance: Clearance = kind.clearance();
    let team = roster.body().clearance.get(clearance);
    let team_key =
        KemPublic::from_slice(team.key.as_bytes()).map_err(|_| ClientError::Internal("clearance key"))?;
    let n = u32::try_from(case.of_kind(kind).count()).map_err(|_| ClientError::Internal("log number"))?;
    let mut nonce = [0; 16];
    random.fill(&mut nonce);
    let genesis = Genesis {
        root: case.stored.root.clone(),
        log: kind,
        n,
        nonce,
        phone,
        with: None,
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
    let wrapped = |to: &KemPublic| ByteBuf::from(wrap::wrap_secret(to, &context, key.expose(), random));
    let generation = u32::try_from(team.generation).map_err(|_| ClientError::Internal("generation"))?;
    let wraps = vec![
        Wrap { organisation: None, device: None, clearance: None, generation: 0, wrap: wrapped(&migrant) },
        Wrap {
            organisation: Some(owner),
            device: None,
            clearance: Some(clearance),
            generation,
            wrap: wrapped(&team_key),
        },
    ];
    tx.add_log(case.stored.case, &log)?;
    tx.add_log_key(log.log, epoch, key.expose())?;
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
