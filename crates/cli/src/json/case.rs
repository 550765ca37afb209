//! A case: one object of `show`, or one of the array of `cases`, `queue` and `search`.

use serde::Serialize;

use crate::{
    codes::{
        AuthorRole, CaseKind, CaseStatus, ConsentState, Delivery, EmergencyState, ReferralState, WaitingOn,
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
    /// Where it is in its life.
    pub state: ReferralState,
}

/// An event that every replica refuses, kept and shown with the reason.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The event.
    pub event: String,
    /// The fold's code.
    pub reason: String,
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
    /// The parts that this vault can read.
    pub readable_logs: Vec<String>,
    /// Internal notes; empty on a phone.
    pub notes: Vec<Note>,
    /// Internal tasks; empty on a phone.
    pub tasks: Vec<Task>,
    /// The emergency, if there is one.
    pub emergency: Option<EmergencyView>,
    /// The case that this one is a duplicate of.
    pub merged_into: Option<String>,
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

/// `queue` and `search` of a desk.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct QueueView(pub Vec<CaseView>);

impl View for QueueView {
    fn render(&self, lang: Lang) -> String {
        human::queue(lang, &self.0)
    }
}
