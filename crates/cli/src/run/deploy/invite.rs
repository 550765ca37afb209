//! `amana deploy invite`.

use crate::{args::deploy::InviteArgs, context::Context, error::CliError, output::Output};

/// Makes a single-use invite for a desk.
pub async fn run(_context: &Context, _args: InviteArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("deploy invite"))
}
