//! `amana desk VAULT due`.

use std::{collections::BTreeMap, path::Path};

use amana_client::ops::{Due, DueWhat};
use amana_domain::case_number::CaseNumber;

use crate::{
    args::desk::work::DueArgs,
    codes::DueKind,
    context::Context,
    error::CliError,
    json::{DueView, time},
    output::Output,
    session,
};

/// Longest list that anybody works off.
const LIMIT: u32 = 1000;
const DAY_MS: i64 = 86_400_000;

/// Lists what falls due.
pub async fn run(context: &Context, vault: &Path, args: DueArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let until_ms = args.until.map_or(now_ms.saturating_add(DAY_MS), |until| until.0.as_millisecond());
    let found = if args.overdue { client.overdue(now_ms, LIMIT)? } else { client.due(until_ms, LIMIT)? };
    let mut titles: BTreeMap<String, String> = BTreeMap::new();
    let mut views = Vec::with_capacity(found.len());
    for due in &found {
        let mut view = view(due, now_ms);
        if let Some(task) = &view.task {
            if !titles.contains_key(task) {
                let tasks = client.peek(due.case)?.tasks;
                titles.extend(tasks.into_iter().map(|task| (task.id.to_string(), task.title)));
            }
            view.title = titles.get(task).cloned();
        }
        views.push(view);
    }
    Ok(Output::new(context, views.as_slice()))
}

fn view(due: &Due, now_ms: i64) -> DueView {
    let (what, step, task) = match due.what {
        DueWhat::Half(step) => (DueKind::Half, Some(step), None),
        DueWhat::Clock(step) => (DueKind::Clock, Some(step), None),
        DueWhat::Task(task) => (DueKind::Task, None, Some(task.to_string())),
    };
    DueView {
        case: due.case.to_string(),
        number: CaseNumber::of(&due.case).to_string(),
        what,
        step,
        task,
        title: None,
        at: time(u64::try_from(due.at_ms).unwrap_or(0)),
        overdue: due.at_ms <= now_ms,
    }
}
