//! The page of one case: safe contact first, then what to mind, what next and why, then everything.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    WIDTH, block,
    case::{named, status},
    clean, codes, fields, short,
    table::wrap,
    time, told,
};
use crate::{
    codes::{Mark, Named, ReferralState, TaskKind},
    json::{CaseView, Conflict, Consent, Recorded, Referral, Task},
    lang::Lang,
};

/// Everything about one case.
pub fn case_page(lang: Lang, case: &CaseView) -> String {
    let mut page = safe_contact(lang, &case.safe_contact);
    page += &to_mind(lang, case);
    page += &next(lang, case);
    page += "\n";
    page += &facts(lang, case);
    page += &section(lang, "label.rules", &case.rules, |rule| {
        let name = named(lang, "rule", &Some(rule.rule.clone()));
        format!("  P{} {name} ({})\n", rule.priority, clean(&rule.because))
    });
    page += &section(lang, "label.not_asked", &case.not_asked, |question| format!("  {}\n", clean(question)));
    if !case.indicators.is_empty() {
        // A count and a list to look into, never a verdict.
        let count = case.indicators.len().to_string();
        page += &heading(lang, "label.indicators");
        page += &format!("  {}\n", lang.fill("human.indicators", &[("count", &count)]));
        for indicator in &case.indicators {
            page += &format!(
                "  {} {}\n",
                indicator.number,
                named(lang, "indicator", &Some(indicator.key.clone()))
            );
        }
    }
    page += &persons(lang, case);
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
    page += &section(lang, "label.records", &case.records, |record| record_lines(lang, record));
    page += &section(lang, "label.tasks", &case.tasks, |task| task_lines(lang, task));
    page += &section(lang, "label.attachments", &case.attachments, |file| {
        let cleaned =
            if file.cleaned { String::new() } else { format!(" ({})", lang.text("human.not_cleaned")) };
        format!("  {} {} {} B{cleaned}\n", short(&file.id), clean(&file.name), file.bytes)
    });
    page += &section(lang, "label.consents", &case.consents, |consent| consent_lines(lang, consent));
    page += &section(lang, "label.referrals", &case.referrals, |referral| referral_lines(lang, referral));
    page += &section(lang, "label.conflicts", &case.conflicts, |conflict| conflict_lines(lang, conflict));
    page += &section(lang, "label.refused", &case.refused, |refused| {
        let why = named(lang, "refused", &Some(refused.reason.clone()));
        let text = refused.text.as_deref().map(block).unwrap_or_default();
        format!("  {} {}: {why}\n{text}", short(&refused.event), clean(&refused.kind))
    });
    page
}

/// How the person may be reached: nobody should see anything of the case before this.
pub(super) fn safe_contact(lang: Lang, plan: &Option<serde_json::Value>) -> String {
    let rules = match plan {
        Some(rules) => block(&pretty(rules)),
        None => told_below(&lang.text("human.safe_contact_unknown")),
    };
    heading(lang, "label.safe_contact").trim_start().to_owned() + &rules
}

