//! A brief in the contract's shape.

use amana_client::Brief;

use super::{
    super::{BriefView, LastContact, Rule},
    Names,
    case::{consent_of, note_of, referral_of, task_of},
    spelling, text, texts, time,
};

impl BriefView {
    /// The shape of `brief`, with desks and organisations by their names.
    pub fn of(brief: &Brief, names: &Names) -> Self {
        Self {
            case: brief.case.to_string(),
            number: brief.number.clone(),
            name: brief.name.clone(),
            language: text(&brief.language),
            sex: text(&brief.sex),
            age_band: text(&brief.age_band),
            kind: brief.kind,
            grievances: texts(&brief.grievances),
            situations: texts(&brief.situations),
            text: brief.text.clone(),
            status: brief.status,
            waiting_on: brief.waiting_on,
            priority: brief.priority.as_u8(),
            rules: brief.rules.iter().map(Rule::of).collect(),
            not_asked: brief.not_asked.clone(),
            clock_due: brief.clock_due_ms.map(|ms| time(u64::try_from(ms).unwrap_or(0))),
            last_contact: brief
                .last_contact
                .map(|last| LastContact { at: time(last.at_ms), by_migrant: last.by_migrant }),
            unread: brief.unread,
            next_task: brief.next_task.as_ref().map(|task| task_of(task, names)),
            open_tasks: brief.open_tasks,
            last_note: brief.last_note.as_ref().map(|note| note_of(note, names)),
            consents: brief.consents.iter().map(|consent| consent_of(consent, names)).collect(),
            referrals: brief.referrals.iter().map(|referral| referral_of(referral, names)).collect(),
            safe_contact: brief.safe_contact.as_ref().and_then(|plan| serde_json::to_value(plan).ok()),
            contact_warnings: brief.contact_warnings.iter().map(spelling).collect(),
        }
    }
}
