//! `transfer`: the case goes to another organisation.
//!
//! The owner is part of the case root, so the old case ends and a new one begins, with keys of its own and filed like any
//! other: nothing on the wire links the two. Only this phone knows that they belong together.

use amana_domain::{
    event::{Body, CaseTransfer, Narrative, Transfer, TransferPropose},
    fold::Party,
    ids::{CaseId, EventId, OrganisationId},
    priority::PriorityFloor,
    role::LogKind,
    signed::Signed,
    text::CaseText,
};
use amana_vault::Tx;

use super::{
    file::{FileRequest, Filed, NewCase},
    person,
    referral::is_origin_blocked,
    write::Writer,
};
use crate::{
    Client, ClientError, Trust,
    case::{Author, Case},
    client::signing_key,
    sync::project,
    view::CaseView,
};

fn continued_in(case: CaseId) -> String {
    format!("continued_in:{case}")
}

fn continues(case: CaseId) -> String {
    format!("continues:{case}")
}

/// Longest reason of a proposal, in bytes.
const MAX_REASON: usize = 2_000;

/// What moves to the new case besides what filing takes.
struct Luggage {
    additions: Vec<Narrative>,
    floors: Vec<PriorityFloor>,
}

impl Client {
    /// Proposes that another organisation takes the case over. Nothing moves before the migrant transfers it.
    ///
    /// # Errors
    /// `forbidden` on a phone, `not_found` if the directory does not list the organisation, `directory_expired`,
    /// `not_allowed` to the owner, of a finished case, or of one that staff entered (only a phone can transfer: refer it),
    /// `origin_blocked` for an authority of her own country unless she allowed contact, `purpose_invalid` for a reason over 2,000 bytes or with a NUL.
    pub fn propose_transfer(
        &mut self,
        case: CaseId,
        to: OrganisationId,
        reason: Option<&str>,
    ) -> Result<EventId, ClientError> {
        self.require_desk()?;
        if reason.is_some_and(|reason| reason.len() > MAX_REASON || reason.contains('\0')) {
            return Err(ClientError::PurposeInvalid);
        }
        self.require_fresh_directory()?;
        // Nobody could accept it: the new case needs a phone's keys.
        if self.peek(case)?.entered_by.is_some() {
            return Err(ClientError::NotAllowed);
        }
        let body = TransferPropose { organisation: to, reason: reason.map(str::to_owned) };
        self.write_case(case, |writer| {
            check(writer, to)?;
            writer.append(LogKind::Core, Body::TransferPropose(body))
        })
    }

    /// Transfers a case of this phone to another organisation, proposed or not: signs the transfer, and files a new case
    /// with what she told in the old one. Both in one transaction, and without network. Returns the new case.
    ///
    /// # Errors
    /// `forbidden` at a desk, `not_found` if the directory does not list the organisation, `directory_expired`,
    /// `not_allowed` to the owner or of a finished case, `origin_blocked` for an authority of her own country: she
    /// allows contact first ([`Client::set_origin_contact`]).
    pub fn transfer(&mut self, case: CaseId, to: OrganisationId) -> Result<Filed, ClientError> {
        if self.desk().is_some() {
            return Err(ClientError::Forbidden);
        }
        self.require_fresh_directory()?;
        self.reopen_if_contradicted(case)?;
        let view = self.peek(case)?;
        let mut persons: Vec<_> = view.persons.iter().map(|entry| entry.person.clone()).collect();
        persons.extend(self.waiting_persons(case)?);
        let new = NewCase::make(&self.env, &self.trust, request(&view, to)?, None)?;
        let filed = new.filed();
        let key = signing_key(new.sign_seed());
        let roster = self.trust.roster_ref(to);
        let (viewer, random, now_ms) = (self.viewer(), self.env.random.clone(), self.env.now_ms());
        let nonce = self.env.bytes();
        self.write_case(case, |writer| {
            check(writer, to)?;
            let root = &writer.case.root;
            let body =
                Transfer { deployment: root.deployment, case, key: root.sign, organisation: to, nonce };
            let statement = Signed::make(body, |message| writer.author.key.sign(message))
                .map_err(|_| ClientError::Internal("transfer"))?;
            let luggage = luggage(&writer.case);
            writer.append(LogKind::Core, Body::CaseTransfer(CaseTransfer { statement }))?;
            let (tx, trust) = (writer.tx, writer.trust);
            new.store(tx, trust, viewer, random.as_ref())?;
            let author = Author { key: &key, organisation: None, roster, now_ms, random: random.as_ref() };
            let case_there = Case::load(tx, trust, filed.case)?;
            let mut there = Writer { tx, trust, case: case_there, author };
            unpack(&mut there, luggage)?;
            for person in &persons {
                person::keep(tx, filed.case, person)?;
            }
            project(tx, &there.case, viewer)?;
            tx.set_meta(&continued_in(case), filed.case.as_bytes())?;
            Ok(tx.set_meta(&continues(filed.case), case.as_bytes())?)
        })?;
        Ok(filed)
    }
}

