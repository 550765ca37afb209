//! Answers of `relay`, `deploy` and `serve`.

use serde::Serialize;

use crate::{human, lang::Lang, output::View};

/// `relay`: it accepts connections. Text: `listening on URL`, and `claim CODE` on a fresh relay.
#[derive(Clone, Debug, Serialize)]
pub struct Listening {
    /// Where, as a URL.
    pub listening: String,
    /// The code for the first `deploy publish`; `null` once claimed.
    pub claim: Option<String>,
}

impl View for Listening {
    fn render(&self, _lang: Lang) -> String {
        // Scripts wait for these words: never translated.
        let claim = self.claim.as_ref().map(|claim| format!("claim {claim}\n")).unwrap_or_default();
        format!("listening on {}\n{claim}", self.listening)
    }
}

/// `deploy init`.
#[derive(Clone, Debug, Serialize)]
pub struct DeployInit {
    /// The deployment's id.
    pub deployment: String,
    /// Fingerprint of the root key, as in the join link.
    pub root_fingerprint: String,
}

impl View for DeployInit {
    fn render(&self, lang: Lang) -> String {
        human::fields(
            lang,
            &[("label.deployment", &self.deployment), ("label.root_fingerprint", &self.root_fingerprint)],
        )
    }
}

/// `deploy add-organisation` and `deploy renew-organisation`.
#[derive(Clone, Debug, Serialize)]
pub struct OrganisationAdded {
    /// The organisation's id.
    pub organisation: String,
}

impl View for OrganisationAdded {
    fn render(&self, lang: Lang) -> String {
        human::fields(lang, &[("label.organisation", &self.organisation)])
    }
}

/// `deploy invite`.
#[derive(Clone, Debug, Serialize)]
pub struct InviteMade {
    /// The invite string; whoever holds it can join once.
    pub invite: String,
}

impl View for InviteMade {
    fn render(&self, lang: Lang) -> String {
        human::fields(lang, &[("label.invite", &self.invite)])
    }
}

/// `deploy publish` and `deploy renew`.
#[derive(Clone, Debug, Serialize)]
pub struct Published {
    /// The join link for phones.
    pub join: String,
    /// Version of the directory.
    pub version: u64,
}

impl View for Published {
    fn render(&self, lang: Lang) -> String {
        human::fields(lang, &[("label.join_link", &self.join), ("label.version", &self.version.to_string())])
    }
}

/// `phone serve` and `desk serve`: the screens are up.
#[derive(Clone, Debug, Serialize)]
pub struct Serving {
    /// The link with its launch secret.
    pub link: String,
}

impl View for Serving {
    fn render(&self, lang: Lang) -> String {
        human::fields(lang, &[("label.link", &self.link)])
    }
}
