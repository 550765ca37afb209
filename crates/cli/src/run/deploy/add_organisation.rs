//! `amana deploy add-organisation`.

use crate::{args::deploy::AddOrganisationArgs, context::Context, error::CliError, output::Output};

/// Adds an organisation with its own root key.
pub async fn run(_context: &Context, _args: AddOrganisationArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("deploy add-organisation"))
}
