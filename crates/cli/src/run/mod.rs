//! What each verb does, one file per verb: `run/<group>/<verb>.rs`.

pub mod demo;
pub mod deploy;
pub mod desk;
pub mod filing;
pub mod gateway;
pub mod person;
pub mod phone;
pub mod relay;
mod secrets;
mod sharing;
pub mod words;

use std::path::PathBuf;

use amana_domain::{
    ids::{CaseId, EventId},
    text::CaseText,
};

use crate::{
    args::{Command, values::Moment},
    context::Context,
    error::{CliError, Code},
    json::Written,
    output::Output,
};

/// Runs the command that was parsed.
pub async fn run(context: &Context, command: Command) -> Result<Output, CliError> {
    match command {
        Command::Relay(args) => relay::run(context, args).await,
        Command::Deploy(args) => deploy::run(context, args).await,
        Command::Phone(args) => phone::run(context, args).await,
        Command::Desk(args) => desk::run(context, args).await,
        Command::Gateway(args) => gateway::run(context, args).await,
        Command::Demo(args) => demo::run(context, args).await,
    }
}

/// A text of a case.
fn case_text(text: String) -> Result<CaseText, CliError> {
    CaseText::new(text).map_err(|error| match error.code() {
        "text_has_nul" => CliError::new(Code::TextHasNul),
        "text_not_utf8" => CliError::new(Code::TextNotUtf8),
        _ => CliError::text_too_long(crate::text_arg::LIMIT_KIB),
    })
}

/// The end of a permission, ms since 1970 UTC.
fn until(moment: Option<Moment>) -> Result<Option<u64>, CliError> {
    moment
        .map(|moment| u64::try_from(moment.0.as_millisecond()).map_err(|_| CliError::new(Code::DatePassed)))
        .transpose()
}

/// Attachments are a later version's.
fn without_attachments(attach: &[PathBuf], verb: &'static str) -> Result<(), CliError> {
    if attach.is_empty() { Ok(()) } else { Err(CliError::not_built_yet(verb)) }
}

/// The answer of a verb that wrote one event.
fn written(context: &Context, case: CaseId, event: EventId) -> Output {
    let view = Written { case: case.to_string(), event: event.to_string(), attachments: Vec::new() };
    Output::new(context, &view)
}
