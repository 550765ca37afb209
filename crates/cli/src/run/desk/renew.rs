//! `amana desk VAULT renew`.

use std::path::Path;

use super::roster;
use crate::{args::desk::team::RenewArgs, context::Context, error::CliError, output::Output, session};

/// Lets a desk come back whose certificate has ended.
pub async fn run(context: &Context, vault: &Path, args: RenewArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    client.renew_desk(&args.name).map_err(|error| CliError::from(error).about(&args.name))?;
    roster::after_change(context, client).await
}
