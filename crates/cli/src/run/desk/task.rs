//! `amana desk VAULT task`.

use std::path::Path;

use amana_domain::{
    interpreter::{Interpreter, InterpreterRequest},
    task::{About, Task},
    text::Line,
};

use crate::{
    args::desk::work::{InterpreterArgs, TaskArgs},
    codes::TaskKind,
    context::Context,
    error::CliError,
    output::Output,
    reference,
    run::words::{country, language, line, word},
    session,
};

/// Adds a task.
pub async fn run(context: &Context, vault: &Path, args: TaskArgs) -> Result<Output, CliError> {
    let title: Line = args.title.read()?.parse().map_err(|_| CliError::text_too_long(1))?;
    let due_ms = u64::try_from(args.due.0.as_millisecond()).map_err(|_| CliError::usage("--due"))?;
    let about = about(args.kind, &args.interpreter)?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let assigned = match &args.desk {
        Some(name) => Some(client.device_named(name).map_err(|error| CliError::from(error).about(name))?),
        None => None,
    };
    let event = client.add_task(case, Task { title, due_ms, about, assigned, done_ms: None })?;
    Ok(super::super::written(context, case, event))
}

fn about(kind: TaskKind, args: &InterpreterArgs) -> Result<About, CliError> {
    if kind != TaskKind::Interpreter && !args.is_empty() {
        return Err(CliError::usage("--kind interpreter"));
    }
    Ok(match kind {
        TaskKind::General => About::General,
        TaskKind::Return => About::Return,
        TaskKind::NotifyOrigin => About::NotifyOrigin,
        TaskKind::FollowUp => About::FollowUp,
        TaskKind::Interpreter => About::Interpreter(Box::new(request(args)?)),
    })
}

fn request(args: &InterpreterArgs) -> Result<InterpreterRequest, CliError> {
    let at = args.at.map(|at| u64::try_from(at.0.as_millisecond()).map_err(|_| CliError::usage("--at")));
    let interpreter = match line(&args.interpreter)? {
        Some(name) => Some(Interpreter {
            name,
            phone: line(&args.interpreter_phone)?,
            organisation: line(&args.interpreter_organisation)?,
            state: country(&args.interpreter_state)?,
        }),
        None => None,
    };
    Ok(InterpreterRequest {
        language: language(&args.language)?.ok_or_else(|| CliError::usage("--language"))?,
        sex: word(&args.sex)?,
        at_ms: at.transpose()?,
        hearing: line(&args.hearing)?,
        interpreter,
    })
}
