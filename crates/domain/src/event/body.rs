//! The content of each kind of event.

use std::fmt;

use ciborium::Value;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

use super::{
    genesis::{Genesis, LogRef},
    kind::EventKind,
    statement::{Consent, Statement, Transfer, Withdrawal},
};
use crate::{
    canonical::CanonicalError,
    codes::{AgeBand, CaseKind, Country, GrievanceCode, Language, Sector, Sex, SituationCode},
    grievance::Grievance,
    ids::{CaseId, DeviceId, EpochId, EventId, Hash, LogId, OrganisationId},
    indicators::Indicator,
    lifecycle::{
        case::{CaseStatus, CloseReason, WaitingOn},
        emergency::EmergencyState,
    },
    person::Person,
    place::Place,
    priority::{PriorityFloor, PriorityOverride},
    role::{Clearance, LogKind},
    safe_contact::SafeContact,
    signed::{Signed, Verifier},
    task::Task,
};

/// Facts about the person and her work that decide where a case goes. Absent = not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The language to answer in, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Country of origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Country>,
    /// Country of work or transit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Country>,
    /// Kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<Sector>,
    /// Sex, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Age band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_band: Option<AgeBand>,
}

/// What a member wrote, in whatever script.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageText {
    /// Kept byte for byte.
    pub text: String,
    /// Its language, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// What happened, in the person's words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrative {
    /// Kept byte for byte.
    pub text: String,
    /// Its language, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// The heads of one log that a replica holds: everything in their past is held too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHeads {
    /// The log.
    pub log: LogId,
    /// Its heads, ascending.
    pub heads: Vec<EventId>,
}

/// A cumulative statement of what a replica holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Heads per log, ascending by log.
    pub heads: Vec<LogHeads>,
}

/// A log key wrapped to one reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrap {
    /// The organisation; absent = the migrant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// One device instead of the whole clearance, in a case with a recusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Which clearance key of the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearance: Option<Clearance>,
    /// Which generation of it.
    #[serde(default)]
    pub generation: u32,
    /// `enc ‖ ciphertext`.
    pub wrap: ByteBuf,
}

/// A new key generation of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochBody {
    /// The new key, wrapped to each member.
    pub wraps: Vec<Wrap>,
    /// Keys of every epoch head in this event's past, sealed under the new key: `[epoch, sealed]`.
    pub earlier: Vec<(EpochId, ByteBuf)>,
    /// Distinguishes two epochs that wrap alike; also the salt of the wraps' context.
    pub nonce: ByteBuf,
}

/// An organisation joins.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberAdd {
    /// Who.
    pub organisation: OrganisationId,
    /// The migrant's consent; required when the owner writes it.
    pub statement: Option<Signed<Consent>>,
    /// Generation of its clearance key that the log's keys were sealed to when it was let in; absent = not said.
    pub generation: Option<u64>,
}

/// An organisation leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemove {
    /// Who.
    pub organisation: OrganisationId,
}

/// Announces a later log; its key is wrapped, never bare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOpen {
    /// Which.
    pub log: LogRef,
    /// Its first key, wrapped to the migrant and the owner's fitting clearance.
    pub wraps: Vec<Wrap>,
}

/// What the case is about, in codes; each field given replaces the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodesSet {
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaseKind>,
    /// Grievances, the primary one first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grievances: Option<Vec<GrievanceCode>>,
    /// Situations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub situations: Option<Vec<SituationCode>>,
    /// ILO indicators that somebody ticked, beyond those that the codes point to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicators: Option<Vec<Indicator>>,
}

/// The plan for safe contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SafeContactSet {
    /// Replaces the one before.
    pub plan: SafeContact,
}

/// A step of the case's life cycle.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusSet {
    /// The new status.
    pub to: CaseStatus,
    /// On whom the case waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_on: Option<WaitingOn>,
    /// Why it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CloseReason>,
    /// A word to go with it; the migrant can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the writer had seen of the other logs: a closing does not cover what it had not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<LogHeads>,
}

/// Gives the case to a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// The desk; absent = nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// Whether the origin state may be told. Never told anything = blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginContactSet {
    /// `false` blocks.
    pub allowed: bool,
}

/// Results of what has to be known before a task that may hurt; absent = not said here. Why stands elsewhere: "no" says
/// neither that somebody is in danger nor that anybody looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeguardSet {
    /// Screening found no danger of refoulement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_is_safe: Option<bool>,
    /// A decision says that a return is in the child's best interests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_interests_decided: Option<bool>,
    /// The person died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deceased: Option<bool>,
}

