//! `amana desk VAULT origin-contact`.

use std::path::Path;

use crate::{
    args::desk::OriginContactArgs, context::Context, error::CliError, output::Output, reference, session,
};

/// Says whether authorities of the person's own country may be told.
pub async fn run(context: &Context, vault: &Path, args: OriginContactArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let event = client.set_origin_contact(case, args.answer.allow)?;
    Ok(super::super::written(context, case, event))
}
