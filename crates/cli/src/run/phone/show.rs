//! `amana phone VAULT show`.

use std::{collections::BTreeMap, path::Path};

use crate::{args::phone::CaseArgs, context::Context, error::CliError, output::Output, session};

/// Shows one case.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| session::for_reference(&args.case, error))?;
    let mut view = client.show(case).map_err(|error| session::for_reference(&args.case, error))?;
    if view.name.is_none() {
        view.name = client.waiting_name(case).map_err(session::client_error)?;
    }
    Ok(Output::new(context, &session::case_view(view, &BTreeMap::new())))
}
