//! The case list of a phone, the queue of a desk.

use super::{clean, codes, table, table::wrap, time};
use crate::{codes::Named, json::CaseView, lang::Lang};

/// What a case is about, in few words.
fn about(lang: Lang, case: &CaseView) -> String {
    let mut parts = [codes(lang, "situation", &case.situations), codes(lang, "grievance", &case.grievances)];
    if parts.iter().all(String::is_empty) {
        parts[0] = lang.text(&case.kind.key());
    }
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A word's name in `lang`, or the word itself where this version has none; empty if absent.
pub(super) fn named(lang: Lang, section: &str, word: &Option<String>) -> String {
    codes(lang, section, word.as_slice())
}

pub(super) fn status(lang: Lang, case: &CaseView) -> String {
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

/// A desk's queue, in the order given: what is urgent, until when, whose it is; below, what it is about.
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
                clean(&case.language),
                clean(case.assigned.as_deref().unwrap_or("-")),
                status(lang, case),
            ]
        })
        .collect();
    let heads = [
        "label.priority",
        "label.clock_due",
        "label.number",
        "label.language",
        "label.assigned",
        "label.status",
    ];
    let table = table(lang, &heads, &rows);
    let mut text = String::new();
    for (nth, line) in table.lines().enumerate() {
        text += line;
        text.push('\n');
        if let Some(case) = nth.checked_sub(1).and_then(|nth| cases.get(nth)) {
            for line in wrap(&about(lang, case), super::WIDTH - 6) {
                text += &format!("      {}\n", clean(&line));
            }
            text += &marks(lang, case);
        }
    }
    text
}

/// What must not be overlooked in a list.
fn marks(lang: Lang, case: &CaseView) -> String {
    let mut text = String::new();
    if case.unread {
        text += &format!("    ! {}\n", lang.text("human.unread"));
    }
    if !case.conflicts.is_empty() {
        let count = case.conflicts.len().to_string();
        text += &format!("    ! {}\n", lang.fill("human.to_decide", &[("count", &count)]));
    }
    for merged in case.merged_from.iter().filter(|merged| merged.unread) {
        let number = clean(&merged.number);
        text += &format!("    ! {}\n", lang.fill("human.unread_in", &[("number", &number)]));
    }
    text
}
