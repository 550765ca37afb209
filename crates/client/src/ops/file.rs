//! `file`: a complaint, kept encrypted on the phone until it can go out.

use amana_crypto::{KemSecret, LogKey, Random, Seed, SigningKey};
use amana_domain::{
    case_number::CaseNumber,
    codes::{CaseKind, GrievanceCode, SituationCode},
    event::{Body, CaseRoot, Draft, Facts, Genesis, LogRef, Narrative, Opening, RosterRef},
    ids::{CaseId, DeviceId, EpochId, EventId, Nonce, OrganisationId, VerifyKey},
    person::{Person, PersonRole},
    role::LogKind,
    safe_contact::SafeContact,
    text::{CaseText, Line},
};
use amana_protocol::mailbox::mailbox_id;
use amana_vault::{
    Tx,
    store::{CaseKeys, ItemKind},
};
use zeroize::Zeroizing;

use crate::{
    Client, ClientError, Env, Trust,
    case::Case,
    sync::{mailbox_owners, project},
    view::Viewer,
};

/// A complaint or call for help, as written.
#[derive(Clone, Debug)]
pub struct FileRequest {
    /// The organisation that shall own the case.
    pub to: OrganisationId,
    /// What is asked for.
    pub kind: CaseKind,
    /// What happened, byte for byte.
    pub text: CaseText,
    /// Grievance codes, the primary one first.
    pub grievances: Vec<GrievanceCode>,
    /// Situation codes.
    pub situations: Vec<SituationCode>,
    /// Language, corridor, sector, sex, age band.
    pub facts: Facts,
    /// How the person may safely be reached.
    pub safe_contact: Option<SafeContact>,
    /// A name, if she wants to give one; it goes to a log of its own.
    pub name: Option<Line>,
}

/// A case that is safe on this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Its id.
    pub case: CaseId,
    /// Its number, made to be spoken.
    pub number: String,
}

/// A case that is made and not stored yet.
pub(super) struct NewCase {
    case: CaseId,
    root: Vec<u8>,
    kem: Vec<u8>,
    keys: CaseKeys,
    by_staff: bool,
    /// `core`, `talk`, `narrative`, each with its first event.
    logs: [(LogRef, Vec<u8>); 3],
    name: Option<Line>,
}

impl NewCase {
    /// Makes keys and first events. `entered_by` is the desk that writes for somebody without a phone.
    pub fn make(
        env: &Env,
        trust: &Trust,
        request: FileRequest,
        entered_by: Option<DeviceId>,
    ) -> Result<Self, ClientError> {
        let make = || Seed::make(env.random.as_ref());
        let (sign_seed, kem_seed, relay_seed) = (make(), make(), make());
        let sign = SigningKey::from_seed(&sign_seed);
        let kem = KemSecret::from_seed(kem_seed.clone()).public();
        let phone = SigningKey::from_seed(&relay_seed).verify_key();
        let root = CaseRoot {
            deployment: trust.deployment(),
            sign: sign.verify_key(),
            kem: kem.hash(),
            owner: request.to,
            nonce: env.bytes(),
        };
        let case = root.case().map_err(|_| ClientError::Internal("case root"))?;
        let root_bytes = root.to_bytes().map_err(|_| ClientError::Internal("case root"))?;
        let maker = LogMaker {
            sign: &sign,
            root: &root,
            root_bytes: &root_bytes,
            case,
            phone,
            roster: trust.roster_ref(request.to),
            now_ms: env.now_ms(),
        };
        let language = request.facts.language.clone();
        let narrative = Narrative { text: request.text.as_str().to_owned(), language };
        let talk = maker.log(LogKind::Talk, env.bytes(), |_| {})?;
        let narrative =
            maker.log(LogKind::Narrative, env.bytes(), |genesis| genesis.narrative = Some(narrative))?;
        let opening = Opening {
            kem: kem.as_bytes().to_vec(),
            kind: request.kind,
            grievances: request.grievances,
            situations: request.situations,
            facts: request.facts,
            safe_contact: request.safe_contact,
            logs: vec![narrative.0, talk.0],
            entered_by,
        };
        let core = maker.log(LogKind::Core, env.bytes(), |genesis| genesis.opening = Some(opening))?;
        let keys = CaseKeys {
            sign: Zeroizing::new(*sign_seed.expose()),
            kem: Zeroizing::new(*kem_seed.expose()),
            relay: Zeroizing::new(*relay_seed.expose()),
        };
        Ok(Self {
            case,
            root: root_bytes,
            kem: kem.as_bytes().to_vec(),
            keys,
            by_staff: entered_by.is_some(),
            logs: [core, talk, narrative],
            name: request.name,
        })
    }