/// Somebody else than the owner, listed, and nobody from whom her country of origin may learn of her.
fn check(writer: &Writer<'_>, to: OrganisationId) -> Result<(), ClientError> {
    let core = writer.case.core().ok_or(ClientError::LogNotHereYet)?;
    if to == writer.case.root.owner {
        return Err(ClientError::NotAllowed);
    }
    let trust: &Trust = writer.trust;
    if is_origin_blocked(trust, core, to)? { Err(ClientError::OriginBlocked) } else { Ok(()) }
}

/// The new case, told as the old one was.
fn request(view: &CaseView, to: OrganisationId) -> Result<FileRequest, ClientError> {
    let text = view.text.clone().ok_or(ClientError::LogNotHereYet)?;
    Ok(FileRequest {
        to,
        kind: view.kind,
        text: CaseText::new(text).map_err(|_| ClientError::Internal("text"))?,
        grievances: view.grievances.clone(),
        situations: view.situations.clone(),
        facts: amana_domain::event::Facts {
            language: view.language.clone(),
            origin: view.origin,
            destination: view.destination,
            sector: view.sector.clone(),
            sex: view.sex,
            age_band: view.age_band,
        },
        safe_contact: view.safe_contact.clone(),
        name: None,
    })
}

/// Her own additions, byte for byte, and how urgent it is at least. What staff wrote stays where it is.
fn luggage(case: &Case) -> Luggage {
    let additions = case
        .of_kind(LogKind::Narrative)
        .flat_map(|log| log.applied().map(move |event| (log, event)))
        .filter(|(log, event)| log.party(&event.id()) == Some(Party::Migrant))
        .filter_map(|(_, event)| match event.body() {
            Body::NarrativeAdd(body) => Some(body.clone()),
            _ => None,
        })
        .collect();
    Luggage { additions, floors: case.core().map(|core| core.floors.clone()).unwrap_or_default() }
}

fn unpack(writer: &mut Writer<'_>, luggage: Luggage) -> Result<(), ClientError> {
    for addition in luggage.additions {
        writer.append(LogKind::Narrative, Body::NarrativeAdd(addition))?;
    }
    for floor in luggage.floors {
        writer.append(LogKind::Core, Body::PriorityFloor(floor))?;
    }
    Ok(())
}

/// Where a case of this phone goes on, and what it continues.
pub(super) fn complete(tx: &Tx<'_>, view: &mut CaseView) -> Result<(), ClientError> {
    let read = |name: String| -> Result<Option<CaseId>, ClientError> {
        Ok(tx.meta(&name)?.and_then(|bytes| CaseId::from_slice(&bytes).ok()))
    };
    view.continued_in = read(continued_in(view.case))?;
    view.continues = read(continues(view.case))?;
    Ok(())
}
