//! A case: one object of `show`, or one of the array of `cases`, `queue` and `search`.

use serde::Serialize;

use crate::{
    codes::{
        AuthorRole, CaseKind, CaseStatus, ConsentState, Delivery, EmergencyState, InterpreterConflict, Mark,
        PersonRole, ReferralState, Step, TaskKind, WaitingOn,
    },
    human,
    json::PlaceView,
    lang::Lang,
    output::View,
};

/// A rule that fired.
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    /// Its code.
    pub rule: String,
    /// The priority it asks for.
    pub priority: u8,
    /// The code or flag that made it fire.
    pub because: String,
}

/// Something that the migrant added to what happened.
#[derive(Clone, Debug, Serialize)]
pub struct Addition {
    /// Its event.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Who wrote it.
    pub author_role: AuthorRole,
    /// When its author says it was written.
    pub at: String,
}

/// A message of the conversation.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Its event.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Who wrote it.
    pub author_role: AuthorRole,
    /// How far it has verifiably come.
    pub delivery: Delivery,
    /// When its author says it was written.
    pub at: String,
}

/// A file of the case.
#[derive(Clone, Debug, Serialize)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its name, as given.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// Whether metadata was removed from the copy.
    pub cleaned: bool,
    /// Whether all of it is here.
    pub complete: bool,
}

/// A consent.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// To which organisation.
    pub organisation: String,
    /// Its name in the directory.
    pub organisation_name: Option<String>,
    /// To which parts.
    pub logs: Vec<String>,
    /// What for.
    pub purpose: String,
    /// Until when.
    pub until: Option<String>,
    /// Whether it holds.
    pub state: ConsentState,
}

/// A referral.
#[derive(Clone, Debug, Serialize)]
pub struct Referral {
    /// To which organisation.
    pub organisation: String,
    /// Its name in the directory.
    pub organisation_name: Option<String>,
    /// Where it is in its life.
    pub state: ReferralState,
    /// Parts that were asked for.
    pub logs: Vec<String>,
    /// What for.
    pub purpose: String,
    /// Until when.
    pub until: Option<String>,
}

/// Something that somebody who has left, or stands aside, can still read if the relay hands it out.
#[derive(Clone, Debug, Serialize)]
pub struct ReadableBy {
    /// What: the event.
    pub event: String,
    /// The part it is in.
    pub log: String,
    /// Whose organisation.
    pub organisation: String,
    /// Its name in the directory.
    pub organisation_name: Option<String>,
    /// The one device that was removed or stands aside; `null` = the whole organisation.
    pub device: Option<String>,
    /// Its desk's name, where known.
    pub name: Option<String>,
}

/// A duplicate of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Merged {
    /// The duplicate.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Whether the migrant wrote something there that nobody of this organisation has opened.
    pub unread: bool,
}

/// An event that every replica refuses, kept and shown with the reason.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The event.
    pub event: String,
    /// The fold's code.
    pub reason: String,
    /// The kind of event.
    pub kind: String,
    /// What a refused note says: a supervisor may adopt it.
    pub text: Option<String>,
}

/// A field that was written concurrently; both values are kept.
#[derive(Clone, Debug, Serialize)]
pub struct Conflict {
    /// The field.
    pub field: String,
    /// The events that wrote it.
    pub events: Vec<String>,
    /// The event whose value is shown.
    pub shown: String,
    /// The values, the one shown last; empty in lists. `decide` takes an event.
    pub values: Vec<ConflictValue>,
}

/// One value of a field that was written concurrently.
#[derive(Clone, Debug, Serialize)]
pub struct ConflictValue {
    /// The event that wrote it.
    pub event: String,
    /// The value, in codes.
    pub value: Option<String>,
    /// The desk that wrote it, by name; `null` = the migrant.
    pub author: Option<String>,
    /// When its author says it was written.
    pub at: String,
}

/// An internal note of one organisation.
#[derive(Clone, Debug, Serialize)]
pub struct Note {
    /// Its event.
    pub id: String,
    /// Its text.
    pub text: String,
    /// The desk that wrote it, by name.
    pub author: Option<String>,
    /// When its author says it was written.
    pub at: String,
}

/// What stands in a part of its own: wages, a place, health, migration status.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// Its event.
    pub id: String,
    /// In which part: `wages`, `location`, `medical`, `status`.
    pub log: String,
    /// Its words.
    pub text: Option<String>,
    /// Wages: the complaint that it is about.
    pub grievance: Option<String>,
    /// Wages: the amounts.
    pub amounts: Vec<AmountView>,
    /// Wages: the first day.
    pub from: Option<String>,
    /// Wages: the last day.
    pub until: Option<String>,
    /// The place.
    pub place: Option<PlaceView>,
    /// Role of its author.
    pub author_role: AuthorRole,
    /// The desk that wrote it, by name.
    pub author: Option<String>,
    /// When its author says it was written.
    pub at: String,
}

