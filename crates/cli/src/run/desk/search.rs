//! `amana desk VAULT search`.

use std::path::Path;

use crate::{
    args::desk::SearchArgs, context::Context, error::CliError, json::FoundView, output::Output, session,
};

/// Cases that are shown, at most.
const MOST: usize = 50;

/// Finds cases by their words. Nothing counts as read by it.
pub async fn run(context: &Context, vault: &Path, args: SearchArgs) -> Result<Output, CliError> {
    let text = args.text.read()?;
    let mut client = session::desk(context, vault)?;
    let names = session::names(&mut client)?;
    let hits = client.search(&text, MOST)?;
    Ok(Output::new(context, &FoundView::of(&hits, &names)))
}
