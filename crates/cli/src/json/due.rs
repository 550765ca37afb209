//! What falls due.

use serde::Serialize;

use crate::{
    codes::{DueKind, Named, Step},
    human,
    lang::Lang,
    output::View,
};

/// One line of `due` (an array, the earliest first).
#[derive(Clone, Debug, Serialize)]
pub struct DueView {
    /// The case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// `half`: half of a clock is used; `clock`: all of it; `task`: a task's time.
    pub what: DueKind,
    /// The clock; `null` for a task.
    pub step: Option<Step>,
    /// The task; `null` for a clock.
    pub task: Option<String>,
    /// What the task is.
    pub title: Option<String>,
    /// When.
    pub at: String,
    /// Whether that has passed.
    pub overdue: bool,
}

impl View for [DueView] {
    fn render(&self, lang: Lang) -> String {
        if self.is_empty() {
            return lang.text("human.nothing_due") + "\n";
        }
        let rows: Vec<Vec<String>> = self
            .iter()
            .map(|due| {
                let what = match (due.step, &due.title) {
                    (Some(step), _) => lang.text(&step.key()),
                    (None, title) => human::clean(title.as_deref().unwrap_or("—")),
                };
                let mark = match (due.what, due.overdue) {
                    (DueKind::Half, _) => lang.text("mark.half"),
                    (_, true) => lang.text("mark.overdue"),
                    (_, false) => String::new(),
                };
                let mark = if mark.is_empty() { mark } else { format!(" ({mark})") };
                vec![human::time(&due.at), human::clean(&due.number), what + &mark]
            })
            .collect();
        human::table(lang, &["label.at", "label.number", "label.about"], &rows)
    }
}
