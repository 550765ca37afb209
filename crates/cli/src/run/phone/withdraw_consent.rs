//! `amana phone VAULT withdraw-consent`.

use std::path::Path;

use crate::{
    args::phone::CaseToArgs, context::Context, error::CliError, json::Changed, output::Output, reference,
    session,
};

/// Takes back every consent to an organisation.
pub async fn run(context: &Context, vault: &Path, args: CaseToArgs) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &args.to)?;
    client.withdraw_consent(case, to).map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(Output::new(context, &Changed::from(case)))
}
