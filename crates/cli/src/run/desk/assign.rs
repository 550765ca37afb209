//! `amana desk VAULT assign`.

use std::path::Path;

use crate::{args::desk::AssignArgs, context::Context, error::CliError, output::Output};

/// Gives a case to a colleague.
pub async fn run(_context: &Context, _vault: &Path, _args: AssignArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("desk assign"))
}
