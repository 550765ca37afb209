//! The hand-over brief: what the next person has to know before she does anything, and nothing else.

use amana_domain::{
    codes::{AgeBand, CaseKind, GrievanceCode, Language, Sex, SituationCode},
    ids::CaseId,
    lifecycle::case::{CaseStatus, WaitingOn},
    priority::{Priority, RuleHit},
    safe_contact::SafeContact,
};
use serde::{Deserialize, Serialize};

use super::{CaseView, ConsentEntry, Entry, ReferralEntry, TaskEntry};

/// Most characters of the narrative in a brief.
const EXCERPT: usize = 600;

/// What to mind before contacting the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactWarning {
    /// Nobody asked how she may be reached: no call, no message outside the app.
    NotAsked,
    /// Nothing may be sent outside the app.
    DoNotReply,
    /// A plan without any channel allows none.
    NoChannel,
    /// A code word has to be exchanged first.
    CodeWord,
    /// Two code words were named: trust neither.
    CodeWordUnclear,
    /// Only at some hours.
    LimitedHours,
    /// Somebody else may answer.
    OthersMayAnswer,
    /// There is more in the plan's notes.
    Notes,
}

/// Who wrote last, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastContact {
    /// The author's clock, ms since 1970 UTC.
    pub at_ms: u64,
    /// Whether it was the migrant: then an answer is owed.
    pub by_migrant: bool,
}

/// A case in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// The person's name, if given and readable here.
    pub name: Option<String>,
    /// The language to answer in.
    pub language: Option<Language>,
    /// Sex, as given.
    pub sex: Option<Sex>,
    /// Age band.
    pub age_band: Option<AgeBand>,
    /// What was asked for.
    pub kind: CaseKind,
    /// Grievances, the primary one first.
    pub grievances: Vec<GrievanceCode>,
    /// Situations.
    pub situations: Vec<SituationCode>,
    /// The beginning of what happened, at most 600 characters.
    pub text: Option<String>,
    /// Where it stands.
    pub status: CaseStatus,
    /// On whom it waits.
    pub waiting_on: Option<WaitingOn>,
    /// The priority that counts.
    pub priority: Priority,
    /// Why: the rules that fired.
    pub rules: Vec<RuleHit>,
    /// Questions that nobody asked.
    pub not_asked: Vec<String>,
    /// When the next clock is due, ms since 1970 UTC.
    pub clock_due_ms: Option<i64>,
    /// The last message of the conversation.
    pub last_contact: Option<LastContact>,
    /// Whether the migrant wrote something, here or in a duplicate, that nobody has opened.
    pub unread: bool,
    /// The open task that is due first.
    pub next_task: Option<TaskEntry>,
    /// How many tasks are open.
    pub open_tasks: usize,
    /// The last internal note.
    pub last_note: Option<Entry>,
    /// Consents that hold.
    pub consents: Vec<ConsentEntry>,
    /// Referrals.
    pub referrals: Vec<ReferralEntry>,
    /// How the person may be reached.
    pub safe_contact: Option<SafeContact>,
    /// What to mind before contacting her.
    pub contact_warnings: Vec<ContactWarning>,
}

/// Makes the brief of a case.
pub(crate) fn brief(view: &CaseView) -> Brief {
    let open = || view.tasks.iter().filter(|task| !task.done);
    Brief {
        case: view.case,
        number: view.number.clone(),
        name: view.name.clone(),
        language: view.language.clone(),
        sex: view.sex,
        age_band: view.age_band,
        kind: view.kind,
        grievances: view.grievances.clone(),
        situations: view.situations.clone(),
        text: view.text.as_ref().map(|text| text.chars().take(EXCERPT).collect()),
        status: view.status,
        waiting_on: view.waiting_on,
        priority: view.priority,
        rules: view.rules.clone(),
        not_asked: view.not_asked.clone(),
        clock_due_ms: view.clock_due_ms,
        last_contact: view
            .messages
            .iter()
            .max_by_key(|entry| (entry.at_ms, entry.id))
            .map(|entry| LastContact { at_ms: entry.at_ms, by_migrant: entry.device.is_none() }),
        unread: view.unread || view.merged_from.iter().any(|merged| merged.unread),
        next_task: open().min_by_key(|task| (task.due_ms, task.id)).cloned(),
        open_tasks: open().count(),
        last_note: view.notes.iter().max_by_key(|entry| (entry.at_ms, entry.id)).cloned(),
        consents: view.consents.iter().filter(|consent| consent.state == "granted").cloned().collect(),
        referrals: view.referrals.clone(),
        contact_warnings: warnings(view.safe_contact.as_ref()),
        safe_contact: view.safe_contact.clone(),
    }
}

fn warnings(plan: Option<&SafeContact>) -> Vec<ContactWarning> {
    use ContactWarning as W;
    let Some(plan) = plan else { return vec![W::NotAsked] };
    let cases = [
        (plan.do_not_reply, W::DoNotReply),
        (plan.channels.is_empty(), W::NoChannel),
        (plan.code_word.is_some(), W::CodeWord),
        (plan.code_word_unclear, W::CodeWordUnclear),
        (plan.channels.iter().any(|channel| channel.hours.is_some()), W::LimitedHours),
        (plan.who_may_answer.is_some(), W::OthersMayAnswer),
        (plan.notes.is_some(), W::Notes),
    ];
    cases.into_iter().filter(|(holds, _)| *holds).map(|(_, warning)| warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_nobody_asked_for_allows_nothing() {
        assert_eq!(warnings(None), [ContactWarning::NotAsked]);
        assert_eq!(warnings(Some(&SafeContact::default())), [ContactWarning::NoChannel]);
    }

    #[test]
    fn every_danger_of_a_plan_is_named() {
        let plan = SafeContact::parse_json(
            br#"{"channels":[{"channel":"call","address":"+9611","hours":"09:00-17:00"}],"code_word":"mango",
                "who_may_answer":"sister","do_not_reply":true,"notes":"not on Fridays"}"#,
        )
        .unwrap();
        use ContactWarning as W;
        let expected = [W::DoNotReply, W::CodeWord, W::LimitedHours, W::OthersMayAnswer, W::Notes];
        assert_eq!(warnings(Some(&plan)), expected);
    }
}
