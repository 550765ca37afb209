//! `amana deploy renew`.

use crate::{args::deploy::RenewArgs, context::Context, error::CliError, output::Output};

/// Signs the directory anew before it expires.
pub async fn run(_context: &Context, _args: RenewArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("deploy renew"))
}
