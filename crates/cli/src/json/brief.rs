//! What the next person has to know, and what became of a hand-over.

use serde::Serialize;

use super::{Consent, Note, Referral, Rule, Task};
use crate::{
    codes::{CaseKind, CaseStatus, WaitingOn},
    human,
    lang::Lang,
    output::View,
};

/// Who wrote last in the conversation.
#[derive(Clone, Debug, Serialize)]
pub struct LastContact {
    /// When its author says so.
    pub at: String,
    /// Whether it was the migrant: then an answer is owed.
    pub by_migrant: bool,
}

/// `brief`.
#[derive(Clone, Debug, Serialize)]
pub struct BriefView {
    /// The case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// The person's name, if given and readable.
    pub name: Option<String>,
    /// The language to answer in.
    pub language: Option<String>,
    /// Sex.
    pub sex: Option<String>,
    /// Coarse age.
    pub age_band: Option<String>,
    /// What it is about.
    pub kind: CaseKind,
    /// Grievance codes, the primary one first.
    pub grievances: Vec<String>,
    /// Situation codes.
    pub situations: Vec<String>,
    /// The beginning of what happened, at most 600 characters.
    pub text: Option<String>,
    /// Where it is in its life.
    pub status: CaseStatus,
    /// Whom it waits for.
    pub waiting_on: Option<WaitingOn>,
    /// 0 (emergency) to 4.
    pub priority: u8,
    /// The rules that fired.
    pub rules: Vec<Rule>,
    /// Questions that would matter and that nobody asked.
    pub not_asked: Vec<String>,
    /// When the next step is due.
    pub clock_due: Option<String>,
    /// Who wrote last.
    pub last_contact: Option<LastContact>,
    /// Whether the migrant wrote something that nobody has opened.
    pub unread: bool,
    /// The open task that is due first.
    pub next_task: Option<Task>,
    /// How many tasks are open.
    pub open_tasks: usize,
    /// The last internal note.
    pub last_note: Option<Note>,
    /// Consents that hold.
    pub consents: Vec<Consent>,
    /// The referrals.
    pub referrals: Vec<Referral>,
    /// How it is safe to answer; `null` = not asked.
    pub safe_contact: Option<serde_json::Value>,
    /// What to mind before contacting her: `not_asked`, `do_not_reply`, `no_channel`, `code_word`,
    /// `code_word_unclear`, `limited_hours`, `others_may_answer`, `notes`.
    pub contact_warnings: Vec<String>,
}

impl View for BriefView {
    fn render(&self, lang: Lang) -> String {
        human::brief_page(lang, self)
    }
}

/// A case that was not handed over, or without its note.
#[derive(Clone, Debug, Serialize)]
pub struct NotHanded {
    /// The case.
    pub case: String,
    /// Why: an error code.
    pub code: String,
}

/// `hand-over`.
#[derive(Clone, Debug, Serialize)]
pub struct HandedOver {
    /// Whose cases they were, by name.
    pub from: String,
    /// Whose they are now, by name.
    pub to: String,
    /// Cases that changed hands.
    pub moved: Vec<String>,
    /// Of these, where the note could not be written.
    pub without_note: Vec<NotHanded>,
    /// Cases that stayed.
    pub refused: Vec<NotHanded>,
}

impl View for HandedOver {
    fn render(&self, lang: Lang) -> String {
        let count = self.moved.len().to_string();
        let (from, to) = (human::clean(&self.from), human::clean(&self.to));
        let mut text =
            lang.fill("human.handed_over", &[("cases", &count), ("from", &from), ("to", &to)]) + "\n";
        for (key, cases) in [("human.without_note", &self.without_note), ("human.not_handed", &self.refused)]
        {
            for case in cases {
                let why = lang.find(&format!("error.{}", case.code)).filter(|why| !why.contains("%{"));
                let why = why.unwrap_or_else(|| human::clean(&case.code));
                text += &format!("! {} {}: {why}\n", human::short(&case.case), lang.text(key));
            }
        }
        text
    }
}