/// What somebody must know before writing anything.
fn to_mind(lang: Lang, case: &CaseView) -> String {
    let mut text = String::new();
    if case.update_needed {
        text += &told("!", &lang.text("warning.update_needed"));
    }
    // By reader: how much, and in which parts.
    let mut readers: BTreeMap<String, (BTreeSet<&str>, BTreeSet<String>)> = BTreeMap::new();
    for exposed in &case.readable_by {
        let organisation = exposed.organisation_name.clone().unwrap_or_else(|| short(&exposed.organisation));
        let who = match (&exposed.name, &exposed.device) {
            (Some(name), _) => name.clone(),
            (None, Some(device)) => format!("{organisation}, {}", short(device)),
            (None, None) => organisation,
        };
        let (events, logs) = readers.entry(who).or_default();
        events.insert(&exposed.event);
        logs.insert(exposed.log.clone());
    }
    for (who, (events, logs)) in readers {
        let logs = codes(lang, "log", &logs.into_iter().collect::<Vec<_>>());
        let (who, count) = (clean(&who), events.len().to_string());
        let values = [("name", who.as_str()), ("count", &count), ("logs", &logs)];
        text += &told("!", &lang.fill("human.readable_by", &values));
    }
    if !case.recused.is_empty() {
        let names = clean(&case.recused.join(", "));
        text += &told("!", &lang.fill("human.recused", &[("names", &names)]));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// What next and why.
fn next(lang: Lang, case: &CaseView) -> String {
    let mut items: Vec<String> = Vec::new();
    if case.referred == Some(ReferralState::Sent) {
        items.push(lang.text("human.next_answer_referral"));
    }
    if case.unread {
        items.push(lang.text("human.unread"));
    }
    for merged in case.merged_from.iter().filter(|merged| merged.unread) {
        items.push(lang.fill("human.unread_in", &[("number", &clean(&merged.number))]));
    }
    if !case.conflicts.is_empty() {
        items.push(lang.fill("human.to_decide", &[("count", &case.conflicts.len().to_string())]));
    }
    for referral in case.referrals.iter().filter(|referral| referral.state == ReferralState::Proposed) {
        let (to, logs) = (organisation(referral), codes(lang, "log", &referral.logs));
        let values = [("organisation", to.as_str()), ("logs", &logs)];
        items.push(lang.fill("human.next_consent", &values));
    }
    if let Some(to) = &case.transfer_proposed {
        let name = clean(case.transfer_proposed_name.as_deref().unwrap_or(to));
        items.push(lang.fill("human.next_transfer", &[("organisation", &name)]));
    }
    let open = case.tasks.iter().filter(|task| !task.done);
    if let Some(task) = open.min_by(|a, b| a.due.cmp(&b.due)) {
        let (title, due) = (clean(&task.title), time(&task.due));
        items.push(lang.fill("human.next_task", &[("title", &title), ("time", &due)]));
    }
    match case.clocks.iter().find(|clock| clock.met.is_none()) {
        Some(clock) => {
            let (step, due) = (lang.text(&clock.step.key()), time(&clock.due));
            let mut text = lang.fill("human.next_step", &[("step", &step), ("time", &due)]);
            if matches!(clock.mark, Mark::Half | Mark::Overdue) {
                text += &format!(" ({})", lang.text(&clock.mark.key()));
            }
            items.push(text);
        }
        None => {
            let due = case.clock_due.iter();
            items.extend(due.map(|due| lang.fill("human.next_due", &[("time", &time(due))])));
        }
    }
    if items.is_empty() {
        return String::new();
    }
    items.iter().fold(heading(lang, "label.next"), |text, item| text + &told("→", item))
}

fn facts(lang: Lang, case: &CaseView) -> String {
    let close_reason =
        case.close_reason.as_ref().map(|code| codes(lang, "close_reason", std::slice::from_ref(code)));
    let referred = case.referred.map(|state| lang.text(&state.key())).unwrap_or_default();
    let declined = case.transfer_declined_name.as_ref().or(case.transfer_declined.as_ref());
    let declined = declined.map(|name| clean(name)).unwrap_or_default();
    let merged: Vec<&str> = case.merged_from.iter().map(|merged| merged.number.as_str()).collect();
    fields(
        lang,
        &[
            ("label.number", &case.number),
            ("label.case", &case.case),
            ("label.kind", &lang.text(&case.kind.key())),
            ("label.priority", &format!("P{}", case.priority)),
            ("label.status", &status(lang, case)),
            ("label.close_reason", &close_reason.unwrap_or_default()),
            ("label.referred", &referred),
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
            ("label.entered_by", case.entered_by.as_deref().unwrap_or_default()),
            ("label.transfer_declined", &declined),
            ("label.continues", case.continues.as_deref().unwrap_or_default()),
            ("label.continued_in", case.continued_in.as_deref().unwrap_or_default()),
            ("label.merged_into", case.merged_into.as_deref().unwrap_or_default()),
            ("label.merged_from", &merged.join(", ")),
            ("label.links", &case.links.join(" ")),
        ],
    )
}

fn persons(lang: Lang, case: &CaseView) -> String {
    // A name alone stands among the facts already.
    if case.persons.len() < 2 && case.unreadable_persons == 0 {
        return String::new();
    }
    let mut text = heading(lang, "label.persons");
    for person in &case.persons {
        let name = person.name.as_deref().or(person.native_name.as_deref()).unwrap_or("—");
        let unnamed =
            if person.unnamed { format!(" ({})", lang.text("human.unnamed")) } else { String::new() };
        text += &format!("  {}: {}{unnamed}\n", lang.text(&person.role.key()), clean(name));
    }
    if case.unreadable_persons > 0 {
        let count = case.unreadable_persons.to_string();
        text += &format!("  {}\n", lang.fill("human.unreadable_persons", &[("count", &count)]));
    }
    text
}

fn record_lines(lang: Lang, record: &Recorded) -> String {
    let part = codes(lang, "log", std::slice::from_ref(&record.log));
    let who = record.author.clone().unwrap_or_else(|| lang.text(&record.author_role.key()));
    let mut text = format!("  {} {} · {part}\n", time(&record.at), clean(&who));
    if let Some(code) = &record.grievance {
        let days: Vec<&str> =
            [&record.from, &record.until].into_iter().flatten().map(String::as_str).collect();
        let days = if days.is_empty() { String::new() } else { format!(" ({})", days.join(" → ")) };
        text += &detail(&(codes(lang, "grievance", std::slice::from_ref(code)) + &days));
    }
    for amount in &record.amounts {
        let kind = lang.find(&format!("amount.{}", amount.kind)).unwrap_or_else(|| clean(&amount.kind));
        text += &detail(&format!("{kind}: {} {}", amount.amount, amount.currency));
    }
    if let Some(place) = &record.place {
        text += &detail(&format!("{:.4}, {:.4} ±{} m", place.latitude, place.longitude, place.accuracy_m));
    }
    text + &record.text.as_deref().map(block).unwrap_or_default()
}

fn task_lines(lang: Lang, task: &Task) -> String {
    let mark = if task.done { "✓" } else { "·" };
    let kind = match task.kind {
        TaskKind::General => String::new(),
        kind => format!(" [{}]", lang.text(&kind.key())),
    };
    let whose = task.assigned.as_deref().map(|desk| format!(" ({})", clean(desk))).unwrap_or_default();
    let mut text = format!("  {mark} {} {}{kind}{whose}\n", time(&task.due), clean(&task.title));
    if let Some(blocked) = &task.blocked {
        let why = lang.find(&format!("error.{blocked}")).unwrap_or_else(|| clean(blocked));
        text += &nested(&why);
    }
    if let Some(asked) = &task.interpreter {
        let parts =
            [Some(asked.language.clone()), asked.sex.clone(), asked.name.clone(), asked.hearing.clone()];
        text += &detail(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
        for conflict in &asked.conflicts {
            text += &nested(&lang.text(&conflict.key()));
        }
    }
    text
}

fn organisation(referral: &Referral) -> String {
    clean(referral.organisation_name.as_deref().unwrap_or(&referral.organisation))
}

/// State and organisation, then what and what for.
pub(super) fn consent_lines(lang: Lang, consent: &Consent) -> String {
    let name = clean(consent.organisation_name.as_deref().unwrap_or(&consent.organisation));
    let until = consent.until.as_deref().map(|until| format!(" → {}", time(until))).unwrap_or_default();
    format!("  {name}: {}{until}\n", lang.text(&consent.state.key()))
        + &detail(&codes(lang, "log", &consent.logs))
        + &detail(&consent.purpose)
}

pub(super) fn referral_lines(lang: Lang, referral: &Referral) -> String {
    let until = referral.until.as_deref().map(|until| format!(" → {}", time(until))).unwrap_or_default();
    format!("  {}: {}{until}\n", organisation(referral), lang.text(&referral.state.key()))
        + &detail(&codes(lang, "log", &referral.logs))
        + &detail(&referral.purpose)
}

fn conflict_lines(lang: Lang, conflict: &Conflict) -> String {
    let label = match conflict.field.as_str() {
        "referral" => "label.referrals".to_owned(),
        "emergency" => "kind.emergency".to_owned(),
        field => format!("label.{field}"),
    };
    let name = lang.find(&label).unwrap_or_else(|| clean(&conflict.field));
    let mut text = format!("  {name} ({})\n", conflict.events.len());
    for value in &conflict.values {
        let mark = if value.event == conflict.shown { "*" } else { " " };
        let who = value.author.clone().unwrap_or_else(|| lang.text("author_role.migrant"));
        let told = clean(value.value.as_deref().unwrap_or("—"));
        text += &format!("  {mark} {} {told} ({}, {})\n", short(&value.event), clean(&who), time(&value.at));
    }
    text
}

/// A line of somebody's below one of ours.
fn detail(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    wrap(text, WIDTH - 4).iter().map(|line| format!("    {}\n", clean(line))).collect()
}

/// A warning about one line of ours, below it.
fn nested(text: &str) -> String {
    let lines = wrap(text, WIDTH - 6);
    let line = |(nth, line): (usize, &String)| format!("    {:<2}{line}\n", if nth == 0 { "!" } else { "" });
    lines.iter().enumerate().map(line).collect()
}

fn told_below(text: &str) -> String {
    wrap(text, WIDTH - 2).iter().map(|line| format!("  {line}\n")).collect()
}

pub(super) fn heading(lang: Lang, key: &str) -> String {
    format!("\n{}\n", lang.text(key))
}

pub(super) fn entry(at: &str, who: &str, text: &str) -> String {
    format!("  {at} {who}\n{}", block(text))
}

pub(super) fn section<T>(lang: Lang, key: &str, items: &[T], line: impl Fn(&T) -> String) -> String {
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
