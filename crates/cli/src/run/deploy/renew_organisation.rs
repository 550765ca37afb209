//! `amana deploy renew-organisation`.

use super::open;
use crate::{
    args::deploy::RenewOrganisationArgs, context::Context, error::CliError, json::OrganisationAdded,
    output::Output, session,
};

/// Lets an organisation's announced root take over.
pub async fn run(context: &Context, args: RenewOrganisationArgs) -> Result<Output, CliError> {
    let organisation = open(context, &args.dir)?
        .renew_organisation(&args.organisation, session::transport()?)
        .await
        .map_err(|error| CliError::from(error).about(&args.organisation))?;
    Ok(Output::new(context, &OrganisationAdded { organisation: organisation.to_string() }))
}
