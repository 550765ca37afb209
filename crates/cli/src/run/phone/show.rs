//! `amana phone VAULT show`.

use std::path::Path;

use crate::{
    args::phone::CaseArgs, context::Context, error::CliError, json::CaseView, output::Output, session,
};

/// Shows one case.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let names = session::names(&mut client)?;
    let case = client.find_case(&args.case).map_err(|error| CliError::from(error).about(&args.case))?;
    let mut view = client.show(case).map_err(|error| CliError::from(error).about(&args.case))?;
    if view.name.is_none() {
        view.name = client.waiting_name(case)?;
    }
    Ok(Output::new(context, &CaseView::of(&view, &names)))
}
