//! `amana phone VAULT answer`.

use std::path::Path;

use crate::{args::phone::AnswerArgs, context::Context, error::CliError, output::Output};

/// Answers a notice.
pub async fn run(_context: &Context, _vault: &Path, _args: AnswerArgs) -> Result<Output, CliError> {
    Err(CliError::not_built_yet("phone answer"))
}
