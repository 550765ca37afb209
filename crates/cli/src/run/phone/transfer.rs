//! `amana phone VAULT transfer`.

use std::path::Path;

use crate::{
    args::phone::CaseToArgs, context::Context, error::CliError, json::Filed, output::Output, reference,
    session,
};

/// Hands the case over to another organisation.
pub async fn run(context: &Context, vault: &Path, args: CaseToArgs) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &args.to)?;
    let filed = client.transfer(case, to).map_err(|error| CliError::from(error).about(&args.to))?;
    Ok(Output::new(context, &Filed::from(filed)))
}
