//! `search`: the cases that were found, best first.

use amana_client::{Field, ops::Hit};
use serde::Serialize;

use super::{CaseView, Names};
use crate::{human, lang::Lang, output::View};

/// A case that was found: what `queue` says of it, and why it was found.
#[derive(Clone, Debug, Serialize)]
pub struct HitView {
    /// Where in the case: `number`, `name`, `reference`, `narrative`, `addition`, `message`, `note`, `task`, `record`.
    pub field: Field,
    /// A piece of what was found, on one line.
    pub snippet: String,
    /// The case.
    #[serde(flatten)]
    pub case: CaseView,
}

/// What `search` found.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct FoundView(pub Vec<HitView>);

impl FoundView {
    /// From what the client found.
    pub fn of(hits: &[Hit], names: &Names) -> Self {
        Self(
            hits.iter()
                .map(|hit| HitView {
                    field: hit.field,
                    snippet: hit.snippet.clone(),
                    case: CaseView::of(&hit.view, names),
                })
                .collect(),
        )
    }
}

impl View for FoundView {
    fn render(&self, lang: Lang) -> String {
        human::found(lang, &self.0)
    }
}
