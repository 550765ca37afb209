//! `add`: more about what happened.

use amana_domain::{
    event::{Body, Narrative},
    ids::{CaseId, EventId},
    role::LogKind,
    text::CaseText,
};

use crate::{Client, ClientError};

impl Client {
    /// Adds to the narrative.
    pub fn add(&mut self, case: CaseId, text: &CaseText) -> Result<EventId, ClientError> {
        let text = Narrative { text: text.as_str().to_owned(), language: None };
        self.write_case(case, |writer| writer.append(LogKind::Narrative, Body::NarrativeAdd(text)))
    }
}
