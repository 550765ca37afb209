//! `amana desk VAULT remove`.

use std::path::Path;

use super::roster;
use crate::{args::desk::team::RemoveArgs, context::Context, error::CliError, output::Output, session};

/// Removes a desk: the roster without it goes out at once if the relay can be reached.
pub async fn run(context: &Context, vault: &Path, args: RemoveArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    client.remove_desk(&args.name).map_err(|error| CliError::from(error).about(&args.name))?;
    roster::after_change(context, client).await
}
