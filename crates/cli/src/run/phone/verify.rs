//! `amana phone VAULT verify`.

use std::path::Path;

use crate::{context::Context, error::CliError, json::VerifyReport, output::Output, session};

/// Checks the vault against a fresh fold; fails if anything differs.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let report = client.verify()?;
    let fine = report.problems.is_empty();
    let output = Output::new(context, &VerifyReport::from(report));
    Ok(if fine { output } else { output.failed() })
}