/// An amount.
#[derive(Clone, Debug, Serialize)]
pub struct AmountView {
    /// What it is.
    pub kind: String,
    /// A decimal number.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// An internal task of one organisation.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    /// Its event.
    pub id: String,
    /// What to do.
    pub title: String,
    /// Until when.
    pub due: String,
    /// Whether it is done.
    pub done: bool,
    /// What it is about.
    pub kind: TaskKind,
    /// Whose it is, by name; `null` = the team's.
    pub assigned: Option<String>,
    /// When it was done.
    pub done_at: Option<String>,
    /// Why it must not be done now: `not_screened`, `no_best_interests_decision`, `origin_blocked`.
    pub blocked: Option<String>,
    /// The interpreter that is needed.
    pub interpreter: Option<InterpreterView>,
}

/// An interpreter that is needed.
#[derive(Clone, Debug, Serialize)]
pub struct InterpreterView {
    /// Which language.
    pub language: String,
    /// Of which sex the person wants the interpreter to be.
    pub sex: Option<String>,
    /// When.
    pub at: Option<String>,
    /// At which hearing, interview or visit.
    pub hearing: Option<String>,
    /// Who is proposed.
    pub name: Option<String>,
    /// Why the proposed one must not interpret, or must be asked about first.
    pub conflicts: Vec<InterpreterConflict>,
}

/// A clock of a case.
#[derive(Clone, Debug, Serialize)]
pub struct ClockView {
    /// What has to happen.
    pub step: Step,
    /// How far it has run, now.
    pub mark: Mark,
    /// When it started.
    pub started: String,
    /// Half of its time is used.
    pub half: String,
    /// All of it is used.
    pub due: String,
    /// When the step was taken.
    pub met: Option<String>,
}

/// An ILO indicator of forced labour: possible, never a verdict.
#[derive(Clone, Debug, Serialize)]
pub struct IndicatorView {
    /// 1 to 11.
    pub number: u8,
    /// Its key.
    pub key: String,
}

/// What is known before tasks that may hurt.
#[derive(Clone, Debug, Serialize)]
pub struct SafeguardsView {
    /// Screening found no danger of refoulement.
    pub return_is_safe: bool,
    /// A decision says that a return is in the child's best interests.
    pub best_interests_decided: bool,
    /// The person died.
    pub deceased: bool,
}

/// A person of a case, from a part of her own.
#[derive(Clone, Debug, Serialize)]
pub struct PersonView {
    /// Her number.
    pub n: u32,
    /// Her log.
    pub log: String,
    /// Her part in the case.
    pub role: PersonRole,
    /// Name.
    pub name: Option<String>,
    /// Name in her own script.
    pub native_name: Option<String>,
    /// Relation to the person in danger.
    pub relation: Option<String>,
    /// Sex.
    pub sex: Option<String>,
    /// Coarse age.
    pub age_band: Option<String>,
    /// Date of birth.
    pub birth_date: Option<String>,
    /// Nationality.
    pub nationality: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Sex that she wants an interpreter to be of.
    pub interpreter_sex: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Passport or identity card.
    pub document: Option<String>,
    /// She wants to stay unnamed to the group.
    pub unnamed: bool,
}

/// `person`.
#[derive(Clone, Debug, Serialize)]
pub struct PersonAdded {
    /// The case.
    pub case: String,
    /// Her log; `null` while she waits on this phone for the organisation's keys.
    pub log: Option<String>,
}

impl View for PersonAdded {
    fn render(&self, lang: Lang) -> String {
        lang.text("human.written") + "\n"
    }
}

/// The emergency of a case.
#[derive(Clone, Debug, Serialize)]
pub struct EmergencyView {
    /// Where it is in its life.
    pub state: EmergencyState,
    /// The places, newest first.
    pub places: Vec<PlaceView>,
    /// A drill.
    pub drill: bool,
}

