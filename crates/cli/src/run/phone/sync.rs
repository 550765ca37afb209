//! `amana phone VAULT sync`.

use std::path::Path;

use crate::{context::Context, error::CliError, json::SyncReport, output::Output, session};

/// Sends and fetches everything that waits.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let report = client.sync().await?;
    Ok(Output::new(context, &SyncReport::from(report)))
}
