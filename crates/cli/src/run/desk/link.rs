//! `amana desk VAULT link`.

use std::path::Path;

use crate::{
    args::desk::cases::LinkArgs, context::Context, error::CliError, json::Changed, output::Output, reference,
    session,
};

/// Says that two cases belong together.
pub async fn run(context: &Context, vault: &Path, args: LinkArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let other = reference::case(&mut client, &args.with)?;
    client.link(case, other)?;
    Ok(Output::new(context, &Changed::from(case)))
}
