//! `amana phone VAULT verify`.

use std::path::Path;

use crate::{
    context::Context,
    error::CliError,
    json::{Difference, VerifyReport},
    output::Output,
    session,
};

/// Checks the vault against a fresh fold; fails if anything differs.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let report = client.verify().map_err(session::client_error)?;
    let fine = report.problems.is_empty();
    let differences = report
        .problems
        .into_iter()
        .map(|problem| Difference {
            check: problem.code.to_owned(),
            case: problem.case.map(|case| case.to_string()),
            log: None,
            event: problem.event.map(|event| event.to_string()),
        })
        .collect();
    let output =
        Output::new(context, &VerifyReport { cases: report.cases, events: report.events, differences });
    Ok(if fine { output } else { output.failed() })
}
