//! `say`: a message in the conversation.

use amana_domain::{
    event::{Body, MessageText},
    ids::{CaseId, EventId},
    role::LogKind,
    text::CaseText,
};

use crate::{Client, ClientError};

impl Client {
    /// Says something to the other side.
    pub fn say(&mut self, case: CaseId, text: &CaseText) -> Result<EventId, ClientError> {
        let text = MessageText { text: text.as_str().to_owned(), language: None };
        self.write_case(case, |writer| writer.append(LogKind::Talk, Body::Message(text)))
    }
}
