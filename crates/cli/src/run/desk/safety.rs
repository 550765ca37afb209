//! `amana desk VAULT safety`.

use std::path::Path;

use crate::{
    args::desk::team::SafetyArgs, context::Context, error::CliError, json::SafetyView, output::Output,
    session,
};

/// Shows the number that two people compare aloud.
pub async fn run(context: &Context, vault: &Path, args: SafetyArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let names = session::names(&mut client)?;
    let number = match &args.name {
        Some(name) => client.safety_number(name).map_err(|error| CliError::from(error).about(name))?,
        None => client.deployment_number()?,
    };
    Ok(Output::new(context, &SafetyView::of(&number, &names)))
}
