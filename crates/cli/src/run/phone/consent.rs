//! `amana phone VAULT consent`.

use std::path::Path;

use crate::{
    args::phone::ConsentArgs, context::Context, error::CliError, output::Output, reference, session,
};

/// Allows an organisation to read parts of the case.
pub async fn run(context: &Context, vault: &Path, args: ConsentArgs) -> Result<Output, CliError> {
    let what = args.sharing.read()?;
    let mut client = session::phone(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let to = reference::organisation(&client, &what.to)?;
    let event = client
        .consent(case, to, &what.logs, &what.purpose, what.until)
        .map_err(|error| CliError::from(error).about(&what.to))?;
    Ok(super::super::written(context, case, event))
}
