//! `amana desk VAULT brief`.

use std::path::Path;

use crate::{
    args::desk::CaseArgs, context::Context, error::CliError, json::BriefView, output::Output, reference,
    session,
};

/// Sums a case up for the next person.
pub async fn run(context: &Context, vault: &Path, args: CaseArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let names = session::names(&mut client)?;
    let brief = client.brief(case)?;
    Ok(Output::new(context, &BriefView::of(&brief, &names)))
}
