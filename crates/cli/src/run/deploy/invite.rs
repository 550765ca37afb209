//! `amana deploy invite`.

use super::open;
use crate::{args::deploy::InviteArgs, context::Context, error::CliError, json::InviteMade, output::Output};

/// Makes a single-use invite.
pub async fn run(context: &Context, args: InviteArgs) -> Result<Output, CliError> {
    let invite = open(context, &args.dir)?
        .invite(&args.organisation, args.role)
        .map_err(|error| CliError::from(error).about(&args.organisation))?;
    Ok(Output::new(context, &InviteMade { invite: invite.to_string() }))
}
