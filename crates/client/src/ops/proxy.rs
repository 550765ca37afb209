//! Cases of people without a phone: staff enter them, and record later what they say.
//!
//! The case has a key like any other, made at the desk. The team gets it in a letter under its `need` clearance, so that
//! the case does not depend on one desk. Keys to read with and a phone's relay key are thrown away as they are made: no
//! phone is involved, and whoever leaves the team must not hold a way around its key changes.

use amana_crypto::{KemPublic, SigningKey, envelope};
use amana_domain::{
    ids::{BlobId, CaseId, OrganisationId},
    person::{Person, PersonRole},
    role::Clearance,
    text::CaseText,
};
use amana_vault::{
    Tx,
    store::{ItemKind, Letter},
};

use super::file::{FileRequest, Filed, NewCase};
use crate::{
    Client, ClientError,
    client::{signing_key, stored_case},
    letter::{KeyLetter, ProxyLetter},
    sync::{first_grants, set_filing_letter},
};

impl Client {
    /// Enters a case for somebody who has no phone, at a desk of the organisation that shall own it. The opening names
    /// the desk, so that everybody sees that staff entered it. `told` goes to the internal notes: who said it, and how.
    ///
    /// # Errors
    /// `forbidden` on a phone, `not_allowed` for another organisation, `awaiting_admission`.
    pub fn enter_case(
        &mut self,
        mut request: FileRequest,
        told: Option<&CaseText>,
    ) -> Result<Filed, ClientError> {
        let desk = self.require_desk()?;
        let (organisation, device) = (desk.organisation, desk.device());
        if request.to != organisation {
            return Err(ClientError::NotAllowed);
        }
        let open = self.team_key(organisation, Clearance::Open)?;
        let need = self.team_key(organisation, Clearance::Need)?;
        let name = request.name.take();
        let new = NewCase::make(&self.env, &self.trust, request, Some(device))?;
        let filed = new.filed();
        let (viewer, random, trust) = (self.viewer(), self.env.random.clone(), &self.trust);
        self.vault.write(|tx| {
            new.store(tx, trust, viewer, random.as_ref())?;
            let stored = stored_case(tx, filed.case)?;
            // Both letters now: the filing must not take one of a later log for its own.
            let grant = KeyLetter::grant(&stored, first_grants(tx, filed.case)?).to_bytes()?;
            let grant = keep_letter(tx, organisation, &open, &grant, Some(filed.case), random.as_ref())?;
            set_filing_letter(tx, filed.case, &grant)?;
            let proxy = ProxyLetter::new(filed.case, &stored.root, new.sign_seed()).to_bytes()?;
            let proxy = keep_letter(tx, organisation, &need, &proxy, None, random.as_ref())?;
            tx.enqueue(ItemKind::Letter, Some(filed.case), proxy.as_bytes())?;
            Ok::<_, ClientError>(tx.add_proxy(filed.case, new.sign_seed())?)
        })?;
        if let Some(name) = name {
            self.add_person(
                filed.case,
                Person { name: Some(name), ..Person::new(PersonRole::PersonInDanger) },
            )?;
        }
        if let Some(told) = told {
            self.note(filed.case, told)?;
        }
        Ok(filed)
    }

    /// Records what the person said, in a case that staff entered: whatever `act` writes in it is signed with the case
    /// key, as a phone would sign it ([`Client::consent`], [`Client::decline`], [`Client::withdraw_consent`],
    /// [`Client::withdraw`], [`Client::add`], …). The note says who heard it and how; it is written first and stays if
    /// `act` is refused.
    ///
    /// # Errors
    /// `forbidden` on a phone, or in a case that has a phone; `log_not_here_yet` until the team's letter with the case
    /// key has come; those of `act`.
    pub fn record_spoken<R>(
        &mut self,
        case: CaseId,
        note: &CaseText,
        act: impl FnOnce(&mut Self) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        self.require_desk()?;
        if self.peek(case)?.entered_by.is_none() {
            return Err(ClientError::Forbidden);
        }
        if self.write(|tx| Ok(tx.proxy(case)?))?.is_none() {
            return Err(ClientError::LogNotHereYet);
        }
        self.note(case, note)?;
        self.speaking_for = Some(case);
        let done = act(self);
        self.speaking_for = None;
        done
    }

    /// Refuses what only the migrant may do: at a desk, unless it records what she says.
    pub(crate) fn require_migrant(&self, case: CaseId) -> Result<(), ClientError> {
        if self.desk().is_some() && self.speaking_for != Some(case) {
            return Err(ClientError::Forbidden);
        }
        Ok(())
    }

    /// The key that writes in this case: this device's, or the case key while somebody speaks through this desk.
    pub(super) fn writing_key(&mut self, case: CaseId) -> Result<SigningKey, ClientError> {
        if self.speaking_for == Some(case) {
            let seed = self.write(|tx| Ok(tx.proxy(case)?))?.ok_or(ClientError::LogNotHereYet)?;
            return Ok(signing_key(&seed));
        }
        let stored = self.write(|tx| stored_case(tx, case))?;
        self.own_key(&stored)
    }

    fn team_key(&self, organisation: OrganisationId, clearance: Clearance) -> Result<KemPublic, ClientError> {
        let roster = self.trust.roster(organisation).ok_or(ClientError::AwaitingAdmission)?;
        let key = roster.body().clearance.get(clearance).key.as_bytes();
        KemPublic::from_slice(key).map_err(|_| ClientError::Internal("clearance key"))
    }
}

/// Seals a letter for the organisation's own intake and keeps it.
fn keep_letter(
    tx: &Tx<'_>,
    organisation: OrganisationId,
    to: &KemPublic,
    content: &[u8],
    case: Option<CaseId>,
    random: &dyn amana_crypto::Random,
) -> Result<BlobId, ClientError> {
    let mailbox = organisation.intake();
    let envelope =
        envelope::seal_letter(to, mailbox, content, random).map_err(|_| ClientError::Internal("letter"))?;
    let blob = BlobId::of(&envelope);
    tx.add_letter(&Letter { blob, mailbox, case, envelope })?;
    Ok(blob)
}
