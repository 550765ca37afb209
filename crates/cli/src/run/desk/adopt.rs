//! `amana desk VAULT adopt`.

use std::path::Path;

use crate::{
    args::desk::cases::AdoptArgs, context::Context, error::CliError, json::Changed, output::Output,
    reference, session,
};

/// Lets notes of a removed desk count.
pub async fn run(context: &Context, vault: &Path, args: AdoptArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let refused = client.peek(case)?.refused;
    let mut events = Vec::new();
    for named in &args.event {
        events.push(reference::event(named, refused.iter().map(|entry| entry.event))?);
    }
    client.adopt(case, &events).map_err(|error| CliError::from(error).about(&args.event.join(", ")))?;
    Ok(Output::new(context, &Changed::from(case)))
}
