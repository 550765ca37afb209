//! A case in short, for the next person.

use super::{
    block,
    case::named,
    clean, codes, fields,
    page::{consent_lines, entry, heading, referral_lines, safe_contact, section},
    time, told,
};
use crate::{codes::Named, json::BriefView, lang::Lang};

/// What the next person has to know before she does anything.
pub fn brief_page(lang: Lang, brief: &BriefView) -> String {
    let mut page = safe_contact(lang, &brief.safe_contact);
    for warning in &brief.contact_warnings {
        let key = format!("contact.{warning}");
        page += &told("!", &lang.find(&key).unwrap_or_else(|| clean(warning)));
    }
    page += "\n";
    let status = match brief.waiting_on {
        Some(whom) => format!("{}: {}", lang.text(&brief.status.key()), lang.text(&whom.key())),
        None => lang.text(&brief.status.key()),
    };
    page += &fields(
        lang,
        &[
            ("label.number", &brief.number),
            ("label.name", brief.name.as_deref().unwrap_or_default()),
            ("label.language", brief.language.as_deref().unwrap_or_default()),
            ("label.sex", &named(lang, "sex", &brief.sex)),
            ("label.age_band", &named(lang, "age_band", &brief.age_band)),
            ("label.grievances", &codes(lang, "grievance", &brief.grievances)),
            ("label.situations", &codes(lang, "situation", &brief.situations)),
            ("label.status", &status),
            ("label.priority", &format!("P{}", brief.priority)),
            ("label.clock_due", &brief.clock_due.as_deref().map(time).unwrap_or_default()),
            (
                "label.last_contact",
                &brief.last_contact.as_ref().map(|last| time(&last.at)).unwrap_or_default(),
            ),
        ],
    );
    page += &section(lang, "label.rules", &brief.rules, |rule| {
        let name = named(lang, "rule", &Some(rule.rule.clone()));
        format!("  P{} {name} ({})\n", rule.priority, clean(&rule.because))
    });
    let mut next = Vec::new();
    if brief.unread {
        next.push(lang.text("human.unread"));
    } else if brief.last_contact.as_ref().is_some_and(|last| last.by_migrant) {
        next.push(lang.text("human.answer_owed"));
    }
    if let Some(task) = &brief.next_task {
        let (title, due) = (clean(&task.title), time(&task.due));
        next.push(lang.fill("human.next_task", &[("title", &title), ("time", &due)]));
    }
    if brief.open_tasks > 1 {
        next.push(lang.fill("human.open_tasks", &[("count", &brief.open_tasks.to_string())]));
    }
    if !next.is_empty() {
        page += &heading(lang, "label.next");
        next.iter().for_each(|item| page += &told("→", item));
    }
    if let Some(text) = &brief.text {
        page += &heading(lang, "label.text");
        page += &block(text);
    }
    page += &section(lang, "label.last_note", brief.last_note.as_slice(), |note| {
        entry(&time(&note.at), &clean(note.author.as_deref().unwrap_or("—")), &note.text)
    });
    page += &section(lang, "label.consents", &brief.consents, |consent| consent_lines(lang, consent));
    page += &section(lang, "label.referrals", &brief.referrals, |referral| referral_lines(lang, referral));
    page
}
