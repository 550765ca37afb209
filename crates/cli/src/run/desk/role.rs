//! `amana desk VAULT role`.

use std::path::Path;

use super::roster;
use crate::{args::desk::team::RoleArgs, context::Context, error::CliError, output::Output, session};

/// Lists a desk in another role.
pub async fn run(context: &Context, vault: &Path, args: RoleArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    client.set_desk_role(&args.name, args.to).map_err(|error| CliError::from(error).about(&args.name))?;
    roster::after_change(context, client).await
}
