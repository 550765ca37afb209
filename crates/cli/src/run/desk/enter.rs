//! `amana desk VAULT enter`.

use std::path::Path;

use amana_client::ops::FileRequest;

use crate::{
    args::desk::spoken::EnterArgs,
    context::Context,
    error::{CliError, Code},
    json::Filed,
    output::Output,
    run::filing::request,
    session,
};

/// Enters a case for somebody who has no phone.
pub async fn run(context: &Context, vault: &Path, args: EnterArgs) -> Result<Output, CliError> {
    let told = super::super::case_text(args.on_behalf.read()?)?;
    let request = request(&args.what)?;
    let mut client = session::desk(context, vault)?;
    let to = client.desk().ok_or_else(|| CliError::new(Code::Forbidden))?.organisation;
    let filed = client.enter_case(FileRequest { to, ..request }, Some(&told))?;
    Ok(Output::new(context, &Filed::from(filed)))
}