impl SafeguardSet {
    /// Whether it opens a gate. To close one needs no rank.
    pub fn says_yes(&self) -> bool {
        [self.return_is_safe, self.best_interests_decided, self.deceased].contains(&Some(true))
    }
}

/// The migrant lets an organisation read.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentGrant {
    /// The signed consent.
    pub statement: Signed<Consent>,
}

/// The migrant says no to a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentDecline {
    /// Of whom.
    pub organisation: OrganisationId,
}

/// The migrant takes a consent back.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentWithdraw {
    /// The signed withdrawal.
    pub statement: Signed<Withdrawal>,
}

/// A consent's end date has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentExpired {
    /// Which: hash of the consent.
    pub consent: Hash,
}

/// A proposed referral. No keys move before the migrant consents.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralPropose {
    /// To whom.
    pub organisation: OrganisationId,
    /// What they should be able to read.
    pub logs: Vec<LogKind>,
    /// What for.
    pub purpose: String,
    /// Until when, ms since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// How the other organisation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferralReply {
    /// Takes it on.
    Accepted,
    /// Declines.
    Rejected,
    /// Has done its part.
    Done,
}

/// The other organisation answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralAnswer {
    /// The answer.
    pub reply: ReferralReply,
    /// Why, when rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The owner revokes a referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralRevoke {
    /// Of whom.
    pub organisation: OrganisationId,
}

/// A word with a life-cycle step that has no other content.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Another case that this one belongs with or is a duplicate of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherCase {
    /// The other case.
    pub case: CaseId,
}

/// Another organisation should take the case over. Nothing moves before the migrant transfers it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferPropose {
    /// Which.
    pub organisation: OrganisationId,
    /// Why; the migrant can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The migrant does not want it: the case stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferDecline {
    /// Which organisation she does not want.
    pub organisation: OrganisationId,
}

/// The case goes to another owner.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseTransfer {
    /// The migrant's agreement.
    pub statement: Signed<Transfer>,
}

/// A device must not see new content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recuse {
    /// Which.
    pub device: DeviceId,
}

/// A step of an emergency's life cycle.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyStatus {
    /// The new state.
    pub to: EmergencyState,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A file of the case; the bytes travel apart from events.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRef {
    /// SHA-256 of the original.
    pub hash: Hash,
    /// Bytes of the original.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// The random file key.
    pub key: ByteBuf,
    /// Whether metadata was removed from the shared copy.
    pub cleaned: bool,
    /// A name to show; never used as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Words about health or migration status, in a log of its own clearance.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Kept byte for byte.
    pub text: String,
}

/// A task's new state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSet {
    /// The event that made the task.
    pub task: EventId,
    /// When it was done, ms since 1970 UTC; absent = open again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_ms: Option<u64>,
}

/// A supervisor takes over refused notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopt {
    /// The refused events.
    pub events: Vec<EventId>,
}

macro_rules! quiet_debug {
    ($($name:ident),*) => {$(
        /// Says what it is, not what it says: logs and panics must not carry what people wrote, nor file keys.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

quiet_debug!(
    MessageText,
    Narrative,
    StatusSet,
    ReferralPropose,
    TransferPropose,
    ReferralAnswer,
    Remark,
    EmergencyStatus,
    AttachmentRef,
    Text
);

/// The kind only.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({})", self.kind().as_str())
    }
}

#[derive(Serialize, Deserialize)]
struct MemberAddWire {
    organisation: OrganisationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct StatementWire {
    statement: ByteBuf,
}

macro_rules! bodies {
    (plain { $($kind:ident($type:ty),)* } special { $($special:ident($stype:ty),)* }) => {
        /// What an event says.
        #[derive(Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is its kind's content, documented there")]
        #[allow(clippy::large_enum_variant)]
        pub enum Body {
            $($kind($type),)*
            $($special($stype),)*
            /// A kind, or content of a known kind, that this version cannot read: kept, without effect.
            Opaque(EventKind, Value),
            /// Content with a statement whose signature is wrong.
            BadStatement(EventKind),
        }

        impl Body {
            /// Its kind.
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Self::$kind(_) => EventKind::$kind,)*
                    $(Self::$special(_) => EventKind::$special,)*
                    Self::Opaque(kind, _) | Self::BadStatement(kind) => kind.clone(),
                }
            }

            fn read_plain(kind: &EventKind, value: &Value) -> Option<Self> {
                match kind {
                    $(EventKind::$kind => decode(value).map(Self::$kind),)*
                    _ => None,
                }
            }

            fn plain_value(&self) -> Result<Value, CanonicalError> {
                match self {
                    $(Self::$kind(body) => encode(body),)*
                    _ => Err(CanonicalError::Shape),
                }
            }
        }
    };
}

