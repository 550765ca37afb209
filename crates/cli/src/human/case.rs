//! The case list of a phone, the queue of a desk, the page of one case.

use super::{block, clean, codes, fields, short, table, time};
use crate::{
    codes::Named,
    json::{CaseView, Consent},
    lang::Lang,
};

/// What a case is about, in few words.
fn about(lang: Lang, case: &CaseView) -> String {
    let mut parts = [codes(lang, "situation", &case.situations), codes(lang, "grievance", &case.grievances)];
    if parts.iter().all(String::is_empty) {
        parts[0] = lang.text(&case.kind.key());
    }
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A word's name in `lang`, or the word itself where this version has none; empty if absent.
fn named(lang: Lang, section: &str, word: &Option<String>) -> String {
    codes(lang, section, word.as_slice())
}

fn status(lang: Lang, case: &CaseView) -> String {
    let status = lang.text(&case.status.key());
    match case.waiting_on {
        Some(whom) => format!("{status}: {}", lang.text(&whom.key())),
        None => status,
    }
}

/// A phone's cases: number, state, how far it has come.
pub fn case_list(lang: Lang, cases: &[CaseView]) -> String {
    if cases.is_empty() {
        return lang.text("human.no_cases") + "\n";
    }
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|case| {
            vec![
                clean(&case.number),
                lang.text(&case.status.key()),
                lang.text(&case.delivery.key()),
                about(lang, case),
            ]
        })
        .collect();
    table(lang, &["label.number", "label.status", "label.delivery", "label.about"], &rows)
}

/// A desk's queue, in the order given: what next, and until when.
pub fn queue(lang: Lang, cases: &[CaseView]) -> String {
    if cases.is_empty() {
        return lang.text("human.no_cases") + "\n";
    }
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|case| {
            vec![
                format!("P{}", case.priority),
                case.clock_due.as_deref().map_or("—".to_owned(), time),
                clean(&case.number),
                status(lang, case),
                clean(case.assigned.as_deref().unwrap_or("—")),
                clean(&case.language),
                about(lang, case),
            ]
        })
        .collect();
    let heads = [
        "label.priority",
        "label.clock_due",
        "label.number",
        "label.status",
        "label.assigned",
        "label.language",
        "label.about",
    ];
    table(lang, &heads, &rows)
}

/// Everything about one case, safe-contact first.
pub fn case_page(lang: Lang, case: &CaseView) -> String {
    let mut page = String::new();
    if case.update_needed {
        page += &format!("! {}\n", lang.text("warning.update_needed"));
    }
    page += heading(lang, "label.safe_contact").trim_start();
    page += &match &case.safe_contact {
        Some(rules) => block(&pretty(rules)),
        None => format!("  {}\n", lang.text("human.safe_contact_unknown")),
    };
    let close_reason =
        case.close_reason.as_ref().map(|code| codes(lang, "close_reason", std::slice::from_ref(code)));
    page += "\n";
    page += &fields(
        lang,
        &[
            ("label.number", &case.number),
            ("label.case", &case.case),
            ("label.kind", &lang.text(&case.kind.key())),
            ("label.priority", &format!("P{}", case.priority)),
            ("label.status", &status(lang, case)),
            ("label.close_reason", &close_reason.unwrap_or_default()),
            ("label.clock_due", &case.clock_due.as_deref().map(time).unwrap_or_default()),
            ("label.assigned", case.assigned.as_deref().unwrap_or_default()),
            ("label.delivery", &lang.text(&case.delivery.key())),
            ("label.language", &case.language),
            ("label.origin", case.origin.as_deref().unwrap_or_default()),
            ("label.destination", case.destination.as_deref().unwrap_or_default()),
            ("label.sector", &named(lang, "sector", &case.sector)),
            ("label.sex", &named(lang, "sex", &case.sex)),
            ("label.age_band", &named(lang, "age_band", &case.age_band)),
            ("label.name", case.name.as_deref().unwrap_or_default()),
            ("label.grievances", &codes(lang, "grievance", &case.grievances)),
            ("label.situations", &codes(lang, "situation", &case.situations)),
            ("label.readable_logs", &codes(lang, "log", &case.readable_logs)),
            ("label.merged_into", case.merged_into.as_deref().unwrap_or_default()),
        ],
    );
    page += &section(lang, "label.rules", &case.rules, |rule| {
        let name = named(lang, "rule", &Some(rule.rule.clone()));
        format!("  P{} {name} ({})\n", rule.priority, clean(&rule.because))
    });
    page += &section(lang, "label.not_asked", &case.not_asked, |question| format!("  {}\n", clean(question)));
    page += &heading(lang, "label.text");
    page += &match &case.text {
        Some(text) => block(text),
        None => format!("  {}\n", lang.text("human.not_readable")),
    };
    page += &section(lang, "label.additions", &case.additions, |addition| {
        entry(&time(&addition.at), &lang.text(&addition.author_role.key()), &addition.text)
    });
    page += &section(lang, "label.messages", &case.messages, |message| {
        let delivery = lang.text(&message.delivery.key());
        let who = format!("{} ({delivery})", lang.text(&message.author_role.key()));
        entry(&time(&message.at), &who, &message.text)
    });
    page += &section(lang, "label.notes", &case.notes, |note| {
        entry(&time(&note.at), &clean(note.author.as_deref().unwrap_or("—")), &note.text)
    });
    page += &section(lang, "label.tasks", &case.tasks, |task| {
        format!("  {} {} {}\n", if task.done { "✓" } else { "·" }, time(&task.due), clean(&task.title))
    });
    page += &section(lang, "label.attachments", &case.attachments, |file| {
        let cleaned =
            if file.cleaned { String::new() } else { format!(" ({})", lang.text("human.not_cleaned")) };
        format!("  {} {} {} B{cleaned}\n", short(&file.id), clean(&file.name), file.bytes)
    });
    page += &section(lang, "label.consents", &case.consents, |consent| consent_line(lang, consent));
    page += &section(lang, "label.referrals", &case.referrals, |referral| {
        format!("  {}: {}\n", clean(&referral.organisation), lang.text(&referral.state.key()))
    });
    page += &section(lang, "label.conflicts", &case.conflicts, |conflict| {
        format!("  {} ({})\n", clean(&conflict.field), conflict.events.len())
    });
    page += &section(lang, "label.refused", &case.refused, |refused| {
        format!("  {} {}\n", short(&refused.event), clean(&refused.reason))
    });
    page
}

fn consent_line(lang: Lang, consent: &Consent) -> String {
    let until = consent.until.as_deref().map(|until| format!(" → {}", time(until))).unwrap_or_default();
    format!(
        "  {}: {} [{}]{until} {}\n",
        clean(&consent.organisation),
        lang.text(&consent.state.key()),
        codes(lang, "log", &consent.logs),
        clean(&consent.purpose),
    )
}

fn heading(lang: Lang, key: &str) -> String {
    format!("\n{}\n", lang.text(key))
}

fn entry(at: &str, who: &str, text: &str) -> String {
    format!("  {at} {who}\n{}", block(text))
}

fn section<T>(lang: Lang, key: &str, items: &[T], line: impl Fn(&T) -> String) -> String {
    if items.is_empty() {
        return String::new();
    }
    items.iter().fold(heading(lang, key), |text, item| text + &line(item))
}

fn pretty(value: &serde_json::Value) -> String {
    match value.as_object() {
        Some(rules) => rules
            .iter()
            .map(|(key, value)| {
                format!("{key}: {}\n", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect(),
        None => value.to_string(),
    }
}
