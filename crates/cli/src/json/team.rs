//! Answers about keys of a team: safety numbers, recovery.

use serde::Serialize;

use crate::{human, lang::Lang, output::View};

/// `safety`.
#[derive(Clone, Debug, Serialize)]
pub struct SafetyView {
    /// `desks`, `organisations` or `deployment`.
    pub about: String,
    /// Whose keys it is about, by name where known, this side first; empty for a deployment.
    pub with: Vec<String>,
    /// Numbers of the rosters it is made from; empty where none is.
    pub rosters: Vec<u64>,
    /// Groups of five digits to read out.
    pub groups: Vec<String>,
}

impl View for SafetyView {
    fn render(&self, lang: Lang) -> String {
        let mut text = String::new();
        if !self.with.is_empty() {
            text += &(human::clean(&self.with.join(" · ")) + "\n");
        }
        for line in self.groups.chunks(4) {
            text += &format!("  {}\n", line.join(" "));
        }
        text + &lang.text("human.compare_aloud") + "\n"
    }
}

/// A use of a recovery, as everybody in the team sees it.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryUsed {
    /// Number of the roster that it made.
    pub n: u64,
    /// The desk that came in.
    pub device: String,
    /// Its name, where known.
    pub name: Option<String>,
    /// When, by that desk's clock.
    pub at: String,
}

/// `recovery show`.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryView {
    /// A printed code is out.
    pub code: bool,
    /// The three officers' desks by name; `null` if there are none.
    pub officers: Option<Vec<String>>,
    /// Something that was set up here goes out with the next sync.
    pub waiting: bool,
    /// Every use.
    pub uses: Vec<RecoveryUsed>,
}

impl View for RecoveryView {
    fn render(&self, lang: Lang) -> String {
        let yes = |is: bool| if is { "✓" } else { "✗" };
        let officers = self.officers.as_ref().map(|names| names.join(", ")).unwrap_or("✗".to_owned());
        let mut text = human::fields(
            lang,
            &[("label.recovery_code", yes(self.code)), ("label.recovery_officers", &officers)],
        );
        if self.waiting {
            text += &(lang.text("human.waits_for_sync") + "\n");
        }
        for used in &self.uses {
            let name = human::clean(used.name.as_deref().unwrap_or(&used.device));
            let values = [("name", name.as_str()), ("time", &human::time(&used.at))];
            text += &format!("! {}\n", lang.fill("human.recovered", &values));
        }
        text
    }
}

/// `recovery code`: it is shown this once.
#[derive(Clone, Serialize)]
pub struct RecoveryCode {
    /// The code, in groups.
    pub code: String,
    /// Whether the relay was reached; until then the code opens nothing.
    pub synced: bool,
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveryCode").finish_non_exhaustive()
    }
}

impl View for RecoveryCode {
    fn render(&self, lang: Lang) -> String {
        let mut text = format!("{}\n{}\n", self.code, lang.text("human.recovery_code"));
        if !self.synced {
            text += &(lang.text("human.waits_for_sync") + "\n");
        }
        text
    }
}

/// `recovery request`, `begin` and `finish`: a text to carry to the next person.
#[derive(Clone, Serialize)]
pub struct RecoveryText {
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for RecoveryText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveryText").finish_non_exhaustive()
    }
}

impl View for RecoveryText {
    fn render(&self, _lang: Lang) -> String {
        self.text.clone() + "\n"
    }
}