bodies! {
    plain {
        Genesis(Genesis), Epoch(EpochBody), MemberRemove(MemberRemove), LogOpen(LogOpen), CodesSet(CodesSet),
        FactsSet(Facts), SafeContactSet(SafeContactSet), StatusSet(StatusSet), Assign(Assign),
        PriorityFloor(PriorityFloor), PriorityOverride(PriorityOverride), OriginContactSet(OriginContactSet),
        SafeguardSet(SafeguardSet),
        Receipt(Receipt), Read(Receipt), ConsentDecline(ConsentDecline), ConsentExpired(ConsentExpired),
        ReferralPropose(ReferralPropose), ReferralAnswer(ReferralAnswer), ReferralRevoke(ReferralRevoke),
        CaseWithdraw(Remark), CaseReopen(Remark), CaseMerge(OtherCase), CaseLink(OtherCase), TransferPropose(TransferPropose),
        TransferDecline(TransferDecline), Recuse(Recuse),
        EmergencyStatus(EmergencyStatus), Message(MessageText), NarrativeAdd(Narrative), WageEntry(Grievance),
        Attachment(AttachmentRef), PersonSet(Person), PlaceAdd(Place), HealthNote(Text), MigrationNote(Text),
        Note(Text), TaskAdd(Task), TaskSet(TaskSet), Adopt(Adopt),
    }
    special {
        MemberAdd(MemberAdd), ConsentGrant(ConsentGrant), ConsentWithdraw(ConsentWithdraw),
        CaseTransfer(CaseTransfer),
    }
}

fn decode<T: DeserializeOwned>(value: &Value) -> Option<T> {
    value.deserialized().ok()
}

fn encode<T: Serialize>(body: &T) -> Result<Value, CanonicalError> {
    Value::serialized(body).map_err(|_| CanonicalError::Shape)
}

impl Body {
    /// Reads the content of a kind; content that cannot be read becomes [`Body::Opaque`].
    pub fn read(kind: &EventKind, value: &Value, verifier: &impl Verifier) -> Self {
        let opaque = || Self::Opaque(kind.clone(), value.clone());
        let statement = || decode::<StatementWire>(value).map(|wire| wire.statement);
        let special = |read: Option<Result<Self, ()>>| match read {
            None => opaque(),
            Some(Err(())) => Self::BadStatement(kind.clone()),
            Some(Ok(body)) => body,
        };
        match kind {
            EventKind::MemberAdd => special(decode::<MemberAddWire>(value).map(|wire| {
                let statement = wire
                    .statement
                    .as_ref()
                    .map(|bytes| Consent::read(bytes, verifier))
                    .transpose()
                    .map_err(|_| ())?;
                let MemberAddWire { organisation, generation, .. } = wire;
                Ok(Self::MemberAdd(MemberAdd { organisation, statement, generation }))
            })),
            EventKind::ConsentGrant => special(statement().map(|bytes| {
                let statement = Consent::read(&bytes, verifier).map_err(|_| ())?;
                Ok(Self::ConsentGrant(ConsentGrant { statement }))
            })),
            EventKind::ConsentWithdraw => special(statement().map(|bytes| {
                let statement = Withdrawal::read(&bytes, verifier).map_err(|_| ())?;
                Ok(Self::ConsentWithdraw(ConsentWithdraw { statement }))
            })),
            EventKind::CaseTransfer => special(statement().map(|bytes| {
                let statement = Transfer::read(&bytes, verifier).map_err(|_| ())?;
                Ok(Self::CaseTransfer(CaseTransfer { statement }))
            })),
            kind => Self::read_plain(kind, value).unwrap_or_else(opaque),
        }
    }

    /// The wire value.
    pub fn to_value(&self) -> Result<Value, CanonicalError> {
        let statement = |bytes: Vec<u8>| encode(&StatementWire { statement: ByteBuf::from(bytes) });
        match self {
            Self::MemberAdd(body) => encode(&MemberAddWire {
                organisation: body.organisation,
                statement: body.statement.as_ref().map(|signed| ByteBuf::from(signed.to_bytes())),
                generation: body.generation,
            }),
            Self::ConsentGrant(body) => statement(body.statement.to_bytes()),
            Self::ConsentWithdraw(body) => statement(body.statement.to_bytes()),
            Self::CaseTransfer(body) => statement(body.statement.to_bytes()),
            Self::Opaque(_, value) => Ok(value.clone()),
            Self::BadStatement(_) => Err(CanonicalError::Shape),
            body => body.plain_value(),
        }
    }
}
