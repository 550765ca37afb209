//! `amana desk VAULT sync`.

use std::path::Path;

use crate::{context::Context, error::CliError, json::SyncReport, output::Output, session};

/// Sends and fetches everything that waits.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let name = client.desk().map(|desk| desk.name.clone()).unwrap_or_default();
    let report = client.sync().await.map_err(|error| CliError::from(error).about(&name))?;
    Ok(Output::new(context, &SyncReport::from(report)))
}
