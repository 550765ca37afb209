//! `amana desk VAULT show`.

use std::path::Path;

use crate::{args::desk::CaseArgs, context::Context, error::CliError, output::Output, session};

/// Shows one case.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = client.find_case(&args.case).map_err(|error| session::for_reference(&args.case, error))?;
    let names = client.desk_names().map_err(session::client_error)?;
    let view = client.show(case).map_err(|error| session::for_reference(&args.case, error))?;
    Ok(Output::new(context, &session::case_view(view, &names)))
}
