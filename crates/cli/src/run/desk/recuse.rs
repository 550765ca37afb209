//! `amana desk VAULT recuse`.

use std::path::Path;

use crate::{
    args::desk::cases::RecuseArgs, context::Context, error::CliError, output::Output, reference, session,
};

/// Stands aside, or has a colleague stand aside.
pub async fn run(context: &Context, vault: &Path, args: RecuseArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let about = args.desk.as_deref().unwrap_or(&args.case);
    let event =
        client.recuse(case, args.desk.as_deref()).map_err(|error| CliError::from(error).about(about))?;
    Ok(super::super::written(context, case, event))
}
