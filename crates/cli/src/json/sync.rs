//! Answers of sync, filing, writing and checking.

use serde::Serialize;

use crate::{codes::WarningCode, human, lang::Lang, output::View};

/// `--help` and `--version` under `--json`.
#[derive(Clone, Debug, Serialize)]
pub struct HelpText {
    /// The text.
    pub help: String,
}

impl View for HelpText {
    fn render(&self, _lang: Lang) -> String {
        self.help.clone()
    }
}

/// Something a sync noticed.
#[derive(Clone, Debug, Serialize)]
pub struct Warning {
    /// What.
    pub code: WarningCode,
    /// The case it is about, if any.
    pub case: Option<String>,
    /// The log it is about, if any.
    pub log: Option<String>,
}

/// `sync`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SyncReport {
    /// Events sent.
    pub pushed: u64,
    /// Events fetched.
    pub pulled: u64,
    /// What it noticed.
    pub warnings: Vec<Warning>,
}

impl View for SyncReport {
    fn render(&self, lang: Lang) -> String {
        let counts = [("pushed", &*self.pushed.to_string()), ("pulled", &*self.pulled.to_string())];
        let mut text = lang.fill("human.synced", &counts) + "\n";
        text += &human::warnings(lang, &self.warnings);
        text
    }
}

/// `phone join`.
#[derive(Clone, Debug, Serialize)]
pub struct PhoneJoined {
    /// Address of the relay.
    pub relay: String,
    /// Fingerprint of the pinned root.
    pub root_fingerprint: String,
    /// The deployment's id, once its directory was fetched.
    pub deployment: Option<String>,
    /// Whether the first sync reached the relay; joining works without.
    pub synced: bool,
    /// What the first sync noticed.
    pub warnings: Vec<Warning>,
}

impl View for PhoneJoined {
    fn render(&self, lang: Lang) -> String {
        let mut text = lang.text(if self.synced { "human.joined" } else { "human.joined_offline" }) + "\n";
        text += &human::fields(lang, &[("label.root_fingerprint", &self.root_fingerprint)]);
        text += &human::warnings(lang, &self.warnings);
        text
    }
}

/// `phone file`.
#[derive(Clone, Debug, Serialize)]
pub struct Filed {
    /// The case's id.
    pub case: String,
    /// Its number, made to be spoken.
    pub number: String,
}

impl View for Filed {
    fn render(&self, lang: Lang) -> String {
        lang.fill("human.filed", &[("number", &self.number)]) + "\n"
    }
}

/// Any verb that wrote to a case: `say`, `add`, `consent`, `assign`, `note` …
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// The case's id.
    pub case: String,
    /// The event that says it.
    pub event: String,
    /// Ids of the files that went along.
    pub attachments: Vec<String>,
}

impl View for Written {
    fn render(&self, lang: Lang) -> String {
        lang.text("human.written") + "\n"
    }
}

/// Any verb that changed something without one event to name: `link`, `adopt`, `withdraw-consent` …
#[derive(Clone, Debug, Serialize)]
pub struct Changed {
    /// The case's id.
    pub case: String,
}

impl View for Changed {
    fn render(&self, lang: Lang) -> String {
        lang.text("human.written") + "\n"
    }
}

/// `pin …`, `passphrase change`.
#[derive(Clone, Debug, Serialize)]
pub struct SecretSet {
    /// What was set or removed: `pin`, `passphrase`, `duress`, `wipe`, `erase-after-ten`.
    pub set: &'static str,
}

impl View for SecretSet {
    fn render(&self, lang: Lang) -> String {
        lang.text("human.secret_saved") + "\n"
    }
}

/// One difference that `verify` found.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// What is wrong: a stable code such as `chain`, `signature`, `projection`.
    pub check: String,
    /// The case, if it belongs to one.
    pub case: Option<String>,
    /// The log, if it belongs to one.
    pub log: Option<String>,
    /// The event, if one can be named.
    pub event: Option<String>,
}

/// `verify`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VerifyReport {
    /// Cases checked.
    pub cases: u64,
    /// Events checked.
    pub events: u64,
    /// What differs; empty when all is well.
    pub differences: Vec<Difference>,
}

impl View for VerifyReport {
    fn render(&self, lang: Lang) -> String {
        let counts = [("cases", &*self.cases.to_string()), ("events", &*self.events.to_string())];
        let mut text = lang.fill("human.verified", &counts) + "\n";
        for difference in &self.differences {
            let place = [&difference.case, &difference.log, &difference.event];
            let place: Vec<String> = place.into_iter().flatten().map(|id| human::clean(id)).collect();
            text += &format!("  {} {}\n", human::clean(&difference.check), place.join(" "));
        }
        let result = if self.differences.is_empty() { "human.verify_fine" } else { "human.verify_differs" };
        text + &lang.text(result) + "\n"
    }
}
