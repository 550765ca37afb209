//! `amana phone VAULT safety`.

use std::path::Path;

use crate::{context::Context, error::CliError, json::SafetyView, output::Output, session};

/// Shows the number of this deployment.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let names = session::names(&mut client)?;
    Ok(Output::new(context, &SafetyView::of(&client.deployment_number()?, &names)))
}
