//! `amana desk VAULT show`.

use std::path::Path;

use crate::{
    args::desk::CaseArgs, context::Context, error::CliError, json::CaseView, output::Output, session,
};

/// Shows one case.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let names = session::names(&mut client)?;
    let view = client.show(case).map_err(|error| CliError::from(error).about(&args.case))?;
    Ok(Output::new(context, &CaseView::of(&view, &names)))
}
