//! `amana deploy add-organisation`.

use amana_client::deploy::NewOrganisation;
use amana_domain::codes::Country;

use super::open;
use crate::{
    args::deploy::AddOrganisationArgs,
    context::Context,
    error::{CliError, Code},
    json::OrganisationAdded,
    output::Output,
};

/// Adds an organisation with a root key of its own.
pub async fn run(context: &Context, args: AddOrganisationArgs) -> Result<Output, CliError> {
    let country = |text: &str| {
        text.trim().parse::<Country>().map_err(|_| CliError::bad_value(Code::CountryInvalid, text))
    };
    let new = NewOrganisation {
        name: args.name.clone(),
        kind: args.kind,
        country: country(&args.country)?,
        origin: args.origin.iter().map(|text| country(text)).collect::<Result<_, _>>()?,
    };
    let organisation = open(context, &args.dir)?
        .add_organisation(new)
        .map_err(|error| CliError::from(error).about(&args.name))?;
    Ok(Output::new(context, &OrganisationAdded { organisation: organisation.to_string() }))
}
