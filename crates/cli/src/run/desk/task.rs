//! `amana desk VAULT task`.

use std::path::Path;

use amana_domain::{
    task::{About, Task},
    text::Line,
};

use crate::{args::desk::TaskArgs, context::Context, error::CliError, output::Output, session};

/// Adds a task.
pub async fn run(context: &Context, vault: &Path, args: TaskArgs) -> Result<Output, CliError> {
    let title: Line = args.title.read()?.parse().map_err(|_| CliError::text_too_long(1))?;
    let due_ms = u64::try_from(args.due.0.as_millisecond()).map_err(|_| CliError::usage("--due"))?;
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let task = Task { title, due_ms, about: About::General, assigned: None, done_ms: None };
    let event = client.add_task(case, task).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(super::super::written(context, case, event))
}
