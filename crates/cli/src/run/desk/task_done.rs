//! `amana desk VAULT task-done`.

use std::path::Path;

use crate::{
    args::desk::work::TaskDoneArgs, context::Context, error::CliError, output::Output, reference, session,
};

/// Marks a task as done, or opens it again.
pub async fn run(context: &Context, vault: &Path, args: TaskDoneArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let tasks = client.peek(case)?.tasks;
    let task = reference::event(&args.task, tasks.iter().map(|task| task.id))?;
    let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
    let event = client
        .set_task_done(case, task, (!args.reopen).then_some(now))
        .map_err(|error| CliError::from(error).about(&args.task))?;
    Ok(super::super::written(context, case, event))
}
