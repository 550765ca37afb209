//! `amana phone VAULT file`.

use std::path::Path;

use amana_client::ops::FileRequest;

use crate::{
    args::phone::FileArgs, context::Context, error::CliError, json::Filed, output::Output, reference,
    run::filing::request, session,
};

/// Files a complaint, emergency or request for help.
pub async fn run(context: &Context, vault: &Path, args: FileArgs) -> Result<Output, CliError> {
    super::super::without_attachments(&args.attach, "phone file --attach")?;
    let request = request(&args.what)?;
    let mut client = session::phone(context, vault)?;
    let to = reference::organisation(&client, &args.to)?;
    let filed = client.file(FileRequest { to, ..request })?;
    Ok(Output::new(context, &Filed::from(filed)))
}