/// A case as this vault may read it.
#[derive(Clone, Debug, Serialize)]
pub struct CaseView {
    /// Its id.
    pub case: String,
    /// Its number, made to be spoken.
    pub number: String,
    /// What it is about.
    pub kind: CaseKind,
    /// The organisation that owns it.
    pub owner: String,
    /// The desk that entered it for somebody without a phone, by name.
    pub entered_by: Option<String>,
    /// The organisation that the owner proposes to take the case over.
    pub transfer_proposed: Option<String>,
    /// Its name in the directory.
    pub transfer_proposed_name: Option<String>,
    /// The organisation that the owner proposed last, if the migrant declined.
    pub transfer_declined: Option<String>,
    /// Its name in the directory.
    pub transfer_declined_name: Option<String>,
    /// The organisation that the migrant transferred the case to.
    pub transferred_to: Option<String>,
    /// On the phone that transferred it: the case in which this one goes on; `show` only.
    pub continued_in: Option<String>,
    /// On the phone that transferred it: the case that this one continues; `show` only.
    pub continues: Option<String>,
    /// Grievance codes, the primary one first.
    pub grievances: Vec<String>,
    /// Situation codes.
    pub situations: Vec<String>,
    /// 0 (emergency) to 4.
    pub priority: u8,
    /// The rules that fired.
    pub rules: Vec<Rule>,
    /// Questions that would matter and that nobody asked.
    pub not_asked: Vec<String>,
    /// Where it is in its life.
    pub status: CaseStatus,
    /// Whom it waits for.
    pub waiting_on: Option<WaitingOn>,
    /// Why it was closed: a code.
    pub close_reason: Option<String>,
    /// When the next step is due; `null` before the owner received it.
    pub clock_due: Option<String>,
    /// Every clock, the running one due first in front, met ones last.
    pub clocks: Vec<ClockView>,
    /// ILO indicators that codes and ticks point to: possible, never a verdict.
    pub indicators: Vec<IndicatorView>,
    /// Whether authorities of the person's own country may be told.
    pub origin_contact_allowed: bool,
    /// What is known before tasks that may hurt.
    pub safeguards: SafeguardsView,
    /// Whose case it is, by name.
    pub assigned: Option<String>,
    /// Language of the person.
    pub language: String,
    /// Country of origin.
    pub origin: Option<String>,
    /// Country of work.
    pub destination: Option<String>,
    /// Kind of work.
    pub sector: Option<String>,
    /// Sex.
    pub sex: Option<String>,
    /// Coarse age.
    pub age_band: Option<String>,
    /// How far the case's opening has verifiably come.
    pub delivery: Delivery,
    /// How it is safe to answer, as filed; `null` = not asked.
    pub safe_contact: Option<serde_json::Value>,
    /// The person's name; absent if none was given or it is not readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The people whose parts can be read here.
    pub persons: Vec<PersonView>,
    /// How many people have a part that cannot be read here, or not yet.
    pub unreadable_persons: usize,
    /// The narrative as filed; absent if not readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What was added to it.
    pub additions: Vec<Addition>,
    /// The conversation.
    pub messages: Vec<Message>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// The consents.
    pub consents: Vec<Consent>,
    /// The referrals.
    pub referrals: Vec<Referral>,
    /// At a desk that the case was referred to: where that stands.
    pub referred: Option<ReferralState>,
    /// Whether the migrant wrote something that nobody of this organisation has opened; never on a phone.
    pub unread: bool,
    /// The parts that this vault can read.
    pub readable_logs: Vec<String>,
    /// What somebody who has left can still read; `show` only.
    pub readable_by: Vec<ReadableBy>,
    /// Desks that stand aside, by name.
    pub recused: Vec<String>,
    /// Internal notes; empty on a phone.
    pub notes: Vec<Note>,
    /// Internal tasks; empty on a phone.
    pub tasks: Vec<Task>,
    /// What stands in parts of their own, as far as this vault holds them: wages, places, health, migration status.
    pub records: Vec<Recorded>,
    /// The emergency, if there is one.
    pub emergency: Option<EmergencyView>,
    /// The case that this one is a duplicate of.
    pub merged_into: Option<String>,
    /// Duplicates of this one.
    pub merged_from: Vec<Merged>,
    /// Cases that belong with this one.
    pub links: Vec<String>,
    /// Whether an unknown critical event makes it read-only here.
    pub update_needed: bool,
    /// Events that were refused.
    pub refused: Vec<Refused>,
    /// Fields written concurrently.
    pub conflicts: Vec<Conflict>,
}

impl View for CaseView {
    fn render(&self, lang: Lang) -> String {
        human::case_page(lang, self)
    }
}

/// `cases` of a phone.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct CasesView(pub Vec<CaseView>);

impl View for CasesView {
    fn render(&self, lang: Lang) -> String {
        human::case_list(lang, &self.0)
    }
}

/// `queue` of a desk.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct QueueView(pub Vec<CaseView>);

impl View for QueueView {
    fn render(&self, lang: Lang) -> String {
        human::queue(lang, &self.0)
    }
}
