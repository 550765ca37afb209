//! Answers of a desk that are not about one case.

use serde::Serialize;

use crate::{
    codes::{ExportFormat, Named, Role},
    human,
    json::Warning,
    lang::Lang,
    output::View,
};

/// `desk join`.
#[derive(Clone, Debug, Serialize)]
pub struct DeskJoined {
    /// The organisation's id.
    pub organisation: String,
    /// This desk's id.
    pub device: String,
    /// What it may do.
    pub role: Role,
    /// Whether a roster already lists it.
    pub admitted: bool,
    /// Whether the first sync reached the relay; joining works without.
    pub synced: bool,
    /// What the first sync noticed.
    pub warnings: Vec<Warning>,
}

impl View for DeskJoined {
    fn render(&self, lang: Lang) -> String {
        let mut text = lang.text(if self.synced { "human.joined" } else { "human.joined_offline" }) + "\n";
        text += &human::fields(
            lang,
            &[("label.organisation", &self.organisation), ("label.role", &lang.text(&self.role.key()))],
        );
        text += &human::warnings(lang, &self.warnings);
        text
    }
}

/// One desk of a roster.
#[derive(Clone, Debug, Serialize)]
pub struct RosterDesk {
    /// Its id.
    pub device: String,
    /// Its name; `null` where it cannot be read.
    pub name: Option<String>,
    /// What it may do.
    pub role: Role,
    /// Last day of its certificate, `YYYY-MM-DD`.
    pub not_after: String,
    /// Whether it is this desk.
    pub this: bool,
    /// This admin has decided to remove it; no roster says so yet.
    pub leaving: bool,
    /// The role that this admin has decided on and no roster lists yet.
    pub becomes: Option<Role>,
}

/// `roster`, and the answer of `remove`, `role` and `renew`.
#[derive(Clone, Debug, Serialize)]
pub struct RosterView {
    /// The organisation's id.
    pub organisation: String,
    /// Number of the roster.
    pub n: u64,
    /// Its desks.
    pub desks: Vec<RosterDesk>,
    /// After a change: whether the relay was reached; until then it waits here. `null` for `roster`.
    pub synced: Option<bool>,
    /// What the sync after a change noticed.
    pub warnings: Vec<Warning>,
}

impl View for RosterView {
    fn render(&self, lang: Lang) -> String {
        let rows: Vec<Vec<String>> = self
            .desks
            .iter()
            .map(|desk| {
                vec![
                    if desk.this { "*".to_owned() } else { String::new() },
                    human::clean(desk.name.as_deref().unwrap_or("—")),
                    match (desk.leaving, desk.becomes) {
                        (true, _) => format!("{} → ✗", lang.text(&desk.role.key())),
                        (false, Some(to)) => {
                            format!("{} → {}", lang.text(&desk.role.key()), lang.text(&to.key()))
                        }
                        (false, None) => lang.text(&desk.role.key()),
                    },
                    desk.not_after.clone(),
                    human::short(&desk.device),
                ]
            })
            .collect();
        let heads = ["", "label.name", "label.role", "label.not_after", "label.device"];
        let mut text = human::table(lang, &heads, &rows);
        if self.synced == Some(false) {
            text += &(lang.text("human.waits_for_sync") + "\n");
        }
        text + &human::warnings(lang, &self.warnings)
    }
}

/// `attachment`.
#[derive(Clone, Debug, Serialize)]
pub struct AttachmentSaved {
    /// The attachment's id.
    pub id: String,
    /// The file that was written.
    pub out: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}

impl View for AttachmentSaved {
    fn render(&self, lang: Lang) -> String {
        lang.fill("human.saved", &[("path", &human::clean(&self.out))]) + "\n"
    }
}

/// `export`.
#[derive(Clone, Debug, Serialize)]
pub struct Exported {
    /// The file that was written.
    pub out: String,
    /// Its format.
    pub format: ExportFormat,
    /// Cases in it.
    pub cases: u64,
}

impl View for Exported {
    fn render(&self, lang: Lang) -> String {
        let count = self.cases.to_string();
        lang.fill("human.exported", &[("cases", &count), ("path", &human::clean(&self.out))]) + "\n"
    }
}

/// One step of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoStep {
    /// Its stable name: the part of its locale key after `demo.`.
    pub step: String,
    /// Whether it came out as it must.
    pub ok: bool,
}

impl DemoStep {
    /// What happened, as one line of the story.
    pub fn told(&self, lang: Lang) -> String {
        let told = lang.find(&format!("demo.{}", self.step)).unwrap_or_else(|| human::clean(&self.step));
        format!("{} {told}", if self.ok { "✓" } else { "✗" })
    }
}

/// `demo`.
#[derive(Clone, Debug, Serialize)]
pub struct DemoReport {
    /// Whether everything went as it should.
    pub ok: bool,
    /// What was played, in order.
    pub steps: Vec<DemoStep>,
    /// The cases, in triage order.
    pub cases: Vec<DemoCase>,
    /// Number of the case that was played.
    pub number: String,
    /// Folder with the demo's data; `null` if it was removed.
    pub dir: Option<String>,
    /// Commands to try while the demo is up; empty when it has ended.
    pub hints: Vec<String>,
}

/// One case of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoCase {
    /// Id of the sample complaint.
    pub id: String,
    /// The case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Its language.
    pub language: String,
    /// The priority that the desk shows.
    pub priority: u8,
    /// The priority that the sample data demand.
    pub expected_priority: u8,
    /// What made the rules fire.
    pub rules: Vec<String>,
    /// Its status at the end.
    pub status: String,
    /// How far its opening has come.
    pub delivery: String,
    /// Whether the text at the desk is the one that was filed, byte for byte.
    pub text_matches: bool,
}

impl View for DemoReport {
    fn render(&self, lang: Lang) -> String {
        let mut text = String::new();
        for step in &self.steps {
            text += &(step.told(lang) + "\n");
        }
        if let Some(dir) = &self.dir {
            text += &(lang.fill("human.demo_dir", &[("path", &human::clean(dir))]) + "\n");
        }
        for hint in &self.hints {
            text += &format!("  {}\n", human::clean(hint));
        }
        text
    }
}
