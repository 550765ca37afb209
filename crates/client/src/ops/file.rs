//! `file`: a complaint, kept encrypted on the phone until it can go out.

use amana_crypto::{KemSecret, LogKey, Random, Seed, SigningKey};
use amana_domain::{
    case_number::CaseNumber,
    codes::{CaseKind, GrievanceCode, SituationCode},
    event::{Body, CaseRoot, Draft, Facts, Genesis, LogRef, Narrative, Opening, RosterRef},
    ids::{CaseId, EpochId, Nonce, OrganisationId, VerifyKey},
    person::{Person, PersonRole},
    role::LogKind,
    safe_contact::SafeContact,
    text::{CaseText, Line},
};
use amana_protocol::mailbox::mailbox_id;
use amana_vault::store::{CaseKeys, ItemKind};
use zeroize::Zeroizing;

use crate::{
    Client, ClientError,
    case::Case,
    sync::{mailbox_owners, project},
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

/// The secrets of a new case.
struct NewKeys {
    sign: Seed,
    kem: Seed,
    relay: Seed,
}

impl NewKeys {
    fn make(random: &dyn Random) -> Self {
        Self { sign: Seed::make(random), kem: Seed::make(random), relay: Seed::make(random) }
    }
}

impl Client {
    /// Files a case: keys of its own, three logs, all in one durable transaction. Needs no network and no directory.
    pub fn file(&mut self, request: FileRequest) -> Result<Filed, ClientError> {
        let random = self.env.random.clone();
        let keys = NewKeys::make(random.as_ref());
        let sign = SigningKey::from_seed(&keys.sign);
        let kem = KemSecret::from_seed(keys.kem.clone()).public();
        let phone = SigningKey::from_seed(&keys.relay).verify_key();
        let root = CaseRoot {
            deployment: self.trust.deployment(),
            sign: sign.verify_key(),
            kem: kem.hash(),
            owner: request.to,
            nonce: self.env.bytes(),
        };
        let case = root.case().map_err(|_| ClientError::Internal("case root"))?;
        let root_bytes = root.to_bytes().map_err(|_| ClientError::Internal("case root"))?;
        let maker = LogMaker {
            sign: &sign,
            root: &root,
            root_bytes: &root_bytes,
            case,
            phone,
            roster: self.trust.roster_ref(request.to),
            now_ms: self.env.now_ms(),
        };
        let language = request.facts.language.clone();
        let narrative = Narrative { text: request.text.as_str().to_owned(), language };
        let talk = maker.log(LogKind::Talk, self.env.bytes(), |_| {})?;
        let narrative =
            maker.log(LogKind::Narrative, self.env.bytes(), |genesis| genesis.narrative = Some(narrative))?;
        let opening = Opening {
            kem: kem.as_bytes().to_vec(),
            kind: request.kind,
            grievances: request.grievances,
            situations: request.situations,
            facts: request.facts,
            safe_contact: request.safe_contact,
            logs: vec![narrative.0, talk.0],
        };
        let core = maker.log(LogKind::Core, self.env.bytes(), |genesis| genesis.opening = Some(opening))?;
        let stored = CaseKeys {
            sign: Zeroizing::new(*keys.sign.expose()),
            kem: Zeroizing::new(*keys.kem.expose()),
            relay: Zeroizing::new(*keys.relay.expose()),
        };
        let viewer = self.viewer();
        let trust = &self.trust;
        self.vault.write(|tx| {
            tx.add_case(case, &root_bytes, kem.as_bytes(), Some(&stored))?;
            for (log, content) in [&core, &talk, &narrative] {
                tx.add_log(case, log)?;
                let key = LogKey::make(random.as_ref());
                tx.prove_log_key(log.log, EpochId::from(log.log), key.expose())?;
                tx.add_event(
                    amana_domain::ids::EventId::from_bytes(*log.log.as_bytes()),
                    log.log,
                    content,
                    false,
                )?;
            }
            tx.enqueue(ItemKind::Filing, Some(case), case.as_bytes())?;
            if let Some(name) = &request.name {
                let person = Person { name: Some(name.clone()), ..Person::new(PersonRole::Both) };
                super::person::keep(tx, case, &person)?;
            }
            project(tx, &Case::load(tx, trust, case)?, viewer)?;
            Ok::<_, ClientError>(())
        })?;
        Ok(Filed { case, number: CaseNumber::of(&case).to_string() })
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
