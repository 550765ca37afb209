//! `amana desk VAULT queue`.

use std::path::Path;

use crate::{
    args::desk::QueueArgs, context::Context, error::CliError, json::QueueView, output::Output, session,
};

/// Lists cases in triage order.
pub async fn run(context: &Context, vault: &Path, args: QueueArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let names = client.desk_names().map_err(session::client_error)?;
    let views = client.queue(args.all).map_err(session::client_error)?;
    let views = views.into_iter().map(|view| session::case_view(view, &names)).collect();
    Ok(Output::new(context, &QueueView(views)))
}
