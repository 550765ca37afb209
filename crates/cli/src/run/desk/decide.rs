//! `amana desk VAULT decide`.

use std::path::Path;

use crate::{
    args::desk::cases::DecideArgs, context::Context, error::CliError, output::Output, reference, session,
};

/// Settles a conflict.
pub async fn run(context: &Context, vault: &Path, args: DecideArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let conflicts = client.peek(case)?.conflicts;
    let known = conflicts.iter().flat_map(|conflict| conflict.others.iter().copied().chain([conflict.shown]));
    let chosen = reference::event(&args.event, known)?;
    let event = client.decide(case, chosen).map_err(|error| CliError::from(error).about(&args.event))?;
    Ok(super::super::written(context, case, event))
}
