//! `amana desk VAULT queue`.

use std::path::Path;

use crate::{
    args::desk::QueueArgs,
    context::Context,
    error::CliError,
    json::{CaseView, QueueView},
    output::Output,
    session,
};

/// Lists cases in triage order.
pub async fn run(context: &Context, vault: &Path, args: QueueArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let names = session::names(&mut client)?;
    let views = client.queue(args.all)?;
    let views = views.iter().map(|view| CaseView::of(view, &names)).collect();
    Ok(Output::new(context, &QueueView(views)))
}