    /// What the person is told.
    pub fn filed(&self) -> Filed {
        Filed { case: self.case, number: CaseNumber::of(&self.case).to_string() }
    }

    /// The seed of the case key.
    pub fn sign_seed(&self) -> &[u8; 32] {
        &self.keys.sign
    }

    /// Stores the case and puts its filing in the outbox. A desk keeps none of the keys that a phone would read with.
    pub fn store(
        &self,
        tx: &Tx<'_>,
        trust: &Trust,
        viewer: Viewer,
        random: &dyn Random,
    ) -> Result<(), ClientError> {
        let case = self.case;
        tx.add_case(case, &self.root, &self.kem, (!self.by_staff).then_some(&self.keys))?;
        for (log, content) in &self.logs {
            tx.add_log(case, log)?;
            let key = LogKey::make(random);
            tx.prove_log_key(log.log, EpochId::from(log.log), key.expose())?;
            tx.add_event(EventId::from_bytes(*log.log.as_bytes()), log.log, content, false)?;
        }
        tx.enqueue(ItemKind::Filing, Some(case), case.as_bytes())?;
        if let Some(name) = &self.name {
            let person = Person { name: Some(name.clone()), ..Person::new(PersonRole::Both) };
            super::person::keep(tx, case, &person)?;
        }
        project(tx, &Case::load(tx, trust, case)?, viewer)?;
        Ok(())
    }
}

impl Client {
    /// Files a case: keys of its own, three logs, all in one durable transaction. Needs no network and no directory.
    /// `forbidden` at a desk, which enters cases of others ([`Client::enter_case`]).
    pub fn file(&mut self, request: FileRequest) -> Result<Filed, ClientError> {
        if self.desk().is_some() {
            return Err(ClientError::Forbidden);
        }
        let new = NewCase::make(&self.env, &self.trust, request, None)?;
        let (viewer, random, trust) = (self.viewer(), self.env.random.clone(), &self.trust);
        self.vault.write(|tx| new.store(tx, trust, viewer, random.as_ref()))?;
        Ok(new.filed())
    }
}

/// Makes the first events of a case's logs.
struct LogMaker<'a> {
    sign: &'a SigningKey,
    root: &'a CaseRoot,
    root_bytes: &'a [u8],
    case: CaseId,
    phone: VerifyKey,
    roster: RosterRef,
    now_ms: u64,
}

impl LogMaker<'_> {
    fn log(
        &self,
        kind: LogKind,
        nonce: [u8; 16],
        fill: impl FnOnce(&mut Genesis),
    ) -> Result<(LogRef, Vec<u8>), ClientError> {
        let mut genesis = Genesis {
            root: self.root_bytes.to_vec(),
            log: kind,
            n: 0,
            nonce,
            phone: self.phone,
            with: None,
            opening: None,
            narrative: None,
            message: None,
        };
        fill(&mut genesis);
        let mailbox = mailbox_id(&mailbox_owners(&genesis, self.root.owner), &Nonce::from_bytes(nonce))
            .ok_or(ClientError::Internal("mailbox"))?;
        let draft = Draft {
            deployment: self.root.deployment,
            case: self.case,
            log: None,
            epoch: None,
            author: self.sign.verify_key(),
            seq: 0,
            prev: None,
            heads: vec![],
            roster: self.roster,
            claimed_ms: self.now_ms,
            body: Body::Genesis(genesis),
        };
        let event =
            draft.sign(|message| self.sign.sign(message)).map_err(|_| ClientError::Internal("event"))?;
        Ok((LogRef { kind, n: 0, log: event.event().log(), mailbox }, event.to_content()))
    }
}
