//! `amana phone VAULT join`.

use std::path::Path;

use amana_client::{Client, Env, ops::join_phone};
use amana_domain::trust::link::fingerprint_text;

use crate::{
    args::phone::JoinArgs, context::Context, error::CliError, json::PhoneJoined, output::Output, session,
};

/// Makes the vault and joins a deployment, offline; then tries one sync.
pub async fn run(context: &Context, vault: &Path, args: JoinArgs) -> Result<Output, CliError> {
    let passphrase = session::chosen(context)?;
    let mut client = join_phone(
        vault,
        &passphrase,
        Client::default_cost(),
        &args.link,
        Env::system(),
        session::transport()?,
    )?;
    let report = session::first_sync(&mut client).await?;
    let trust = client.trust();
    let view = PhoneJoined {
        relay: client.relay_url().to_owned(),
        root_fingerprint: fingerprint_text(trust.directories().fingerprint()),
        deployment: Some(trust.deployment().to_string()),
        synced: report.is_some(),
        warnings: session::warnings(report),
    };
    Ok(Output::new(context, &view))
}
