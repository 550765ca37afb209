//! `amana deploy renew`.

use super::open;
use crate::{args::deploy::RenewArgs, context::Context, error::CliError, json::Published, output::Output};

/// Lets the announced root take over, in a directory of one more year.
pub async fn run(context: &Context, args: RenewArgs) -> Result<Output, CliError> {
    let renewed = open(context, &args.dir)?.renew()?;
    Ok(Output::new(context, &Published { join: renewed.join, version: renewed.version }))
}
